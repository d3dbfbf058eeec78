"""To act or not: the threshold, the ways beside it, their intervals, and what is not sure."""

import time
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest
import xgboost
from tests.framing.choice.made import OFFER, ROOT, STOCK, asked, load_benchmark, made_cases, made_orders

from fieldstone.framing.cases import Cases, Column
from fieldstone.framing.choice import choose
from fieldstone.framing.choice.finding import findings_of
from fieldstone.framing.findings import Reason
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Baseline, Costs, Success


@pytest.mark.parametrize("family", range(4))
def test_the_chosen_threshold_is_worth_as_much_as_the_best_within_2_percent(family):
    """Known truth, several seeds: what is chosen on a sample is carried out elsewhere."""
    benchmark = load_benchmark()

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

    choice = choose(scores, cases, asked(costs=OFFER, baseline=Baseline(rule=rule), success=Success(beta=2)))

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
    truth, cases = made_cases()

    alternative = choose(truth, cases, asked(costs=OFFER, baseline=Baseline(rule="silent > 0")))[name]

    assert alternative.value.low <= alternative.value.value <= alternative.value.high
    assert alternative.behind.low <= alternative.behind.value <= alternative.behind.high
    assert alternative.found + alternative.missed == pytest.approx(1000 * cases.target.mean())


def test_a_model_that_knows_nothing_does_not_pay():
    """Scores without signal are not better than plain ways, and the sentence says so."""
    _, cases = made_cases()
    noise = np.random.default_rng(5).random(len(cases))

    choice = choose(noise, cases, asked(costs=OFFER))

    assert not choice.pays
    assert "worse than the best way without a model" in choice.sentence


def test_a_model_that_may_not_be_better_is_said_to_be_so():
    """A column that knows as much as the model leaves a difference that may be chance."""
    _, cases = made_cases(300)

    choice = choose(cases.features[:, 0].astype(float), cases, asked(costs=OFFER))

    assert not choice.pays
    assert "may be chance" in choice.sentence


def test_the_best_rule_with_one_column_is_found_and_runs():
    """It is told as SQL, and its worth is that of a rule learnt from other cases."""
    truth, cases = made_cases()

    feature = choose(truth, cases, asked(costs=OFFER))["feature"]

    assert feature.condition.startswith("silent >= ")
    again = choose(truth, cases, asked(costs=OFFER, baseline=Baseline(rule=feature.condition)))["rule"]
    assert again.value.value == pytest.approx(feature.value.value, rel=0.1)


def test_a_category_makes_a_rule_of_its_levels():
    """Where a word decides, the rule names the word."""
    _, cases = made_cases()
    plan = cases.features[:, 2]
    told = Cases(cases.table, cases.columns, cases.features, target=(plan == 1).astype(float), classes=("a", "b"))

    feature = choose(np.clip(plan, 0.1, 0.9), told, asked(costs=OFFER))["feature"]

    assert feature.condition == "plan = 'small'"
    assert feature.value.value == pytest.approx(-50 * 1000 * plan.mean())


def test_a_target_with_one_value_leaves_nothing_to_choose():
    """It says so before anything is divided by zero."""
    truth, cases = made_cases(100)
    alike = Cases(cases.table, cases.columns, cases.features, target=np.zeros(100), classes=("no", "yes"))

    with pytest.raises(ProblemError, match="same value"):
        choose(truth, alike, asked(costs=OFFER))


def test_cases_without_a_score_are_left_out():
    """The first cases in time are in no fold; they keep their places, without a probability."""
    truth, cases = made_cases()
    scores = np.where(np.arange(len(truth)) < 300, np.nan, truth)

    choice = choose(scores, cases, asked(costs=OFFER, baseline=Baseline(rule="silent > 0")))

    assert np.isnan(choice.probabilities[:300]).all()
    assert np.isfinite(choice.costs[300:]).all()


