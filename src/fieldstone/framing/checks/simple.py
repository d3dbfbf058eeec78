"""Does something simple already do the job: today's rule, one answer for all, a cut, two splits, a feature, a formula.

Each is compared with the strong model on the same unseen cases by paired bootstrap. It does the job if the whole 90 %
interval of what the model adds lies under a margin: 0.02 of the measure, or a tenth of what the model gains over
guessing where that is less. Today's rule, which only says yes or no, is compared in money where costs are stated (the
margin: a twentieth of what perfect knowledge would bring), else by the share of right answers, each outcome counting
half. A formula must also be all but exact.
"""

from fieldstone.framing.cases import Cases
from fieldstone.framing.checks import contests
from fieldstone.framing.checks.contests import Contest
from fieldstone.framing.findings import Finding
from fieldstone.framing.problem import Problem
from fieldstone.framing.trials.candidates import candidates
from fieldstone.framing.trials.trial import Trial


def check(cases: Cases, problem: Problem, trial: Trial) -> Finding:
    """Say whether a simple answer does as well as a strong model, and write it out."""
    found = [*contests.today(cases, problem, trial), *contests.alike(cases, problem, trial)]
    found += [contests.ranked(candidate, trial) for candidate in candidates(trial)]
    evidence: dict[str, object] = {
        "measure": trial.measure.name,
        "strong_model": [trial.quality.value, trial.quality.low, trial.quality.high],
        "cases": len(trial.truth),
        "candidates": [_row(contest) for contest in found],
    }
    if trial.quality.low <= trial.measure.chance and not any(_does_surely(contest) for contest in found):
        sentence = (
            "The strong model is not surely better than guessing, so there is nothing to match with a simple rule."
        )
        return Finding("simple", "caution", sentence, evidence, "First find columns that tell the outcome.")
    for answer in ("yes", "perhaps"):
        for contest in found:
            if contest.does == answer:
                return _found(contest, evidence)
    best = max(found, key=lambda contest: contest.margin - contest.added.value)
    sentence = f"Nothing simple does as well: {_compared(best)}."
    return Finding("simple", "fine", sentence, evidence)


def _does_surely(contest: Contest) -> bool:
    """Return whether a simple answer does the job, and well: beyond what guessing could look like."""
    return contest.does == "yes" and contest.by != "money a case" and contest.simple > 0.8


def _found(contest: Contest, evidence: dict[str, object]) -> Finding:
    rule = {"words": contest.rule.words, "sql": contest.rule.sql, "python": contest.rule.python}
    if contest.does == "perhaps":
        sentence = f"Something simple may do as well, but more cases are needed to be sure: {_compared(contest)}."
        return Finding("simple", "caution", sentence, {**evidence, "rule": rule}, f"Try first: {contest.rule.words}.")
    sentence = f"Something simple already does the job: {_compared(contest)}."
    advice = f"Use it instead of a model: {contest.rule.words}."
    return Finding("simple", "stop", sentence, {**evidence, "rule": rule}, advice, contest.reason)


def _compared(contest: Contest) -> str:
    return (
        f"{contest.name} reaches {contest.by} {contest.simple:.3f}, a strong model {contest.strong:.3f} "
        f"(it adds {contest.added.low:.3f} to {contest.added.high:.3f}; under {contest.margin:.3f} would not matter)"
    )


def _row(contest: Contest) -> dict[str, object]:
    return {
        "name": contest.name,
        "by": contest.by,
        "simple": contest.simple,
        "strong": contest.strong,
        "strong_adds": [contest.added.value, contest.added.low, contest.added.high],
        "margin": contest.margin,
        "does_the_job": contest.does,
        "words": contest.rule.words,
    }
