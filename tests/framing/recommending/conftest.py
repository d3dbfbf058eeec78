"""Logs of choices whose truth is known."""

import numpy as np
import pytest

from fieldstone.framing.recommending.interactions import Columns, Interactions

DAY = 86_400_000_000
THINGS = 120


def log_of(person, item, time=None) -> Interactions:
    """A log in the order of time."""
    order = np.arange(len(person)) if time is None else np.argsort(time, kind="stable")
    columns = Columns("person", "thing", None if time is None else "at")
    return Interactions(
        columns,
        np.asarray(person)[order].astype(np.int32),
        np.asarray(item)[order].astype(np.int32),
        None if time is None else np.asarray(time)[order].astype(np.int64),
        tuple(f"thing {code}" for code in range(max(item) + 1)),
        int(max(person)) + 1,
        len(person),
    )


def visits(rng, persons=300, mean=20):
    """Persons who choose more or less often, over a year."""
    person = np.repeat(np.arange(persons), rng.poisson(mean * rng.lognormal(0, 0.5, persons)) + 1)
    return person, rng.integers(0, 365 * DAY, len(person))


def popularity(count=THINGS):
    weights = 1 / np.arange(1, count + 1)
    return weights / weights.sum()


def popular(rng, **more):
    """Everybody chooses by popularity."""
    person, time = visits(rng, **more)
    return log_of(person, rng.choice(THINGS, len(person), p=popularity()), time)


def noise(rng, **more):
    """Everybody chooses by lot."""
    person, time = visits(rng, **more)
    return log_of(person, rng.integers(0, THINGS, len(person)), time)


def tastes(rng, **more):
    """Four groups of persons, each with things of its own."""
    person, time = visits(rng, **more)
    group = rng.integers(0, 4, person.max() + 1)[person]
    own = group + 4 * rng.choice(THINGS // 4, len(person), p=popularity(THINGS // 4))
    common = rng.choice(THINGS, len(person), p=popularity())
    return log_of(person, np.where(rng.random(len(person)) < 0.7, own, common), time)


def again(rng, **more):
    """Persons who choose what they chose before, and else by popularity."""
    person, time = visits(rng, **more)
    order = np.lexsort((time, person))
    person, time = person[order], time[order]
    item = rng.choice(THINGS, len(person), p=popularity())
    start = np.searchsorted(person, person)
    for at in np.flatnonzero((np.arange(len(person)) > start) & (rng.random(len(person)) < 0.6)):
        item[at] = item[rng.integers(start[at], at)]
    return log_of(person, item, time)


FAMILIES = {"popular": popular, "noise": noise, "tastes": tastes, "again": again}


@pytest.fixture
def make_log():
    """Make a log of a family, by its name and a seed."""
    return lambda name, seed=0, **more: FAMILIES[name](np.random.default_rng([seed, 7]), **more)


@pytest.fixture
def plain_log():
    return log_of
