"""Numbers, classes and labels: there is no threshold to set, but mistakes to count, and money if they have a price."""

from dataclasses import dataclass

import numpy as np
from msgspec import UNSET

from fieldstone.framing.cases import Cases
from fieldstone.framing.choice.amounts import MISTAKES, amount
from fieldstone.framing.choice.expressions import number
from fieldstone.framing.choice.record import Alternative, Choice
from fieldstone.framing.choice.wording import figure, percent, span, worth
from fieldstone.framing.problem import Problem
from fieldstone.methods.resampling import Floats, percentiles, resampled_means

_ERRORS = "units of error"
_STEPS = "steps of error"


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to answer, and what its answer brought in each case."""

    name: str
    does: str
    brought: Floats
    condition: str = ""


def choose_number(scores: Floats, cases: Cases, problem: Problem, *, seed: int) -> Choice:
    """Weigh predictions of a number (``scores``, one a case) by what being off costs, against one number for all."""
    assert cases.target is not None
    target = cases.target
    price, unit, notes = _price(cases, problem)
    middle = float(np.median(target))
    ways = [_Way("best", "the model's answer", price * np.abs(scores - target))]
    if problem.baseline.rule is not UNSET:
        said = number(cases, problem.baseline.rule, where="baseline.rule")
        told = np.where(np.isfinite(said), said, middle)
        does = f"today's rule: {problem.baseline.rule}"
        ways.append(_Way("rule", does, price * np.abs(told - target), problem.baseline.rule))
    always = f"always {figure(middle)}, the middle of past cases"
    ways.append(_Way("constant", always, price * np.abs(middle - target), f"{middle:.6g}"))
    half, most, nearly_all = (float(q) for q in np.quantile(np.abs(scores - target), [0.5, 0.8, 0.95]))
    alternatives, pays = _weighed(ways, seed=seed)
    return Choice(
        kind="number",
        sentence=(
            f"Half of the answers are within {figure(half)} of the truth, 8 of 10 within {figure(most)}."
            f" {_compared(alternatives, unit, pays=pays)}"
        ),
        unit=unit,
        alternatives=alternatives,
        assumptions=notes,
        pays=pays,
        typical_error=(half, most, nearly_all),
        costs=-ways[0].brought,
    )


def choose_class(scores: Floats, cases: Cases, problem: Problem, *, seed: int) -> Choice:
    """Give each case its likeliest class (``scores``: cases x classes); in an order, the one that is least far off."""
    assert cases.target is not None
    truth = cases.target.astype(np.int64)
    ordered = problem.target.order is not UNSET or problem.target.kind == "ordinal"
    shares = np.bincount(truth, minlength=scores.shape[1]) / len(truth)
    given, usual = _likely(scores, ordered=ordered), int(_likely(shares[None], ordered=ordered)[0])

    def brought(answer: np.ndarray) -> Floats:
        return -np.abs(answer - truth).astype(np.float64) if ordered else -(answer != truth).astype(np.float64)

    ways = [
        _Way("best", "the class by the model's probabilities", brought(given)),
        _Way("constant", f"always {cases.classes[usual]}", brought(np.full(len(truth), usual))),
    ]
    note = "A mistake counts by how many steps it is off." if ordered else "All mistakes count alike."
    right = f"{percent(float(np.mean(given == truth)))} of the answers are right."
    return _counted("classes", ways, right, unit=_STEPS if ordered else MISTAKES, note=note, seed=seed)


def choose_labels(scores: Floats, cases: Cases, *, seed: int) -> Choice:
    """Give each case the labels that are likelier than not (``scores``: cases x labels)."""
    assert cases.target is not None
    truth = cases.target > 0
    wrong = np.count_nonzero((scores >= 0.5) != truth, axis=1).astype(np.float64)
    usual = np.count_nonzero((truth.mean(axis=0) >= 0.5) != truth, axis=1).astype(np.float64)
    ways = [
        _Way("best", "each label that is likelier than not", -wrong),
        _Way("constant", "always the usual labels", -usual),
    ]
    right = f"{percent(float(np.mean(wrong == 0)))} of the cases get exactly their labels."
    return _counted("labels", ways, right, unit=MISTAKES, note="All mistakes count alike, over all labels.", seed=seed)


def _price(cases: Cases, problem: Problem) -> tuple[Floats, str, tuple[str, ...]]:
    given, notes = problem.costs.per_unit_error, list[str]()
    if given is UNSET:
        return (
            np.full(len(cases), -1.0),
            _ERRORS,
            ("No cost of error is given (costs.per_unit_error): units are counted.",),
        )
    price = amount(given, cases, where="costs.per_unit_error", notes=notes)
    if bool(np.any(price > 0)):
        notes.append("costs.per_unit_error is positive: taken as a cost. Costs are written as negative numbers.")
    return -np.abs(price), problem.costs.currency, tuple(notes)


def _likely(probabilities: Floats, *, ordered: bool) -> np.ndarray:
    """The likeliest class of each case; in an order, the one half of the probability lies at or below."""
    if not ordered:
        return np.argmax(probabilities, axis=1)
    summed = np.cumsum(probabilities, axis=1)
    return np.argmax(summed >= summed[:, -1:] / 2, axis=1)


def _counted(kind: str, ways: list[_Way], right: str, *, unit: str, note: str, seed: int) -> Choice:
    alternatives, pays = _weighed(ways, seed=seed)
    return Choice(
        kind="labels" if kind == "labels" else "classes",
        sentence=f"{right} {_compared(alternatives, unit, pays=pays)}",
        unit=unit,
        alternatives=alternatives,
        assumptions=(note,),
        pays=pays,
        costs=-ways[0].brought,
    )


def _weighed(ways: list[_Way], *, seed: int) -> tuple[tuple[Alternative, ...], bool]:
    brought = np.column_stack([way.brought for way in ways])
    drawn, means = resampled_means(brought, seed=seed) * 1000, brought.mean(axis=0) * 1000
    alternatives = tuple(
        Alternative(
            name=way.name,
            does=way.does,
            value=percentiles(means[at], drawn[:, at]),
            behind=percentiles(means[0] - means[at], drawn[:, 0] - drawn[:, at]),
            learned=at == 0,
            condition=way.condition,
        )
        for at, way in enumerate(ways)
    )
    return alternatives, bool(np.quantile(drawn[:, 0] - drawn[:, 1:].max(axis=1), 0.025) > 0)


def _compared(alternatives: tuple[Alternative, ...], unit: str, *, pays: bool) -> str:
    plain = max(alternatives[1:], key=lambda one: one.value.value)
    what = worth(alternatives[0].value.value, unit)
    end = f"It {what} per 1,000 cases; without a model ({plain.does}) it would be {span(plain.behind)} {unit} more"
    return f"{end}." if pays else f"{end}; the difference may be chance."
