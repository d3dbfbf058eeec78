"""Can mistakes be tolerated: where none may happen, and where they cost more than right answers bring."""

import numpy as np

from fieldstone.framing.cases import Cases
from fieldstone.framing.choice.amounts import amounts_of
from fieldstone.framing.findings import Finding, Reason
from fieldstone.framing.problem import Problem
from fieldstone.framing.trials import scores
from fieldstone.framing.trials.scores import CLASSES, NUMBERS
from fieldstone.framing.trials.trial import Trial
from fieldstone.methods.thresholds import expected_gain, values

_ADVICE = (
    "Decide by rules that can be checked line by line (or proven), with a person in the loop for what they leave open."
)


def check(cases: Cases, problem: Problem, trial: Trial) -> Finding:
    """Say whether a model's mistakes are tolerable under the stated constraints and costs."""
    wrong = errors(trial)
    evidence: dict[str, object] = {} if wrong is None else {"wrong_of_1000": wrong, "cases": len(trial.truth)}
    if problem.constraints.mistakes == "never":
        told = "" if wrong is None else f", and the best model tried is wrong in {wrong:.1f} of 1,000 cases"
        sentence = f"No mistake may happen{told}: no model learnt from examples can promise that."
        return Finding("tolerance", "stop", sentence, evidence, _ADVICE, Reason.NO_MISTAKES)
    if trial.kind == "binary" and trial.possible:
        priced = _priced(cases, problem, trial, evidence)
        if priced is not None:
            return priced
    told = "" if wrong is None else f" The best model tried is wrong in {wrong:.0f} of 1,000 cases."
    return Finding("tolerance", "fine", f"Nothing says that mistakes cannot be tolerated.{told}", evidence)


def errors(trial: Trial) -> float | None:
    """Return how many of 1,000 answers of the strong model are wrong; None where answers are numbers."""
    if not trial.possible or trial.kind in NUMBERS:
        return None
    if trial.kind in CLASSES:
        return 1000 * float(np.mean(trial.strong.argmax(axis=1) != trial.truth))
    return 1000 * float(np.mean((trial.strong > 0.5) != (trial.truth > 0)))


def _priced(cases: Cases, problem: Problem, trial: Trial, evidence: dict[str, object]) -> Finding | None:
    """Compare acting on a model with acting on nobody, in money."""
    amounts = amounts_of(problem, cases.table.take(trial.rows[trial.scored]))
    if amounts is None:
        return None
    acted = expected_gain(trial.strong, amounts) > 0
    model = values(acted, trial.truth, amounts)
    nobody = values(np.zeros(len(acted), dtype=bool), trial.truth, amounts)
    gain = scores.difference(scores.mean_of(model), scores.mean_of(nobody), trial.draws)
    currency = problem.costs.currency
    evidence = {**evidence, "gain_a_case": [gain.value, gain.low, gain.high], "acted_on": float(acted.mean())}
    said = f"{gain.value:.2f} {currency} a case against acting on nobody ({gain.low:.2f} to {gain.high:.2f})"
    if gain.high <= 0 or not acted.any():
        sentence = f"Under the stated costs mistakes cost more than right answers bring: a model gains {said}."
        return Finding("tolerance", "stop", sentence, evidence, _ADVICE, Reason.NO_MISTAKES)
    if gain.low <= 0:
        advice = "Look for columns that tell more, or for an action whose mistakes cost less."
        return Finding("tolerance", "caution", f"It is not sure that a model pays: it gains {said}.", evidence, advice)
    return Finding("tolerance", "fine", f"Mistakes pay for themselves: a model gains {said}.", evidence)
