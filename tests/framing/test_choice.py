"""The choice under costs: amounts, alternatives, intervals, and what is assumed."""

import importlib.util
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest
import xgboost

from fieldstone.framing.cases import Cases, Column
from fieldstone.framing.choice import choose
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Baseline, Constraints, Costs, Problem, Success, Target

ROOT = Path(__file__).parents[2]
OFFER = Costs(true_positive=-50, false_positive=-50, false_negative=-500)


def _problem(**blocks):
    return Problem(question="Who will leave?", **blocks)


def _cases(n=2000, seed=0):
    """Customers whose chance of leaving is known; one column tells of it, one does not, one is words."""
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(-2, 1.5, n)
    truth = 1 / (1 + np.exp(-log_odds))
    silent = (log_odds + rng.normal(size=n)).astype(np.float32)
    noise, plan = rng.normal(size=n).astype(np.float32), rng.integers(0, 2, n)
    table = pa.table(
        {
            "silent": silent.astype(float),
            "noise": noise.astype(float),
            "plan": np.array(["big", "small"])[plan],
            "spend": rng.lognormal(6, 0.5, n),
        }
    )
    columns = (
        Column("silent", "number", 0.0, n),
        Column("noise", "number", 0.0, n),
        Column("plan", "category", 0.0, 2, ("big", "small")),
    )
    features = np.column_stack([silent, noise, plan.astype(np.float32)])
    target = (rng.random(n) < truth).astype(float)
    return truth, Cases(table, columns, features, target=target, classes=("stayed", "left"))


def _benchmark():
    spec = importlib.util.spec_from_file_location("framing_choice", ROOT / "benchmarks" / "framing_choice.py")
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    import sys  # noqa: PLC0415  only to let dataclasses find their module

    sys.modules["framing_choice"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("family", range(4))
def test_the_chosen_threshold_is_worth_as_much_as_the_best_within_2_percent(family):
    """Known truth, several seeds: what is chosen on a sample is carried out elsewhere."""
    benchmark = _benchmark()

    shortfalls = [benchmark.attempt(benchmark.FAMILIES[family], seed).shortfall for seed in range(2)]

    assert max(shortfalls) < 0.02


def test_elenas_costs_on_the_churn_table():
    """Module 2, critical question 3: an offer of 50, a loss of 500; the churn table, start to end."""
    table = pyarrow.csv.read_csv(ROOT / "examples" / "data" / "churn.csv")
    told = ("total_day_m", "total_eve_m", "number_", "total_int")
    names = [name for name in table.column_names if name.startswith(told)]
    features = np.column_stack([table[name].to_numpy() for name in names]).astype(np.float32)
    left = np.array([value == "yes" for value in table["churn"].to_pylist()], dtype=float)
    scores, fold = np.empty(len(left)), np.arange(len(left)) % 3
    for held in range(3):
        data = xgboost.DMatrix(features[fold != held], left[fold != held])
        model = xgboost.train({"objective": "binary:logistic", "max_depth": 4, "nthread": 1}, data, 20)
        scores[fold == held] = model.predict(xgboost.DMatrix(features[fold == held]))
    columns = tuple(Column(name, "number", 0.0, 100) for name in names)
    cases = Cases(table, columns, features, target=left, classes=("no", "yes"))
    rule = "number_customer_service_calls > 3"

    choice = choose(scores, cases, _problem(costs=OFFER, baseline=Baseline(rule=rule), success=Success(beta=2)))

    assert choice.threshold.value == pytest.approx(0.1)
    assert choice.pays
    assert choice["best"].value.value > choice["rule"].value.value > choice["nobody"].value.value
    assert choice["everybody"].value.value == pytest.approx(-50_000)
    assert choice["nobody"].value.value == pytest.approx(-70_700)
    assert choice["best"].recall.value > choice["half"].recall.value
    assert choice["rule"].condition == rule
    assert choice["rule"].behind.low > 0
    assert "10 %" in choice.sentence


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("What would doing nothing cost?", "nobody"),
        ("What would acting on everybody cost?", "everybody"),
        ("2. What's the baseline?", "rule"),
        ("Are simpler solutions possible?", "feature"),
        ("What if nobody thought about costs?", "half"),
        ("She'd optimize for an F1 score but prioritize recall over precision", "f_beta"),
        ("3. What's the cost of being wrong?", "best"),
    ],
)
def test_each_way_to_decide_is_weighed_in_money(question, name):
    """Every alternative has its value per 1,000 cases and how far it is behind, with intervals around both."""
    truth, cases = _cases()

    alternative = choose(truth, cases, _problem(costs=OFFER, baseline=Baseline(rule="silent > 0")))[name]

    assert alternative.value.low <= alternative.value.value <= alternative.value.high
    assert alternative.behind.low <= alternative.behind.value <= alternative.behind.high
    assert alternative.found + alternative.missed == pytest.approx(1000 * cases.target.mean())


