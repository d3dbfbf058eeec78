"""The table between an endpoint and its models."""

from collections import Counter

import pytest

from fieldstone.core.prediction import Blend, Question, Reply, Route, Variant


class Echo:
    """A predictor that answers with what it is asked."""

    async def predict(self, question: Question) -> Reply:
        return Reply(200, {}, question.body)


def variants(*weights):
    return tuple(Variant(f"v{at}", weight, Echo()) for at, weight in enumerate(weights))


def test_traffic_follows_the_weights():
    """Of four thousand requests a variant of weight three gets about three times those of one."""
    counts = Counter(Route(variants(1.0, 3.0)).choose().name for _ in range(4000))

    assert 800 < counts["v0"] < 1200
    assert counts["v0"] + counts["v1"] == 4000


def test_a_variant_without_weight_gets_no_traffic():
    """As long as another one has some."""
    assert {Route(variants(0.0, 1.0)).choose().name for _ in range(200)} == {"v1"}


def test_weights_that_are_all_nothing_share_alike():
    """An endpoint never refuses for want of weights."""
    assert {Route(variants(0.0, 0.0)).choose().name for _ in range(200)} == {"v0", "v1"}


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_a_single_variant_takes_everything(weight):
    """Whatever its weight."""
    assert Route(variants(weight)).choose().name == "v0"


def test_a_variant_is_found_by_its_name():
    """And one that is not there is not."""
    route = Route(variants(1.0, 0.0))

    assert route.named("v1") is route.variants[1]
    assert route.named("v2") is None


def test_two_routes_share_the_traffic() -> None:
    """A fifth of it goes to the one that comes, whatever the weights within."""
    before, after = Route(variants(5.0)), Route(variants(1.0))
    blend = Blend(before, after, 0.2)
    chosen = [blend.choose() for _ in range(4000)]

    assert 650 < sum(variant is after.variants[0] for variant in chosen) < 950


def test_a_variant_of_either_route_is_found_by_name() -> None:
    """Whatever the shares are; one that both have is found in both."""
    before, after = Route(variants(1.0, 1.0)), Route(variants(1.0))
    blend = Blend(before, after, 0.5)

    assert {id(blend.named("v0")) for _ in range(200)} == {id(before.variants[0]), id(after.variants[0])}
    assert blend.named("v1") is before.variants[1]
    assert blend.named("v2") is None
