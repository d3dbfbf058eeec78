"""Lists against what was chosen: the measures by their definition."""

import numpy as np
import pytest

from fieldstone.framing.recommending.contest import repeated, season
from fieldstone.framing.recommending.lists import judge
from fieldstone.framing.recommending.ways import LEARNT, RULES


def whole_of(log):
    return season(log, items=len(log.items), persons=log.persons)


def slow_ndcg(listed, wanted):
    """The definition: gains by rank over the best that could be."""
    gains = sum(1 / np.log2(rank + 2) for rank, thing in enumerate(listed) if thing in wanted)
    best = sum(1 / np.log2(rank + 2) for rank in range(min(len(wanted), len(listed))))
    return gains / best


@pytest.mark.parametrize("task", ["anything", "new"])
@pytest.mark.parametrize("name", ["popular", "tastes", "again"])
def test_the_measure_is_that_of_the_definition(make_log, name, task):
    """NDCG and hits of every person, list by list."""
    whole = whole_of(make_log(name, persons=60))
    one = whole.trial
    scorer = LEARNT[0].learn(one.past)
    found = judge(one, scorer, task)
    for place, row in enumerate(found.rows):
        person = one.rows[row]
        before = set(whole.earlier.item[whole.earlier.person == person].tolist())
        wanted = set(whole.later.item[whole.later.person == person].tolist())
        scores = dict(zip(one.past.catalogue, scorer(one.rows[[row]])[0], strict=True))
        if task == "new":
            wanted -= before
            scores = {thing: score for thing, score in scores.items() if thing not in before}
        listed = sorted(scores, key=lambda thing: -scores[thing])[: one.length]

        assert found.ndcg[place] == pytest.approx(slow_ndcg(listed, wanted))
        assert found.hit[place] == float(bool(wanted & set(listed)))


def test_the_list_for_all_is_the_same_for_all(make_log):
    """So it covers as many things as it is long."""
    one = whole_of(make_log("popular")).trial

    assert judge(one, RULES[0].learn(one.past), "anything").offered == one.length


def test_a_small_catalogue_makes_short_lists(plain_log):
    """A list of all things would prove nothing."""
    rng = np.random.default_rng(0)
    log = plain_log(rng.integers(0, 80, 2000), rng.integers(0, 9, 2000), rng.integers(0, 10**9, 2000))

    assert whole_of(log).trial.length == 3


def test_what_is_chosen_again_is_counted(make_log):
    """Little in a large catalogue chosen by lot, much where people choose again."""
    assert repeated(whole_of(make_log("again")).trial) > repeated(whole_of(make_log("noise")).trial) + 0.2