def test_a_model_that_knows_nothing_does_not_pay():
    """Scores without signal are not better than plain ways, and the sentence says so."""
    _, cases = _cases()
    noise = np.random.default_rng(5).random(len(cases))

    choice = choose(noise, cases, _problem(costs=OFFER))

    assert not choice.pays
    assert "may be chance" in choice.sentence


def test_the_best_rule_with_one_column_is_found_and_runs():
    """It is told as SQL, and its worth is that of a rule learnt from other cases."""
    truth, cases = _cases()

    feature = choose(truth, cases, _problem(costs=OFFER))["feature"]

    assert feature.condition.startswith("silent >= ")
    again = choose(truth, cases, _problem(costs=OFFER, baseline=Baseline(rule=feature.condition)))["rule"]
    assert again.value.value == pytest.approx(feature.value.value, rel=0.1)


def test_a_category_makes_a_rule_of_its_levels():
    """Where a word decides, the rule names the word."""
    _, cases = _cases()
    plan = cases.features[:, 2]
    told = Cases(cases.table, cases.columns, cases.features, target=(plan == 1).astype(float), classes=("a", "b"))

    feature = choose(np.clip(plan, 0.1, 0.9), told, _problem(costs=OFFER))["feature"]

    assert feature.condition == "plan = 'small'"
    assert feature.value.value == pytest.approx(-50 * 1000 * plan.mean())


def test_amounts_by_case_give_each_case_its_own_threshold():
    """Each loss counts by itself, in an expression over the columns; that beats one threshold for all."""
    truth, cases = _cases(8000)
    costs = Costs(true_positive=-50, false_positive=-50, false_negative="-spend")

    choice = choose(truth, cases, _problem(costs=costs))

    assert choice.by_case.low < choice.by_case.value < choice.by_case.high
    assert choice["best"].value.value > choice["single"].value.value


def test_capacity_bounds_how_many_are_acted_on_and_says_what_the_limit_costs():
    """Module 2, critical question 4: constraints. 50 offers for 1,000 customers, and what more would bring."""
    truth, cases = _cases()

    choice = choose(truth, cases, _problem(costs=OFFER, constraints=Constraints(capacity=50)))

    assert choice["best"].acted == pytest.approx(50)
    assert choice.threshold.value > 0.1
    assert choice["unlimited"].behind.high < 0
    assert not choice["everybody"].feasible


def test_capacity_with_amounts_by_case_is_a_limit_on_the_gain():
    """Who promises most is acted on, and the choice says from which expected gain on."""
    truth, cases = _cases()
    costs = Costs(true_positive=-50, false_positive=-50, false_negative="-spend")

    choice = choose(truth, cases, _problem(costs=costs, constraints=Constraints(capacity=50)))

    assert choice.least_gain > 0
    assert choice["best"].acted == pytest.approx(50)
    assert "promise most" in choice.sentence


def test_missing_amounts_are_taken_as_0_and_it_says_so():
    """Nothing is assumed in silence."""
    truth, cases = _cases()

    choice = choose(truth, cases, _problem(costs=Costs(false_positive=-50, false_negative=-500)))

    assert [note.split(":")[0] for note in choice.assumptions] == [
        "No amount is given for acting rightly (true_positive)",
        "No amount is given for rightly leaving a case alone (true_negative)",
    ]


def test_without_costs_mistakes_are_counted_by_beta():
    """A beta of 2 makes a missed case count as four false alarms: from one in five on."""
    truth, cases = _cases()

    choice = choose(truth, cases, _problem(success=Success(beta=2)))

    assert choice.unit == "mistakes"
    assert choice.threshold.value == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("blocks", "words"),
    [
        ({"costs": Costs(false_negative="spent")}, ["costs.false_negative", "`spent`", "Type a number", "`spend`"]),
        ({"costs": Costs(false_negative="plan")}, ["costs.false_negative", "Type an expression"]),
        (
            {"costs": Costs(true_positive=-500, false_positive=50, false_negative=50)},
            ["costs:", "type", "false_positive: -50"],
        ),
        ({"baseline": Baseline(rule="silence > 3")}, ["baseline.rule", "silence", "The columns are: silent"]),
        ({"baseline": Baseline(rule="count(*) > 3")}, ["baseline.rule", "one answer for all"]),
        ({"baseline": Baseline(rule="silent >")}, ["baseline.rule", "Type an expression"]),
    ],
)
def test_a_mistake_in_the_file_says_where_it_is_and_what_to_type(blocks, words):
    """A wrong column, contradictory costs, a rule that is no SQL: no traceback."""
    truth, cases = _cases(200)

    with pytest.raises(ProblemError) as caught:
        choose(truth, cases, _problem(**{"costs": OFFER, **blocks}))

    assert [word for word in words if word not in str(caught.value)] == []


