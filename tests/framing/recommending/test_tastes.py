"""Is there taste: found where it is, and not where it is not."""

import numpy as np
import pytest

from fieldstone.framing.recommending.contest import season
from fieldstone.framing.recommending.tastes import SIGNIFICANCE, p_value, popularity
from fieldstone.framing.recommending.ways import LEARNT


def chance(log, task, seed=0):
    whole = season(log, items=len(log.items), persons=log.persons, seed=seed)
    return p_value(whole.trial, LEARNT[1].learn(whole.trial.past), task, whole.later, seed=seed)


@pytest.mark.parametrize("task", ["anything", "new"])
@pytest.mark.parametrize("name", ["popular", "noise"])
def test_without_taste_false_alarms_are_as_rare_as_promised(make_log, name, task):
    """The short form of the benchmark: of 25 logs hardly any."""
    alarms = sum(chance(make_log(name, seed, persons=150), task, seed) <= SIGNIFICANCE for seed in range(25))

    assert alarms <= 5


@pytest.mark.parametrize("task", ["anything", "new"])
def test_tastes_are_found(make_log, task):
    """Groups of persons with things of their own."""
    assert chance(make_log("tastes"), task) < 0.001


def test_choosing_again_is_a_taste_but_not_for_what_is_new(make_log):
    """What one had tells what one takes again, and nothing else here."""
    assert chance(make_log("again"), "anything") < 0.001
    assert np.mean([chance(make_log("again", seed), "new") <= SIGNIFICANCE for seed in range(10)]) <= 0.3


def test_popularity_accounts_for_what_was_open():
    """A thing that half had already is as popular as one chosen twice as often that nobody had."""
    rng = np.random.default_rng(0)
    open_to = np.ones((4000, 3), dtype=bool)
    open_to[:2000, 0] = False
    odds = open_to * np.array([2.0, 2.0, 1.0])
    chosen = np.array([rng.multinomial(1, each / each.sum()) for each in odds]).astype(np.float32)
    found = popularity(chosen, open_to)

    assert found[0] / found[1] == pytest.approx(1, abs=0.15)
    assert found[1] / found[2] == pytest.approx(2, abs=0.3)
