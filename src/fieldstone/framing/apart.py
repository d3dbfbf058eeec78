"""Kinds of problems that are not examined case by case: recommendation, from choices; control, in a simulator."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from msgspec import UNSET

from fieldstone.framing.asking.questions import open_questions
from fieldstone.framing.cases import Cases
from fieldstone.framing.checks import privacy, tolerance
from fieldstone.framing.controlling.examine import examine as controlling
from fieldstone.framing.experiments.design import design
from fieldstone.framing.experiments.wording import describe
from fieldstone.framing.findings import Finding
from fieldstone.framing.problem import Kind, Problem
from fieldstone.framing.recommending.examine import examine
from fieldstone.framing.recommending.interactions import Interactions, read
from fieldstone.framing.report import parts
from fieldstone.framing.report.record import Comparison, Fact, Report, Score
from fieldstone.framing.solutions.expense import Expense, estimate
from fieldstone.framing.solutions.recognition import recognise
from fieldstone.framing.trials.trial import Trial
from fieldstone.framing.verdict import decide

Progress = Callable[[str], None]


def kind_apart(problem: Problem) -> Kind | None:
    """Which of these kinds a problem is; None if it is examined case by case."""
    kind, target, data = recognise(problem).kind, problem.target, problem.data
    if kind not in {"recommendation", "control"}:
        return None
    told = target.kind == kind or (data is not UNSET and data.events is not UNSET and data.events.item is not UNSET)
    aimed = target.column is not UNSET or target.columns is not UNSET or target.horizon is not UNSET
    return kind if told or not aimed else None


def frame_apart(kind: Kind, problem: Problem, base: Path, *, progress: Progress, seed: int) -> Report:
    """Examine a problem of such a kind, and report.

    Raises:
        ProblemError: Something in the file, the data or the simulator must be put right first.
    """
    if kind == "control":
        return _control(problem, base, progress, seed)
    return _recommendation(problem, base, progress, seed)


def _control(problem: Problem, base: Path, progress: Progress, seed: int) -> Report:
    found = controlling(problem, base, progress=progress, seed=seed)
    report = _report(problem, found.findings, None)
    if found.measured is None:
        return report
    scores = [Score(way.name, way.mean, ours=way.sort == "learnt") for way in found.measured.ways]
    comparison = Comparison("reward of a run", tuple(scores))
    if report.verdict is not None and report.verdict.use_ml is False:
        report = replace(report, verdict=replace(report.verdict, code=found.code))
    return replace(report, comparison=comparison)


def _recommendation(problem: Problem, base: Path, progress: Progress, seed: int) -> Report:
    path = "" if problem.data is UNSET else problem.data.path
    progress(f"reading {path}")
    log = read(problem, base)
    found = examine(log, problem, progress=progress, seed=seed)
    expense = estimate(problem, "recommendation", rows=len(log), columns=2)
    # Personal data and intolerable mistakes are looked for as in any table.
    empty = np.empty((log.sample.num_rows, 0), np.float32)
    rows = Cases(log.sample, (), empty)
    trial = Trial(rows, "recommendation", seed=seed)
    more = tuple(check(rows, problem, trial) for check in (privacy.check, tolerance.check))
    progress("writing the report")
    report = _report(problem, (*found.findings, *more), expense)
    return replace(report, suggestions=found.suggestions, data=_choices(path, log))


def _report(problem: Problem, findings: tuple[Finding, ...], expense: Expense | None) -> Report:
    """What every report says."""
    verdict, test = decide(findings, problem), problem.success.test
    asked = tuple(f"{question.ask} ({question.path})" for question in open_questions(problem))
    return Report(
        question=problem.question,
        verdict=parts.verdict(verdict, findings),
        framed=parts.framed(problem, recognise(problem)),
        findings=findings + (expense.findings if expense else ()),
        ab_plan=() if test is UNSET else tuple(describe(design(test))),
        open_questions=asked + verdict.open,
        costs=parts.expenses(expense),
        made=parts.made(),
    )


def _choices(path: str, log: Interactions) -> tuple[Fact, ...]:
    """What the data are."""
    times = () if log.time is None else tuple(str(np.datetime64(int(log.time[at]), "us"))[:10] for at in (0, -1))
    facts = (
        Fact("Data", path),
        Fact("Choices", f"{len(log):,}", f"of {log.rows:,} rows" if len(log) < log.rows else ""),
        Fact("Persons", f"{log.persons:,}", f"column {log.columns.person}"),
        Fact("Things", f"{len(log.items):,}", f"column {log.columns.item}"),
        Fact("From", " to ".join(times)),
    )
    return tuple(fact for fact in facts if fact.amount)