def test_a_rule_reaches_no_files():
    """The condition of a problem file sees its cases and nothing else."""
    truth, cases = _cases(200)
    rule = "silent > (SELECT count(*) FROM read_csv('/etc/passwd', header=false))"

    with pytest.raises(ProblemError, match=r"baseline\.rule"):
        choose(truth, cases, _problem(costs=OFFER, baseline=Baseline(rule=rule)))


def test_a_target_with_one_value_leaves_nothing_to_choose():
    """It says so before anything is divided by zero."""
    truth, cases = _cases(100)
    alike = Cases(cases.table, cases.columns, cases.features, target=np.zeros(100), classes=("no", "yes"))

    with pytest.raises(ProblemError, match="same value"):
        choose(truth, alike, _problem(costs=OFFER))


def test_cases_without_a_score_are_left_out():
    """The first cases in time are in no fold; they keep their places, without a probability."""
    truth, cases = _cases()
    scores = np.where(np.arange(len(truth)) < 300, np.nan, truth)

    choice = choose(scores, cases, _problem(costs=OFFER, baseline=Baseline(rule="silent > 0")))

    assert np.isnan(choice.probabilities[:300]).all()
    assert np.isfinite(choice.costs[300:]).all()


def test_numbers_cost_by_how_far_they_are_off():
    """Each unit of error has its price, and the middle of past cases is the plain way."""
    rng = np.random.default_rng(0)
    _, cases = _cases(1000)
    truth = 100 + 10 * cases.features[:, 0].astype(float)
    told = Cases(cases.table, cases.columns, cases.features, target=truth)

    choice = choose(truth + rng.normal(size=1000), told, _problem(costs=Costs(per_unit_error=-2, currency="EUR")))

    assert choice.kind == "number"
    assert choice["best"].value.value == pytest.approx(-2 * 1000 * 0.8, rel=0.1)
    assert choice["constant"].behind.low > 0
    assert choice.typical_error[0] < choice.typical_error[1] < choice.typical_error[2]
    assert "EUR" in choice.sentence


def test_classes_go_to_the_likeliest():
    """Three diseases: the costless choice, by probability."""
    rng = np.random.default_rng(0)
    _, cases = _cases(900)
    scores = rng.dirichlet([1, 1, 1], 900)
    truth = np.array([rng.choice(3, p=row) for row in scores], dtype=float)
    told = Cases(cases.table, cases.columns, cases.features, target=truth, classes=("flu", "cold", "well"))

    choice = choose(scores, told, _problem())

    right = 1 + choice["best"].value.value / 1000
    assert right == pytest.approx((scores.argmax(axis=1) == truth).mean())
    assert choice.pays


def test_ordered_classes_go_where_they_are_least_far_off():
    """Half unhappy, half happy: the middle is one step off at most."""
    _, cases = _cases(100)
    truth = np.where(np.arange(100) < 60, 0.0, 2.0)
    told = Cases(cases.table, cases.columns, cases.features, target=truth, classes=("bad", "fair", "good"))
    order = Target(column="x", order=["bad", "fair", "good"])

    choice = choose(np.tile([0.4, 0.2, 0.4], (100, 1)), told, _problem(target=order))

    assert choice["best"].value.value == pytest.approx(-1000)


def test_labels_are_given_where_they_are_likelier_than_not():
    """Politics and economics, each by itself."""
    _, cases = _cases(100)
    truth = np.column_stack([np.arange(100) % 2, np.ones(100)])
    told = Cases(cases.table, cases.columns, cases.features, target=truth, classes=("politics", "economics"))

    choice = choose(np.where(truth > 0, 0.9, 0.1), told, _problem())

    assert choice.kind == "labels"
    assert choice["best"].value.value == 0


def test_the_same_cases_give_the_same_choice():
    """Everything that is drawn is drawn from the seed."""
    truth, cases = _cases(500)

    first, second = (choose(truth, cases, _problem(costs=OFFER), seed=4).alternatives for _ in range(2))

    assert first == second


@pytest.mark.slow
def test_a_million_cases_are_chosen_for_in_seconds():
    """The choice is a small part of the minute that framing may take."""
    truth, cases = _cases(1_000_000)

    began = time.perf_counter()
    choose(truth, cases, _problem(costs=OFFER, baseline=Baseline(rule="silent > 0")))

    assert time.perf_counter() - began < 60
