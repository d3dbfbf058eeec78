"""The moment: nothing of what was chosen after it can be known before."""

from dataclasses import replace

import numpy as np

from fieldstone.framing.recommending.contest import season
from fieldstone.framing.recommending.past import split
from fieldstone.framing.recommending.ways import LEARNT, RULES


def size(log):
    return {"items": len(log.items), "persons": log.persons}


def test_nothing_from_after_the_moment_can_enter(make_log):
    """Whatever is chosen afterwards, every way scores the same things the same."""
    log = make_log("tastes")
    rng = np.random.default_rng(1)
    late = np.arange(len(log)) >= len(split(log)[0])
    other = replace(log, item=np.where(late, rng.integers(0, len(log.items), len(log)), log.item).astype(np.int32))
    ours, theirs = (season(each, **size(log)).trial for each in (log, other))
    assert not np.array_equal(ours.wanted.toarray(), theirs.wanted.toarray())

    assert np.array_equal(ours.past.catalogue, theirs.past.catalogue)
    for way in (*RULES, *LEARNT):
        assert np.array_equal(way.learn(ours.past)(ours.rows), way.learn(theirs.past)(ours.rows)), way.name


def test_who_enters_the_contest_is_settled_before_the_moment(make_log):
    """The trial that settles it sees earlier choices alone, and judges on the latest of them."""
    log = make_log("popular")
    whole = season(log, **size(log))
    before = season(whole.earlier, **size(log))

    assert before.later.time.max() < whole.later.time.min()
    assert before.earlier.time.max() < before.later.time.min()


def test_equal_times_stay_together(plain_log):
    """A cut never goes through a moment."""
    earlier, later = split(plain_log(range(10), range(10), [1, 2, 3, 4, 5, 6, 9, 9, 9, 9]))

    assert set(earlier.time.tolist()).isdisjoint(later.time.tolist())
    assert len(later) == 4


def test_without_times_a_fifth_at_random_is_foretold(make_log):
    """The same fifth for the same seed."""
    log = replace(make_log("popular"), time=None)
    earlier, later = split(log, seed=3)

    assert abs(len(later) / len(log) - 0.2) < 0.02
    assert np.array_equal(split(log, seed=3)[1].item, later.item)
    assert len(earlier) + len(later) == len(log)


def test_what_was_never_chosen_before_is_in_no_list(plain_log):
    """The catalogue has only what was chosen before the moment."""
    log = plain_log([0] * 8 + [0, 0], [0, 1, 2, 0, 1, 2, 0, 1, 3, 3], list(range(10)))
    one = season(log, items=4, persons=1).trial

    assert sorted(one.past.catalogue.tolist()) == [0, 1, 2]
    assert one.outside.tolist() == [1]
