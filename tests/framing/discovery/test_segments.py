"""Segments and patterns."""

import numpy as np
import pytest

from fieldstone.framing.discovery.discover import discover
from fieldstone.framing.discovery.groups.valleys import valleys
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Problem, Target
from fieldstone.framing.trials.trial import Trial
from fieldstone.framing.verdict import decide


def looked(cases, kind, **target):
    problem = Problem(question="q", target=Target(kind=kind, **target))
    found = discover(Trial(cases, kind), problem)
    return {one.check: one for one in found.findings}, decide(found.findings, problem), found.discovery


@pytest.fixture(scope="module")
def shoppers():
    """Three kinds of shoppers: many who come seldom, some who come often, few who spend much."""
    rng = np.random.default_rng(5)
    kind = rng.choice(3, 1500, p=[0.5, 0.3, 0.2])
    visits = np.exp(np.array([1.0, 3.0, 3.0])[kind] + rng.normal(0, 0.25, 1500))
    spent = np.exp(np.array([3.0, 3.2, 6.0])[kind] + rng.normal(0, 0.3, 1500))
    app = rng.random(1500) < np.array([0.1, 0.9, 0.5])[kind]
    return np.column_stack([visits, spent, app])


def test_a_valley_is_seen_between_two_groups_and_none_in_a_cloud(rng):
    """Half-way between two groups there are fewer cases than at their centres; in one cloud there are more."""
    centres = np.array([[-1.0, 0.0], [1.0, 0.0]])
    cloud = rng.normal(size=(800, 2))
    apart = 0.3 * rng.normal(size=(800, 2)) + centres[rng.integers(0, 2, 800)]

    assert valleys(centres, apart)[0].chance < 1e-9
    assert valleys(centres, cloud)[0].chance > 0.5


def test_groups_are_described_in_the_words_of_their_columns(make_cases, shoppers):
    """Each group has its share with an interval, what sets it apart, and the values of all beside its own."""
    cases = make_cases(shoppers, names=["visits", "spent", "app"], kinds={"app": "boolean"})
    findings, verdict, discovery = looked(cases, "segments")

    assert verdict.use_ml is True
    assert findings["structure"].evidence["groups"] == 3
    first, often, much = discovery.segments
    assert first.share.low < 0.5 < first.share.high
    assert "high visits" in often.sentence
    assert "app more often yes" in often.sentence
    assert "high spent" in much.sentence
    assert min(one.comes_back for one in discovery.segments) > 0.9
    assert float(much.traits[0].here.replace(",", "")) > 5 * float(much.traits[0].overall.replace(",", ""))


@pytest.mark.slow
def test_a_number_of_groups_that_the_data_do_not_hold_is_called_a_convenience(make_cases, rng, shoppers):
    """Four wanted of three are cut, with a caution; four wanted of one cloud are a no."""
    three = make_cases(shoppers, names=["visits", "spent", "app"], kinds={"app": "boolean"})
    findings, verdict, discovery = looked(three, "segments", groups=4)
    assert findings["structure"].weight == "caution"
    assert len(discovery.segments) == 4

    _, verdict, _ = looked(make_cases(rng.normal(size=(600, 3))), "segments", groups=4)
    assert verdict.use_ml is False


def test_one_cloud_gets_bands_to_cut_by_instead(make_cases, rng):
    """Where no groups are, thirds of one column are handed over, ready to run."""
    findings, verdict, _ = looked(make_cases(np.exp(rng.normal(size=(600, 3)))), "segments")

    assert verdict.use_ml is False
    assert "one cloud" in verdict.sentence
    assert findings["simple"].evidence["rule"]["sql"].startswith("CASE WHEN")


def test_only_yes_and_no_cannot_show_a_gap(make_cases, rng):
    """Without numbers nothing can be told: the verdict stays open."""
    cases = make_cases(rng.random((400, 3)) < 0.5, kinds=dict.fromkeys(("x0", "x1", "x2"), "boolean"))

    assert looked(cases, "segments")[1].use_ml is None


def test_patterns_tell_which_columns_vary_together(make_cases, rng):
    """Two columns that go together are a component that comes back; two that do not are none."""
    lead = rng.normal(size=800)
    together = lead + 0.4 * rng.normal(size=800)
    cases = make_cases(np.column_stack([lead, together, rng.normal(size=(800, 2))]))
    findings, _, discovery = looked(cases, "patterns")

    assert len(discovery.components) == 1
    assert set(discovery.components[0].columns) == {"x0", "x1"}
    assert findings["components"].evidence["components"][0]["comes_back"] > 0.9


@pytest.mark.parametrize("groups", [1, 500])
def test_a_number_of_groups_that_makes_no_sense_is_refused(make_cases, rng, groups):
    """One group is none, and five hundred of two hundred cases are no groups: the message says what to write."""
    with pytest.raises(ProblemError, match=r"target\.groups: .* Write 2 to 6"):
        looked(make_cases(rng.normal(size=(200, 2))), "segments", groups=groups)
