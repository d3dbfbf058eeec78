"""Contradictions in a problem file are found, blamed on a line, and explained."""

import pytest

from fieldstone.framing import problem
from fieldstone.framing.file.contradictions import contradictions
from fieldstone.framing.file.reading import read_problem
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import (
    Baseline,
    Constraints,
    Costs,
    Data,
    Problem,
    Silence,
    Success,
    Target,
    Window,
)


def success_of(**keys):
    return Success(test=problem.Test(metric="retention", **keys))


DATA = Data(path="a.csv")
EVENTS = Data(path="a.csv", events=Window(entity="id", time="day"))
CLEAN = [
    {"costs": Costs(true_positive=450, false_positive=-50, false_negative=-500, true_negative=0)},
    {"costs": Costs(true_positive=-50, false_positive=-50, false_negative=-500)},
    {"costs": Costs(true_positive=100, false_positive=450, false_negative=0, true_negative=500)},
    {"costs": Costs(false_positive="offer", false_negative="value")},
    {"costs": Costs(per_unit_error=-0.1)},
    {"costs": Costs(per_unit_over=-1, per_unit_under="margin")},
    {"costs": Costs(false_positive=0, false_negative=-5)},
    {"target": Target(silence=Silence(none_for_days=90, days_ahead=30)), "data": EVENTS},
    {"target": Target(column="y", order=["1", "2"], positive=1.0)},
    {"target": Target(column="churn"), "baseline": Baseline(rule="churn_risk > 3")},
    {"success": Success(ml_metric="f_beta", beta=2.0), "costs": Costs(false_positive=-50, false_negative=-500)},
    {"success": Success(ml_metric="rmse", at_least=20)},
]
FOUND = [
    (
        {"costs": Costs(true_positive=1, false_positive=1, false_negative=1, true_negative=1)},
        "costs",
        "all four outcomes",
    ),
    (
        {"costs": Costs(true_positive=10, false_positive=60)},
        "costs.false_positive",
        "acting in vain pays 60, better than",
    ),
    ({"costs": Costs(false_positive=50, false_negative=500)}, "costs.false_positive", "both mistakes bring money"),
    ({"costs": Costs(false_negative=500)}, "costs.false_negative", "missing a case pays 500"),
    ({"costs": Costs(true_positive=0, false_negative=0)}, "costs.false_negative", "one would never act"),
    (
        {"costs": Costs(true_positive=100, false_positive=20, false_negative=-9, true_negative=0)},
        "costs.false_positive",
        "one would act on every case",
    ),
    ({"costs": Costs(false_positive="$50")}, "costs.false_positive", "Write the bare number: false_positive: -50"),
    ({"costs": Costs(true_positive="1,200 EUR")}, "costs.true_positive", "true_positive: 1200"),
    ({"costs": Costs(per_unit_error=2)}, "costs.per_unit_error", "per_unit_error: -2"),
    ({"costs": Costs(per_unit_error=-2, false_positive=-3)}, "costs.per_unit_error", "delete the other"),
    ({"costs": Costs(per_unit_over=-2, false_positive=-3)}, "costs.per_unit_over", "delete the other"),
    ({"costs": Costs(per_unit_over=2, per_unit_under=-3)}, "costs.per_unit_over", "per_unit_over: -2"),
    ({"costs": Costs(per_unit_over=-2, per_unit_under=0)}, "costs.per_unit_under", "without end"),
    ({"costs": Costs(per_unit_error=-2, per_unit_under=-3)}, "costs.per_unit_error", "Delete per_unit_error"),
    ({"costs": Costs(per_unit_under="3 EUR")}, "costs.per_unit_under", "per_unit_under: -3"),
    ({"target": Target(column="a", columns=["b"])}, "target.columns", "given twice, by column and by columns"),
    (
        {"target": Target(column="a", silence=Silence(none_for_days=9, days_ahead=3)), "data": EVENTS},
        "target.silence",
        "given twice",
    ),
    (
        {"target": Target(silence=Silence(none_for_days=90, days_ahead=30)), "data": DATA},
        "target.silence",
        "data.events is not set",
    ),
    ({"target": Target(column="a", order=["x", "x"])}, "target.order", "stands twice"),
    ({"target": Target(column="a", order=["x"])}, "target.order", "two values at least"),
    ({"target": Target(column="a", order=["x", "y"], positive="z")}, "target.positive", "'z' is not among"),
    ({"target": Target(column="a", order=["x", "y"], kind="value")}, "target.kind", "kind: ordinal"),
    ({"target": Target(columns=["a", "b"], kind="binary")}, "target.kind", "kind: multilabel"),
    ({"target": Target(column="a", kind="segments")}, "target.kind", "without a target column"),
    ({"target": Target(column="a", horizon=3, kind="binary")}, "target.horizon", "for a time series"),
    ({"target": Target(column="a", horizon=3), "data": DATA}, "target.horizon", "time: date"),
    ({"target": Target(silence=Silence(none_for_days=9, days_ahead=3), kind="count")}, "target.kind", "kind: binary"),
    ({"data": Data(path="a", id="x", time="x")}, "data.id", "both the case's name and its time"),
    ({"data": Data(path="a", events=Window(entity="x", time="x"))}, "data.events.time", "whose event it is"),
    ({"data": Data(path="a", id="y"), "target": Target(column="y")}, "target.column", "also data.id"),
    ({"data": Data(path="a", ignore=["y"]), "target": Target(column="y")}, "data.ignore", "cannot be ignored"),
    ({"target": Target(column="churn"), "baseline": Baseline(rule="churn = 1")}, "baseline.rule", "the answer itself"),
    ({"success": Success(ml_metric="auc", beta=2.0)}, "success.beta", "ml_metric: f_beta"),
    ({"success": Success(ml_metric="auc", at_least=80)}, "success.at_least", "at_least: 0.8"),
    (
        {"success": Success(beta=2.0), "costs": Costs(false_positive=-500, false_negative=-50)},
        "success.beta",
        "missing is worse than a false alarm, but the costs say 50 a miss and 500 a false alarm",
    ),
    (
        {"success": Success(beta=0.5), "costs": Costs(false_positive=-50, false_negative=-500)},
        "success.beta",
        "a false alarm is worse than missing",
    ),
    ({"success": success_of(effect=0)}, "success.test.effect", "a change of nothing"),
    ({"success": success_of(power=0.04)}, "success.test.power", "above the significance"),
    ({"success": success_of(baseline=0.8, effect=5)}, "success.test.effect", "Write 5 points as 0.05"),
    ({"constraints": Constraints(capacity=0)}, "constraints.capacity", "room for no case"),
]


@pytest.mark.parametrize(("blocks", "path", "words"), FOUND)
def test_a_contradiction_is_found_and_explained(blocks, path, words):
    found = contradictions(Problem(question="q", **blocks))
    assert [(each, words in said) for each, said in found] == [(path, True)]


@pytest.mark.parametrize("blocks", CLEAN)
def test_what_can_be_true_is_left_alone(blocks):
    assert contradictions(Problem(question="q", **blocks)) == []


def test_acting_in_vain_may_pay_where_there_is_room_for_few():
    """With a limited number of actions it still matters whom they go to."""
    costs = Costs(true_positive=100, false_positive=20, false_negative=-9, true_negative=0)
    kept = contradictions(Problem(question="q", costs=costs, constraints=Constraints(capacity=50)))
    assert [path for path, _ in kept] == []


def test_a_contradiction_is_told_with_its_line(tmp_path):
    path = tmp_path / "problem.yaml"
    path.write_text("question: q\n\ntarget:\n  column: a\n  columns: [b, c]\n", encoding="utf-8")
    with pytest.raises(ProblemError, match=r"^problem.yaml, line 5, target.columns: the target is given twice"):
        read_problem(path)
