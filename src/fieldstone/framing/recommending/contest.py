"""Plain lists against learnt ones, on the same persons and what they chose after the moment.

Which plain list and which learner enter the contest is settled before the moment, by the same contest on the earlier
choices alone; so the better of several on the day is not taken for the better one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from fieldstone.framing.recommending.interactions import Interactions
from fieldstone.framing.recommending.lists import Scored, Task, Trial, judge, random_scorer, trial
from fieldstone.framing.recommending.past import Choices, split
from fieldstone.framing.recommending.tastes import SIGNIFICANCE, p_value
from fieldstone.framing.recommending.ways import LEARNT, RULES, Scorer, Way
from fieldstone.methods.resampling import Interval, percentiles, resampled_means

RARE = 0.1
"""Below this share of the later choices, things had before (or not had before) are no task of their own."""

_SHARE, _LEAST = 0.1, 0.002


@dataclass(frozen=True, slots=True)
class Standing:
    """How one way did in one task; shares of persons and of the catalogue are 0 to 1."""

    way: Way
    ndcg: Interval
    hit: Interval
    coverage: float
    over_popular: Interval


@dataclass(frozen=True, slots=True)
class Contest:
    """One task, judged.

    Attributes:
        task: What may be offered.
        persons: How many were judged on.
        standings: All ways, the plain ones first.
        rule: The plain way that entered.
        learner: The learner that entered.
        added: What the learner adds to the plain way's NDCG.
        margin: What it would have to add to matter.
        common: The plain list that is the same for all: the better one before the moment.
        over_chance: What that list adds to lists by chance.
        chance: The chance of as much taste in what was chosen, had nobody any.
    """

    task: Task
    persons: int
    standings: tuple[Standing, ...]
    rule: Standing
    learner: Standing
    added: Interval
    margin: float
    common: Standing
    over_chance: Interval
    chance: float

    @property
    def pays(self) -> bool:
        """Whether the learner surely adds something, as much as matters, and because of taste."""
        return self.added.low > 0 and self.added.value > self.margin and self.chance <= SIGNIFICANCE


@dataclass(frozen=True, slots=True)
class Season:
    """The choices divided at the moment, and the trial on them."""

    earlier: Choices
    later: Choices
    trial: Trial


def season(choices: Choices | Interactions, *, items: int, persons: int, seed: int = 0) -> Season:
    """Divide choices at the moment, and set the past against what followed."""
    earlier, later = split(choices, seed=seed)
    return Season(earlier, later, trial(earlier, later, items=items, persons=persons, seed=seed))


def repeated(one: Trial) -> float:
    """The share of the later choices of things that the person had chosen before; 0 to 1."""
    before = one.past.profiles[one.rows]
    again = float(one.wanted.multiply(before > 0).sum())
    return again / max(1.0, float(one.wanted.sum() + one.outside.sum()))


def tasks(one: Trial) -> tuple[Task, ...]:
    """What is to be foretold: anything where things are chosen again, what is new where there is news."""
    again = repeated(one)
    both: tuple[Task, ...] = ("anything", "new")
    return tuple(task for task in both if (again >= RARE if task == "anything" else again <= 1 - RARE))


def contests(whole: Season, before: Season, learners: tuple[Way, ...] = LEARNT, *, seed: int = 0) -> list[Contest]:
    """Judge every task: ``before`` (earlier choices alone) settles who enters, ``whole`` who wins."""
    settled = {way: way.learn(before.trial.past) for way in (*RULES, *learners)}
    asked = tasks(whole.trial)
    chosen = {task: _settled(before.trial, settled, task) for task in asked}
    needed = {way for ways in chosen.values() for way in ways} | set(RULES)
    scorers = {way: way.learn(whole.trial.past) for way in (*RULES, *learners) if way in needed}
    return [_contest(whole, scorers, chosen[task], task, seed) for task in asked]


def _settled(one: Trial, scorers: Mapping[Way, Scorer], task: Task) -> tuple[Way, ...]:
    """The ways that enter, the best plain one and the best learner first; one setting of each learner."""
    reached = {way: float(np.mean(judge(one, scorers[way], task).ndcg)) for way in scorers if _fits(way, task)}
    ranked = sorted(reached, key=lambda way: -reached[way])
    firsts = list(_firsts(way for way in ranked if way.learns))
    return (*(way for way in ranked if not way.learns), *firsts)


def _firsts(ways: Iterator[Way]) -> Iterator[Way]:
    seen: set[str] = set()
    for way in ways:
        if way.name not in seen:
            seen.add(way.name)
            yield way


def _fits(way: Way, task: Task) -> bool:
    return task == "anything" or not way.name.startswith("own")


def _contest(whole: Season, scorers: Mapping[Way, Scorer], entered: tuple[Way, ...], task: Task, seed: int) -> Contest:
    one = whole.trial
    scored = {way: judge(one, scorers[way], task) for way in entered}
    popular = next(way for way in entered if way.name == "popular")
    rule, learner = (next(way for way in entered if way.learns is learns) for learns in (False, True))
    common = next(way for way in entered if way.name in {"popular", "recent"})
    lots = judge(one, random_scorer(one, seed=seed), task)
    standings = {way: _standing(way, found, scored[popular], one, seed) for way, found in scored.items()}
    return Contest(
        task=task,
        persons=len(scored[popular].rows),
        standings=tuple(sorted(standings.values(), key=lambda each: each.way.learns)),
        rule=standings[rule],
        learner=standings[learner],
        added=_difference(scored[learner], scored[rule], seed),
        margin=max(_LEAST, _SHARE * standings[rule].ndcg.value),
        common=standings[common],
        over_chance=_difference(scored[common], lots, seed),
        chance=p_value(one, scorers[learner], task, whole.later, seed=seed),
    )


def _standing(way: Way, found: Scored, popular: Scored, one: Trial, seed: int) -> Standing:
    figures = np.column_stack([found.ndcg, found.hit, found.ndcg - popular.ndcg])
    drawn = resampled_means(figures, seed=seed)
    ndcg, hit, over = (percentiles(float(figures[:, at].mean()), drawn[:, at]) for at in range(3))
    return Standing(way, ndcg, hit, found.offered / max(1, len(one.past.catalogue)), over)


def _difference(better: Scored, worse: Scored, seed: int) -> Interval:
    gaps = better.ndcg - worse.ndcg
    return percentiles(float(gaps.mean()), resampled_means(gaps[:, None], seed=seed)[:, 0])
