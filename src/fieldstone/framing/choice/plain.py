"""Classes and labels: there is no threshold to set, but mistakes to count."""

from typing import Literal

import numpy as np
from msgspec import UNSET

from fieldstone.framing.cases import Cases
from fieldstone.framing.choice.comparison import Answering, compared, weighed
from fieldstone.framing.choice.prices import prices
from fieldstone.framing.choice.record import Choice
from fieldstone.framing.choice.together import blocks
from fieldstone.framing.choice.wording import ERRORS, MISTAKES, STEPS, percent
from fieldstone.framing.problem import Problem
from fieldstone.methods.resampling import Floats


def choose_class(scores: Floats, cases: Cases, problem: Problem, *, seed: int) -> Choice:
    """Give each case its likeliest class (``scores``: cases x classes); in an order, the one that is least far off.

    In an order a step too high and a step too low may differ in cost, as units of a number do.
    """
    assert cases.target is not None
    truth = cases.target.astype(np.int64)
    shares = np.bincount(truth, minlength=scores.shape[1]) / len(truth)
    ordered = problem.target.order is not UNSET or problem.target.kind == "ordinal"
    steps = prices(problem, cases.table) if ordered else None

    def brought(answer: np.ndarray) -> Floats:
        return -(answer != truth).astype(np.float64) if steps is None else -steps.cost((answer - truth).astype(float))

    given = _likely(scores, None if steps is None else steps.levels)
    usual = int(_likely(shares[None], None if steps is None else np.array([steps.level]))[0])
    ways = [
        Answering("best", "the class by the model's probabilities", brought(given), learned=True),
        Answering("constant", f"always {cases.classes[usual]}", brought(np.full(len(truth), usual))),
    ]
    note = "All mistakes count alike." if steps is None else "A mistake counts by how many steps it is off."
    unit = MISTAKES if steps is None else STEPS if steps.unit == ERRORS else steps.unit
    right = f"{percent(float(np.mean(given == truth)))} of the answers are right."
    return _counted("classes", ways, right, cases, worded=(unit, note), seed=seed)


def choose_labels(scores: Floats, cases: Cases, *, seed: int) -> Choice:
    """Give each case the labels that are likelier than not (``scores``: cases x labels)."""
    assert cases.target is not None
    truth = cases.target > 0
    wrong = np.count_nonzero((scores >= 0.5) != truth, axis=1).astype(np.float64)
    usual = np.count_nonzero((truth.mean(axis=0) >= 0.5) != truth, axis=1).astype(np.float64)
    ways = [
        Answering("best", "each label that is likelier than not", -wrong, learned=True),
        Answering("constant", "always the usual labels", -usual),
    ]
    right = f"{percent(float(np.mean(wrong == 0)))} of the cases get exactly their labels."
    return _counted(
        "labels", ways, right, cases, worded=(MISTAKES, "All mistakes count alike, over all labels."), seed=seed
    )


def _likely(probabilities: Floats, levels: Floats | None) -> np.ndarray:
    """The likeliest class of each case; with levels, the one up to which so much of the probability lies."""
    if levels is None:
        return np.argmax(probabilities, axis=1)
    summed = np.cumsum(probabilities, axis=1)
    return np.argmax(summed >= summed[:, -1:] * levels[:, None], axis=1)


def _counted(
    kind: Literal["classes", "labels"],
    ways: list[Answering],
    right: str,
    cases: Cases,
    *,
    worded: tuple[str, str],
    seed: int,
) -> Choice:
    unit, note = worded
    alternatives, pays = weighed(ways, seed=seed, dealt=blocks(len(cases), cases.ids, seed=seed))
    return Choice(
        kind=kind,
        sentence=f"{right} {compared(alternatives, unit, pays=pays)}",
        unit=unit,
        alternatives=alternatives,
        assumptions=(note,),
        pays=pays,
        costs=-ways[0].brought,
    )
