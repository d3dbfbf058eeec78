"""The parts of a report, made of what framing found."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from msgspec import UNSET

from fieldstone import __version__
from fieldstone.framing.cases import Cases
from fieldstone.framing.choice.record import Choice
from fieldstone.framing.findings import Finding
from fieldstone.framing.insights import Group, Importance, Lift, importances, lift, worst_groups
from fieldstone.framing.problem import Problem
from fieldstone.framing.report.record import Candidate, Comparison, Fact, Framed, LearningCurve, Score, Verdict
from fieldstone.framing.solutions.catalogue import delivery, fitting, solution
from fieldstone.framing.solutions.expense import Bill, Expense
from fieldstone.framing.solutions.recognition import Recognition
from fieldstone.framing.trials.scores import Floats
from fieldstone.framing.trials.trial import Trial
from fieldstone.framing.verdict import Verdict as Decision
from fieldstone.methods.resampling import Interval

_SHOWN_FEATURES = 12


def verdict(decision: Decision, findings: Sequence[Finding]) -> Verdict:
    """The verdict, with the rule that does instead written out where there is one."""
    rule = _evidence(findings, "simple").get("rule") if decision.use_ml is False else None
    code = f"-- SQL\n{rule['query']}\n\n# Python\n{rule['python']}" if rule else ""
    return Verdict(
        use_ml=decision.use_ml,
        sentence=decision.sentence,
        reasons=tuple(reason.value for reason in decision.reasons),
        instead=decision.instead,
        code=code,
    )


def framed(problem: Problem, recognition: Recognition) -> Framed:
    """Which problem it is, how it is measured, and what may solve it."""
    known, way = solution(recognition.kind), delivery(problem)
    why = f"{recognition.because} {recognition.settle}".strip()
    return Framed(
        kind=recognition.kind,
        why=why,
        metric=f"{known.metric}: {known.metric_why}",
        timing=f"{way.mode}: {way.because}",
        candidates=tuple(
            Candidate(one.name, one.service, one.best_for, one.accuracy, one.latency, one.interpretability)
            for one in fitting(recognition.kind, problem)
        ),
    )


def scores_of_all(trial: Trial) -> Floats:
    """The strong model's out-of-fold scores in the order of the cases; NaN for cases that were not scored."""
    predictions = trial.strong
    scores = np.full((len(trial.cases), *predictions.shape[1:]), np.nan)
    scores[trial.rows[trial.scored]] = predictions
    return scores


def comparison(findings: Sequence[Finding]) -> Comparison | None:
    """The model beside simple answers, by the measure that the examination used."""
    simple = _evidence(findings, "simple")
    if "strong_model" not in simple:
        return None
    measure = simple["measure"]
    others = [
        Score(row["name"], Interval(row["simple"], row["simple"], row["simple"]), row["words"])
        for row in simple["candidates"]
        if row["by"] in {measure, "right answers"}  # the share of right answers is the AUC of a yes or no
    ]
    return Comparison(measure, (Score("the model", Interval(*simple["strong_model"]), ours=True), *others))


def learning_curve(findings: Sequence[Finding]) -> LearningCurve | None:
    """What more cases would bring: scores at each size tried, and the forecast."""
    enough = _evidence(findings, "enough")
    if "curve" not in enough:
        return None
    sizes, values = np.array(enough["curve"]["sizes"]), np.array(enough["curve"]["values"])
    tried = np.unique(sizes)
    reached = [values[sizes == size] for size in tried]
    ahead = [row for row in enough["forecast"] if row["cases"] > tried.max()]
    return LearningCurve(
        metric=enough["measure"],
        sizes=tuple(int(size) for size in tried),
        scores=tuple(Interval(float(each.mean()), float(each.min()), float(each.max())) for each in reached),
        forecast_sizes=tuple(int(row["cases"]) for row in ahead),
        forecast=tuple(Interval(row["value"], row["low"], row["high"]) for row in ahead),
    )


def lift_of(choice: Choice | None, cases: Cases) -> tuple[Lift, ...]:
    """How the cases rank; for yes and no alone."""
    if choice is None or choice.kind != "binary" or cases.target is None:
        return ()
    return tuple(lift(choice.probabilities, cases.target))


def importances_of(trial: Trial) -> tuple[Importance, ...]:
    """What a model that learnt from one part of the sample uses for the other."""
    if trial.kind == "time series" or not trial.cases.columns:
        return ()
    train, test = trial.folds[-1]
    rows = trial.rows[test]
    held_out = Cases(trial.cases.table.take(rows), trial.cases.columns, trial.features[test], target=trial.target[test])
    return tuple(importances(trial.fitted(train), held_out, sample=2_000, repeats=1, seed=trial.seed)[:_SHOWN_FEATURES])


def groups_of(choice: Choice | None, cases: Cases) -> tuple[Group, ...]:
    """Where the choice costs most."""
    return () if choice is None or not len(choice.costs) else tuple(worst_groups(cases, choice.costs))


def group_unit(choice: Choice | None) -> str:
    """What the groups are compared by."""
    return "mean error of a case" if choice is None else f"mean cost of a case, {choice.unit}"


def expenses(expense: Expense | None) -> tuple[Fact, ...]:
    """What learning and answering cost."""
    if expense is None:
        return ()
    return (
        Fact("One training here", f"{expense.training_seconds:,.0f} s of this machine"),
        Fact("One training on AWS", *_bill(expense.training)),
        Fact(f"A month of answers on AWS, {expense.mode}", *_bill(expense.monthly)),
        *(Fact("Assumed", "", sentence) for sentence in expense.assumptions),
    )


def data_of(problem: Problem, cases: Cases) -> tuple[Fact, ...]:
    """What the data are."""
    path = "" if problem.data is UNSET else problem.data.path
    left_out = ", ".join(f"{column.name} ({column.kind})" for column in cases.left_out)
    span = "" if cases.time is None else f"{cases.time.min()} to {cases.time.max()}"
    facts = (
        Fact("Data", path),
        Fact("Cases", f"{len(cases):,}"),
        Fact("Features", f"{len(cases.columns):,}"),
        Fact("Left out", left_out),
        Fact("From", span),
    )
    return tuple(fact for fact in facts if fact.amount)


def made() -> str:
    """When and by which version, for the foot of the page."""
    return f"Fieldstone {__version__}, {datetime.now(UTC):%Y-%m-%d}"


def _evidence(findings: Sequence[Finding], check: str) -> dict[str, Any]:
    return next((finding.evidence for finding in findings if finding.check == check), {})


def _bill(bill: Bill) -> tuple[str, str]:
    return f"{bill.cost:,.2f} USD", f"{bill.count} x {bill.instance}, {bill.hours:,.2f} hours"
