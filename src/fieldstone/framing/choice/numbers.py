"""How much to answer: for questions whose answer is a number, when too much and too little need not cost the same."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from fieldstone.framing.cases import Cases
from fieldstone.framing.choice.comparison import Answering, compared, weighed
from fieldstone.framing.choice.prices import Prices, prices
from fieldstone.framing.choice.record import Choice, Range
from fieldstone.framing.choice.together import blocks, stretches
from fieldstone.framing.choice.wording import figure, percent
from fieldstone.framing.data.expressions import number
from fieldstone.framing.problem import Problem
from fieldstone.framing.trials import series
from fieldstone.methods.quantiles import Margin, crossed_points, fit_margin
from fieldstone.methods.resampling import Floats, percentiles, resampled_means
from fieldstone.methods.thresholds import Flags

_PARTS = 5
_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class _Answers:
    """A way to answer, before it is weighed; NaN where it has no answer."""

    name: str
    does: str
    answers: Floats
    condition: str = ""
    learned: bool = False


@dataclass(frozen=True, slots=True)
class _Asked:
    """The cases that are answered (in order of time, where they have one) and what their answers are weighed by."""

    cases: Cases
    truth: Floats
    prices: Prices
    parts: tuple[tuple[Flags, Flags], ...]
    dealt: NDArray[np.int64]

    def cost(self, answers: Floats) -> Floats:
        """What these answers cost in each case."""
        return self.prices.cost(answers - self.truth)

    def points(self, answers: Floats, level: float | Floats, *, by_size: bool = False) -> Floats:
        """The points at a level, by margins learnt from other cases."""
        return crossed_points(answers, self.truth, level, self.parts, by_size=by_size)

    def at_best(self, answers: Floats) -> Floats:
        """These answers with the margin that is best by what too much and too little cost."""
        return self.points(answers, self.prices.levels)


def choose_number(scores: Floats, cases: Cases, problem: Problem, *, seed: int, season: bool = False) -> Choice:
    """Weigh predictions of a number by what too much and too little cost, against answers without a model.

    Args:
        scores: One a case, NaN where there is none.
        cases: With their target.
        problem: Its costs, horizon and today's rule are used.
        seed: Of the resampling.
        season: Whether the cases are a time series: what was a season before is an answer too.
    """
    assert cases.target is not None
    told = np.flatnonzero(np.isfinite(scores) & np.isfinite(cases.target))
    if cases.time is not None:
        told = told[np.argsort(cases.time[told], kind="stable")]
    asked, answers = _asked(cases, problem, told, seed=seed, season=season), scores[told]
    best, margin = _best(answers, asked)
    ways = [best]
    if margin is not None:
        ways.append(_Answers("middle", "the model's answer as it is", answers, learned=True))
    for way in _plain(cases, problem, season=season):
        ways += _with_margin(replace(way, answers=way.answers[told]), asked)
    ways.append(_constant(asked))
    judged = np.logical_and.reduce([np.isfinite(way.answers) for way in ways])
    answering = [_answering(way, asked, judged) for way in ways]
    alternatives, pays = weighed(answering, seed=seed, dealt=_renumbered(asked.dealt[judged]))
    sizes, reach = np.abs(answers - asked.truth)[judged], _range(answers, asked, judged, seed=seed)
    half, most, nearly_all = (float(q) for q in np.quantile(sizes, [0.5, _SHARE, 0.95]))
    costs = np.full(len(cases), np.nan)
    costs[told[judged]] = -answering[0].brought
    said = (_exact(half, reach), _advised(best, asked), compared(alternatives, asked.prices.unit, pays=pays))
    return Choice(
        kind="number",
        sentence=" ".join(sentence for sentence in said if sentence),
        unit=asked.prices.unit,
        alternatives=alternatives,
        assumptions=(*asked.prices.notes, *_notes(problem, season=season)),
        pays=pays,
        level=asked.prices.level,
        margin=margin,
        typical_error=(half, most, nearly_all),
        range=reach,
        costs=costs,
    )


def _plain(cases: Cases, problem: Problem, *, season: bool) -> Iterator[_Answers]:
    """Answers without a model, for all cases: they may look at other cases, of which some have no score."""
    assert cases.target is not None
    rule = problem.baseline.rule
    if rule is not UNSET:
        said = number(cases.table, rule, where="baseline.rule")
        said = np.where(np.isfinite(said), said, np.nanmedian(cases.target))
        yield _Answers("rule", f"today's rule: {rule}", said, rule)
    if season:
        order, lag = _order(cases), _lag(cases, problem)
        before = np.empty(len(cases))
        before[order] = series.repeated(cases.target[order], lag)
        yield _Answers("season", f"the value {lag} period{'s' if lag > 1 else ''} before", before)


def _order(cases: Cases) -> NDArray[np.int64]:
    return np.arange(len(cases)) if cases.time is None else np.argsort(cases.time, kind="stable")


def _lag(cases: Cases, problem: Problem) -> int:
    """How many periods before the same season was last known, so far ahead as one looks."""
    assert cases.target is not None
    ahead = _ahead(problem)
    steps = series.season(cases.target[_order(cases)], cases.periods)
    return steps * -(-ahead // steps)


def _ahead(problem: Problem) -> int:
    return 1 if problem.target.horizon is UNSET else problem.target.horizon


def _asked(cases: Cases, problem: Problem, told: NDArray[np.int64], *, seed: int, season: bool) -> _Asked:
    assert cases.target is not None
    dealt = blocks(len(told), None if cases.ids is None else cases.ids[told], seed=seed)
    if cases.time is None:
        fold = np.random.default_rng(seed).permutation(np.arange(int(dealt.max()) + 1) % _PARTS)[dealt]
        parts = tuple((fold != part, fold == part) for part in range(_PARTS))
    else:
        dealt = stretches(len(told), _lag(cases, problem)) if season else dealt
        part = np.arange(len(told)) * (_PARTS + 1) // len(told)
        parts = tuple((part < at, part == at) for at in range(1, _PARTS + 1))
    return _Asked(cases, cases.target[told], prices(problem, cases.table).of(told), parts, dealt)


def _best(scores: Floats, asked: _Asked) -> tuple[_Answers, Margin | None]:
    """The model's answers with the margin that costs least; a further one must be better by more than chance."""
    levels, plain = asked.prices.levels, "the model's answer"
    chosen, margin = _Answers("best", plain, scores, learned=True), None
    for by_size in (False, True):
        points = asked.points(scores, levels, by_size=by_size)
        better = (asked.cost(chosen.answers) - asked.cost(points))[np.isfinite(points)]
        if better.mean() > better.std() / np.sqrt(len(better)):
            margin = fit_margin(scores, asked.truth, by_size=by_size)
            does = f"{plain}, and {'usually ' if by_size else ''}{_shifted(margin, scores, asked)}"
            chosen = _Answers("best", does, points, learned=True)
    return chosen, margin


