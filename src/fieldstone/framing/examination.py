"""The examination: every check that applies to a kind of problem, in order."""

from collections.abc import Callable

from fieldstone.framing.cases import Cases
from fieldstone.framing.checks import (
    drift,
    enough,
    leakage,
    missing,
    noise,
    privacy,
    readable,
    signal,
    simple,
    tolerance,
)
from fieldstone.framing.findings import Finding
from fieldstone.framing.problem import Problem
from fieldstone.framing.trials.trial import Trial

Check = Callable[[Cases, Problem, Trial], Finding]
Progress = Callable[[str, int, int], None]
"""Told which check comes next, how many are done, and how many there are."""

ALWAYS: dict[str, Check] = {
    "enough": enough.check,
    "missing": missing.check,
    "privacy": privacy.check,
    "drift": drift.check,
    "tolerance": tolerance.check,
}
WITH_A_MODEL: dict[str, Check] = {
    "signal": signal.check,
    "leakage": leakage.check,
    "noise": noise.check,
    "simple": simple.check,
    "readable": readable.check,
}
OF_COLUMNS = frozenset({"leakage", "missing", "privacy", "readable"})
"""What has nothing to look at in a time series that has nothing but its own past."""
ORDER = ("enough", "signal", "leakage", "simple", "drift", "noise", "missing", "privacy", "readable", "tolerance")


def examine(cases: Cases, problem: Problem, trial: Trial, *, progress: Progress | None = None) -> list[Finding]:
    """Return what the checks find, in their order; those that need a model are left out where none can be tried.

    Raises:
        ProblemError: Today's rule or a cost names something that the data do not have.
    """
    checks = {**ALWAYS, **WITH_A_MODEL} if trial.possible else ALWAYS
    passed_over = frozenset[str]() if cases.columns else OF_COLUMNS
    names = [name for name in ORDER if name in checks and name not in passed_over]
    findings: list[Finding] = []
    for done, name in enumerate(names):
        if progress is not None:
            progress(name, done, len(names))
        findings.append(checks[name](cases, problem, trial))
    return findings
