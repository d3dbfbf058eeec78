"""Framing, put together: from a problem file to everything that a report says."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from msgspec import UNSET

from fieldstone.framing.apart import frame_apart, kind_apart
from fieldstone.framing.asking.questions import open_questions
from fieldstone.framing.cases import Cases
from fieldstone.framing.choice.choose import choose
from fieldstone.framing.choice.finding import findings_of
from fieldstone.framing.choice.record import Choice
from fieldstone.framing.data.events import cases_from_events
from fieldstone.framing.data.loading import load
from fieldstone.framing.data.tables import cases_from_table, read_again
from fieldstone.framing.discovery.discover import discover
from fieldstone.framing.discovery.record import Discovery
from fieldstone.framing.examination import examine
from fieldstone.framing.experiments.design import design
from fieldstone.framing.experiments.wording import describe
from fieldstone.framing.file.contradictions import contradictions
from fieldstone.framing.findings import Finding
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Problem
from fieldstone.framing.report import parts
from fieldstone.framing.report.record import Report
from fieldstone.framing.solutions.expense import estimate
from fieldstone.framing.solutions.recognition import Recognition, recognise
from fieldstone.framing.trials.trial import Trial
from fieldstone.framing.verdict import decide

Progress = Callable[[str], None]
"""Told, in a few words, what begins now."""


@dataclass(frozen=True, slots=True)
class _Examined:
    """What the data showed."""

    cases: Cases
    recognition: Recognition
    trial: Trial
    findings: tuple[Finding, ...]
    choice: Choice | None
    discovery: Discovery | None = None


def frame(problem: Problem, base: Path, *, progress: Progress = lambda _: None, seed: int = 0) -> Report:
    """Examine a problem and its data, and report.

    Args:
        problem: The problem file's content.
        base: The folder from which the file's paths are taken.
        progress: Called as each part begins.
        seed: Everything random follows from it.

    Raises:
        ProblemError: Something in the file or the data must be put right first.
    """
    for path, wrong in contradictions(problem):
        raise ProblemError(f"{path}: {wrong}")
    if kind := kind_apart(problem):
        return frame_apart(kind, problem, base, progress=progress, seed=seed)
    if problem.data is UNSET:
        raise ProblemError("The problem file names no data. Write for example:\n\ndata:\n  path: customers.csv")
    progress(f"reading {problem.data.path}")
    cases = read_cases(problem, base)
    examined = _examine(problem, cases, progress, seed)
    progress("writing the report")
    return _report(problem, examined)


def read_cases(problem: Problem, base: Path) -> Cases:
    """The cases that a problem file points at, cut out of events where it says so.

    Raises:
        ProblemError: They cannot be read, or are not what the file says.
    """
    if problem.data is UNSET:
        raise ProblemError("The problem file names no data.")
    table = load(problem.data, base)
    return cases_from_table(table, problem) if problem.data.events is UNSET else cases_from_events(table, problem)


def _examine(problem: Problem, cases: Cases, progress: Progress, seed: int) -> _Examined:
    recognition = recognise(problem, cases)
    cases = read_again(cases, problem, recognition.kind)
    horizon = problem.target.horizon
    trial = Trial(cases, recognition.kind, seed=seed, ahead_by=1 if horizon is UNSET else horizon)

    def tell(check: str, _done: int, _all: int) -> None:
        progress(f"examining: {check}")

    findings = examine(cases, problem, trial, progress=tell)
    choice = None
    if trial.possible:
        progress("weighing the costs")
        choice = choose(parts.scores_of_all(trial), cases, problem, kind=recognition.kind, seed=seed)
    if found := discover(trial, problem, progress=progress):
        findings[1:1] = found.findings  # after whether there are enough cases
    settled = any(finding.weight == "stop" for finding in findings)
    gathered = tuple(findings) if settled else (*findings, *findings_of(choice))
    return _Examined(cases, recognition, trial, gathered, choice, found and found.discovery)


def _report(problem: Problem, examined: _Examined) -> Report:
    cases, kind, trial = examined.cases, examined.recognition.kind, examined.trial
    verdict = decide(examined.findings, problem)
    models = len(cases.classes) if len(cases.classes) > 2 else 1
    expense = estimate(problem, kind, rows=len(cases), columns=len(cases.columns), models=models)
    test = problem.success.test
    asked = tuple(f"{question.ask} ({question.path})" for question in open_questions(problem, kind))
    return Report(
        question=problem.question,
        verdict=parts.verdict(verdict, examined.findings),
        framed=parts.framed(problem, examined.recognition),
        findings=examined.findings + (expense.findings if expense else ()),
        choice=examined.choice,
        discovery=examined.discovery,
        comparison=parts.comparison(examined.findings),
        lift=parts.lift_of(examined.choice, cases),
        learning_curve=parts.learning_curve(examined.findings),
        importances=parts.importances_of(trial) if examined.choice else (),
        groups=parts.groups_of(examined.choice, cases),
        group_unit=parts.group_unit(examined.choice),
        ab_plan=() if test is UNSET else tuple(describe(design(test))),
        open_questions=asked + verdict.open,
        costs=parts.expenses(expense),
        data=parts.data_of(problem, cases),
        made=parts.made(),
    )
