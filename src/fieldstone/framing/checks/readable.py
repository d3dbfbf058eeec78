"""What is lost with a model that can be read whole: weights for at most eight columns, or a tree of eight leaves."""

from msgspec import UnsetType

from fieldstone.framing.cases import Cases
from fieldstone.framing.checks.contests import margin
from fieldstone.framing.findings import Finding, Reason
from fieldstone.framing.problem import Problem
from fieldstone.framing.trials import learners
from fieldstone.framing.trials.candidates import telling
from fieldstone.framing.trials.scores import Floats
from fieldstone.framing.trials.trees import grow
from fieldstone.framing.trials.trial import Trial

_COLUMNS = 8


def check(cases: Cases, problem: Problem, trial: Trial) -> Finding:
    """Say whether a readable model loses anything that matters, and whether that rules a model out."""
    models = _models(cases, trial)
    name, told = max(models.items(), key=lambda pair: trial.value(pair[1]))
    lost = trial.ahead(trial.strong, told)
    value, strong = trial.value(told), trial.quality.value
    bound = margin(max(value, strong), trial.measure.chance)
    evidence = {
        "measure": trial.measure.name,
        "strong_model": strong,
        "readable": {name: trial.value(prediction) for name, prediction in models.items()},
        "best": name,
        "lost": [lost.value, lost.low, lost.high],
        "margin": bound,
    }
    needed = problem.constraints.interpretability
    full = not isinstance(needed, UnsetType) and needed == "full"
    score = f"{trial.measure.name} {value:.3f} against {strong:.3f}"
    if lost.high <= bound:
        sentence = f"A model that can be read whole ({name}) loses nothing that matters: {score}."
        return Finding("readable", "fine", sentence, evidence, f"Prefer {name}.")
    if full and lost.low > bound:
        sentence = f"Every decision must be readable, but the best readable model ({name}) falls short: {score}."
        advice = (
            f"Decide with {name} and accept what it loses, or by written rules; do not use a model nobody can read."
        )
        return Finding("readable", "stop", sentence, evidence, advice, Reason.MUST_BE_READ)
    sentence = f"A model that can be read whole ({name}) loses {max(0.0, lost.low):.3f} to {lost.high:.3f}: {score}."
    return Finding("readable", "caution" if full else "fine", sentence, evidence)


def _models(cases: Cases, trial: Trial) -> dict[str, Floats]:
    chosen = sorted(int(place) for place in telling(trial)[:_COLUMNS])
    columns = tuple(cases.columns[place] for place in chosen)
    weights = learners.plain(trial.kind, columns, trial.classes)
    tree = grow(cases.columns, trial.kind, trial.classes, leaves=8)
    width = "weights for a few columns" if len(chosen) < _COLUMNS else f"weights for {_COLUMNS} columns"
    return {
        width: trial.out_of_fold(weights, features=trial.features[:, chosen]),
        "a tree of eight leaves": trial.out_of_fold(tree.learner()),
    }
