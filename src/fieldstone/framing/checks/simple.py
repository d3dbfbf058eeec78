"""Does something simple already do the job: today's rule, one answer for all, a few conditions, a feature, a formula.

Each is compared with the strong model, and with a plain one, on the same unseen cases by paired bootstrap. It does the
job if the whole 90 % interval of what either model adds lies under a margin: 0.02 of the measure, or a tenth of what
the model gains over guessing where that is less. What only says yes or no is compared with the model's own yes or no by
the share of right answers, each outcome counting half; nor may the model's scores be better at telling who is likelier
by more than the margin. Where costs are stated it must do in money too (the margin: a twentieth of what perfect
knowledge would bring); today's rule is compared in money alone. A formula must also be all but exact.
"""

from fieldstone.framing.cases import Cases
from fieldstone.framing.checks import contests
from fieldstone.framing.checks.contests import Contest
from fieldstone.framing.checks.queries import query
from fieldstone.framing.findings import Finding
from fieldstone.framing.problem import Problem
from fieldstone.framing.trials.candidates import candidates
from fieldstone.framing.trials.rules import Rule
from fieldstone.framing.trials.scores import SKILL
from fieldstone.framing.trials.trial import Trial


def check(cases: Cases, problem: Problem, trial: Trial) -> Finding:
    """Say whether a simple answer does as well as a strong model, and write it out."""
    found = [*contests.today(cases, problem, trial), *contests.alike(cases, problem, trial)]
    found += [contests.tried(candidate, cases, problem, trial) for candidate in candidates(trial, problem)]
    evidence: dict[str, object] = {
        "measure": trial.measure.name,
        "strong_model": [trial.quality.value, trial.quality.low, trial.quality.high],
        "cases": len(trial.truth),
        "candidates": [_row(contest) for contest in found],
    }
    if trial.quality.low <= trial.measure.chance and not any(_does_surely(contest) for contest in found):
        mark = "the level of the series" if trial.kind == "time series" else "guessing"
        sentence = (
            f"The strong model is not surely better than {mark}, so there is nothing to match with a simple rule."
        )
        return Finding("simple", "caution", sentence, evidence, "First find columns that tell the outcome.")
    for answer in ("yes", "perhaps"):
        for contest in found:
            if contest.does == answer:
                return _found(contest, {**evidence, "rule": _written(contest.rule, problem)})
    best = max(found, key=lambda contest: contest.margin - contest.added.value)
    sentence = f"Nothing simple does as well: {_compared(best)}."
    return Finding("simple", "fine", sentence, evidence)


def _does_surely(contest: Contest) -> bool:
    """Return whether a simple answer does the job, and well: beyond what guessing could look like."""
    return contest.does == "yes" and contest.by != "money a case" and contest.simple > 0.8


def _written(rule: Rule, problem: Problem) -> dict[str, str]:
    return {"words": rule.words, "sql": rule.sql, "query": query(rule, problem), "python": rule.python}


def _found(contest: Contest, evidence: dict[str, object]) -> Finding:
    if contest.does == "perhaps":
        sentence = f"Something simple may do as well, but more cases are needed to be sure: {_compared(contest)}."
        return Finding("simple", "caution", sentence, evidence, f"Try first: {contest.rule.words}.")
    sentence = f"Something simple already does the job: {_compared(contest)}."
    advice = f"Use it instead of a model: {contest.rule.words}."
    return Finding("simple", "stop", sentence, evidence, advice, contest.reason)


_TOLD = {
    "AUC": "{} of 100 pairs of a yes and a no are ranked rightly",
    "macro AUC": "{} of 100 pairs of two outcomes are ranked rightly",
    "right answers": "{} of 100 cases are answered rightly, each outcome counting half",
    SKILL: "{} of 100 parts of what a series departs from its level are foretold",
    "R2": "{} of 100 parts of what varies are explained",
}
"""What a measure says, in words."""


def _compared(contest: Contest) -> str:
    added, priced = contest.added, contest.by == "money a case"
    shown = (contest.simple, contest.strong, added.low, added.high, max(contest.margin, 0.0))
    simple, strong, low, high, edge = (f"{one:.2f}" if priced else _of_100(one) for one in shown)
    reached = f"a case brings {simple}" if priced else _TOLD[contest.by].format(simple)
    said = f"with {contest.name} {reached}, with a model {strong} (it adds {low} to {high}"
    if contest.ranked is not None and contest.ranked.value > contest.margin >= added.high:
        told = f"{_of_100(contest.ranked.low)} to {_of_100(contest.ranked.high)}"
        said += f", but of 100 pairs of a yes and a no its scores may rank {told} more rightly"
    return f"{said}; under {edge} would not matter)"


def _of_100(share: float) -> str:
    return f"{round(100 * share, 1) + 0.0:.1f}"


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
        "ranks": [contest.ranked.value, contest.ranked.low, contest.ranked.high] if contest.ranked else None,
    }