def _shifted(margin: Margin, answers: Floats, asked: _Asked) -> str:
    shift = float(np.median(margin.points(answers, asked.prices.levels) - answers))
    return f"{figure(abs(shift))} {'more' if shift >= 0 else 'less'}"


def _with_margin(way: _Answers, asked: _Asked) -> Iterator[_Answers]:
    """A plain answer, and where too much and too little differ in cost, the same with the margin that is best."""
    yield way
    if asked.prices.level != 0.5:
        margin = fit_margin(way.answers, asked.truth)
        does = f"{way.does}, and {_shifted(margin, way.answers, asked)}"
        yield replace(way, name=f"{way.name}_margin", does=does, answers=asked.at_best(way.answers), condition="")


def _constant(asked: _Asked) -> _Answers:
    nothing = np.zeros(len(asked.truth))
    said = float(np.quantile(asked.truth, asked.prices.level))
    which = "the middle" if asked.prices.level == 0.5 else f"the {percent(asked.prices.level)} point"
    answers = asked.points(nothing, asked.prices.level)
    return _Answers("constant", f"always {figure(said)}, {which} of past cases", answers, f"{said:.6g}")


def _answering(way: _Answers, asked: _Asked, judged: Flags) -> Answering:
    cost, excess = asked.cost(way.answers)[judged], (way.answers - asked.truth)[judged]
    return Answering(way.name, way.does, -cost, way.condition, excess, way.learned)


def _renumbered(dealt: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.unique(dealt, return_inverse=True)[1].astype(np.int64)


def _range(answers: Floats, asked: _Asked, judged: Flags, *, seed: int) -> Range:
    """Where 8 of 10 truths lie around the model's answers, and how many of other cases' truths did."""
    truth, levels = asked.truth[judged], [(1 - _SHARE) / 2, (1 + _SHARE) / 2]
    tried = [[asked.points(answers, level, by_size=by_size)[judged] for level in levels] for by_size in (False, True)]
    low, high = min(tried, key=lambda ends: _narrow(ends, levels, truth))
    within = ((truth >= low) & (truth <= high)).astype(np.float64)
    drawn = resampled_means(within[:, None], seed=seed, dealt=_renumbered(asked.dealt[judged]))
    held = percentiles(float(within.mean()), drawn[:, 0])
    told = answers[judged]
    return Range(_SHARE, float(np.median(told - low)), float(np.median(high - told)), held)


def _narrow(ends: list[Floats], levels: list[float], truth: Floats) -> float:
    """What too much and too little would cost, were the ends of a range the best points: less for a better range."""
    misses = [
        np.where(end > truth, (1 - level) * (end - truth), level * (truth - end))
        for end, level in zip(ends, levels, strict=True)
    ]
    return float(np.mean(misses))


def _exact(half: float, reach: Range) -> str:
    held = f"{percent(reach.held.low)} to {percent(reach.held.high)}"
    return (
        f"Half of the model's answers are within {figure(half)} of the truth; 8 of 10 truths should lie between"
        f" {figure(reach.below)} below and {figure(reach.above)} above, and {percent(reach.held.value)} did ({held})."
    )


def _advised(best: _Answers, asked: _Asked) -> str:
    level = asked.prices.level
    if level == 0.5:
        return "" if best.does == "the model's answer" else f"Take {best.does}."
    over, under = float(asked.prices.over.mean()), float(asked.prices.under.mean())
    dear, cheap = ("too little", "too much") if under > over else ("too much", "too little")
    times = (
        f"{max(over, under) / min(over, under):.3g} times what {cheap} costs"
        if min(over, under)
        else "all there is to lose"
    )
    exceeded = figure(100 - 100 * level)
    return f"As {dear} costs {times}, take {best.does}: the truth should exceed it in {exceeded} of 100 cases."


def _notes(problem: Problem, *, season: bool) -> tuple[str, ...]:
    ahead = _ahead(problem)
    if not season or ahead == 1:
        return ()
    return (
        f"Every value is foretold {ahead} periods ahead, as the last of {ahead} is; nearer ones are foretold better.",
    )