def test_numbers_cost_by_how_far_they_are_off():
    """Each unit of error has its price, and the middle of past cases is the plain way."""
    rng = np.random.default_rng(0)
    _, cases = made_cases(1000)
    truth = 100 + 10 * cases.features[:, 0].astype(float)
    told = Cases(cases.table, cases.columns, cases.features, target=truth)

    choice = choose(truth + rng.normal(size=1000), told, asked(costs=Costs(per_unit_error=-2, currency="EUR")))

    assert choice.kind == "number"
    assert choice["best"].value.value == pytest.approx(-2 * 1000 * 0.8, rel=0.1)
    assert choice["constant"].behind.low > 0
    assert choice.typical_error[0] < choice.typical_error[1] < choice.typical_error[2]
    assert "EUR" in choice.sentence


def test_the_best_f_beta_is_not_scored_on_the_cases_it_was_picked_on():
    """Of scores that say nothing, a threshold that was picked for its luck is no better than acting on everybody."""
    rng = np.random.default_rng(0)
    _, cases = made_cases(300)
    gained = []
    for _ in range(8):
        told = replace(cases, target=(rng.random(300) < 0.2).astype(float))
        choice = choose(rng.random(300), told, asked(costs=OFFER))
        gained.append(choice["f_beta"].f_beta - choice["everybody"].f_beta)

    assert np.mean(gained) < 0


def test_few_positive_cases_leave_the_threshold_unsure_and_it_says_so():
    """The loss to be expected from not knowing the threshold shrinks as cases come in."""
    rng = np.random.default_rng(1)

    def lost(n):
        log_odds = rng.normal(-5, 2, n)
        target = (rng.random(n) < 1 / (1 + np.exp(-log_odds))).astype(float)
        cases = Cases(pa.table({"x": log_odds}), (), np.empty((n, 0), np.float32), target=target, classes=("no", "yes"))
        return choose(log_odds + rng.normal(size=n), cases, asked(costs=OFFER))

    few, many = lost(1000), lost(50_000)

    assert few.threshold_loss.most > 0.02 > many.threshold_loss.most > many.threshold_loss.mean > 0
    assert "the threshold itself may cost up to" in few.sentence
    assert "the threshold itself" not in many.sentence


def test_cases_of_one_customer_come_by_together():
    """A customer who is there ten times tells no more than once, and the intervals know it."""
    truth, cases = made_cases(200)
    rows = np.repeat(np.arange(200), 10)
    many = replace(cases, table=cases.table.take(rows), features=cases.features[rows], target=cases.target[rows])

    alone = choose(truth[rows], many, asked(costs=OFFER))["best"].value
    together = choose(truth[rows], replace(many, ids=rows), asked(costs=OFFER))["best"].value

    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_a_model_that_costs_more_than_todays_rule_is_argued_against():
    """What the choice finds in money reaches the verdict."""
    answers, cases = made_orders()
    rng = np.random.default_rng(2)
    problem = asked(costs=STOCK, baseline=Baseline(rule="last_week"))
    guesses = rng.permutation(answers)

    worse, better = choose(guesses, cases, problem), choose(answers, cases, problem)

    assert [(one.weight, one.reason) for one in findings_of(worse)] == [("stop", Reason.RULE_WORKS)]
    assert [(one.weight, one.reason) for one in findings_of(better)] == [("fine", None)]
    assert findings_of(choose(guesses, cases, asked())) == ()
    assert "worse than the best way without a model" in worse.sentence


def test_the_same_cases_give_the_same_choice():
    """Everything that is drawn is drawn from the seed."""
    truth, cases = made_cases(500)

    first, second = (choose(truth, cases, asked(costs=OFFER), seed=4).alternatives for _ in range(2))

    assert first == second


@pytest.mark.slow
def test_a_million_cases_are_chosen_for_in_seconds():
    """The choice is a small part of the minute that framing may take."""
    truth, cases = made_cases(1_000_000)

    began = time.perf_counter()
    choose(truth, cases, asked(costs=OFFER, baseline=Baseline(rule="silent > 0")))

    assert time.perf_counter() - began < 60
