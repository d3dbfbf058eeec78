"""Choose what to do with a model's answers."""

from dataclasses import replace

import numpy as np
import pyarrow as pa

from fieldstone.framing.cases import Cases
from fieldstone.framing.choice.binary import choose_binary
from fieldstone.framing.choice.numbers import choose_number
from fieldstone.framing.choice.plain import choose_class, choose_labels
from fieldstone.framing.choice.record import Choice
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Kind, Problem
from fieldstone.methods.resampling import Floats
from fieldstone.methods.thresholds import Flags


def choose(scores: Floats, cases: Cases, problem: Problem, *, kind: Kind | None = None, seed: int = 0) -> Choice:
    """Choose what to do with a model's answers, and tell what that and every plain way is worth.

    Args:
        scores: Out-of-fold: for yes and no, what rises with the chance of the second of ``cases.classes`` (one a case);
            for numbers, the predictions; for classes and labels, probabilities (cases x classes). NaN where a case was
            in no fold: such cases are left out.
        cases: With their target; a time series in order of time.
        problem: Its costs, capacity, today's rule, horizon and beta are used.
        kind: The kind of problem, where it is known; a time series is also held against what was a season before.
        seed: Of the resampling.

    Raises:
        ProblemError: Costs that contradict each other or name a column that is not there; a rule that is no SQL; a
            target with a single value.
    """
    if cases.target is None:
        raise ProblemError(
            "target: there is nothing to be foretold, so there is no choice to make. Type `column:` under it"
        )
    told = _known(scores) & _known(cases.target)
    if np.count_nonzero(told) < 2 or np.ptp(cases.target[told]) == 0:
        raise ProblemError("target: all cases have the same value; a choice needs both. Give more cases, or other ones")
    if cases.target.ndim == scores.ndim == 1 and len(cases.classes) != 2:
        return choose_number(scores.astype(np.float64), cases, problem, seed=seed, season=kind == "time series")
    if told.all():
        return _choose(scores, cases, problem, seed=seed)
    return _scattered(_choose(scores[told], _only(cases, told), problem, seed=seed), told)


def _choose(scores: Floats, cases: Cases, problem: Problem, *, seed: int) -> Choice:
    assert cases.target is not None
    scores = scores.astype(np.float64)
    if cases.target.ndim == 2:
        return choose_labels(scores, cases, seed=seed)
    if scores.ndim == 2:
        return choose_class(scores, cases, problem, seed=seed)
    return choose_binary(scores, cases, problem, seed=seed)


def _known(values: Floats) -> Flags:
    known = np.isfinite(values)
    return known if values.ndim == 1 else np.asarray(known.all(axis=1))


def _only(cases: Cases, told: Flags) -> Cases:
    assert cases.target is not None
    return replace(
        cases,
        table=cases.table.filter(pa.array(told)),
        features=cases.features[told],
        target=cases.target[told],
        time=None if cases.time is None else cases.time[told],
        ids=None if cases.ids is None else cases.ids[told],
    )


def _scattered(choice: Choice, told: Flags) -> Choice:
    def scatter(values: Floats) -> Floats:
        whole = np.full(len(told), np.nan)
        whole[told] = values
        return whole

    empty = len(choice.probabilities) == 0
    probabilities = choice.probabilities if empty else scatter(choice.probabilities)
    return replace(choice, probabilities=probabilities, costs=scatter(choice.costs))
