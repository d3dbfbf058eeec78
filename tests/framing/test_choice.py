"""The choice under costs: amounts, alternatives, intervals, and what is assumed."""

import importlib.util
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest
import xgboost

from fieldstone.framing.cases import Cases, Column
from fieldstone.framing.checks import simple, tolerance
from fieldstone.framing.choice import choose
from fieldstone.framing.choice.finding import findings_of
from fieldstone.framing.findings import Reason
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Baseline, Constraints, Costs, Problem, Success, Target
from fieldstone.framing.trials.trial import Trial

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
    assert "worse than the best way without a model" in choice.sentence


def test_a_model_that_may_not_be_better_is_said_to_be_so():
    """A column that knows as much as the model leaves a difference that may be chance."""
    _, cases = _cases(300)

    choice = choose(cases.features[:, 0].astype(float), cases, _problem(costs=OFFER))

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
    assert not choice["unlimited"].feasible


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


@pytest.mark.parametrize("costs", [Costs(false_positive=-50), Costs(false_positive=-50, false_negative=0)])
def test_a_cost_of_acting_in_vain_alone_is_not_weighed(costs):
    """By it one would never act: what acting is good for is asked for, and mistakes are counted until it is known."""
    truth, cases = _cases()

    choice = choose(truth, cases, _problem(costs=costs))

    assert choice.unit == "mistakes"
    assert "type what acting rightly brings (true_positive)" in " ".join(choice.assumptions)


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


def test_capacity_trims_rules_too_so_that_ways_are_comparable():
    """A rule that flags more than can be acted on acts on some of them at random; the best column is cut higher up."""
    truth, cases = _cases()
    limited = _problem(costs=OFFER, baseline=Baseline(rule="silent > -2"), constraints=Constraints(capacity=50))

    choice, free = choose(truth, cases, limited), choose(truth, cases, _problem(costs=OFFER, baseline=limited.baseline))

    assert all(one.acted <= 51 for one in choice.alternatives if one.name != "unlimited")
    assert "at random" in choice["rule"].does
    assert choice["rule"].found == pytest.approx(free["rule"].found * 50 / free["rule"].acted)
    assert choice["feature"].found > 1.2 * choice["rule"].found


def test_a_capacity_that_is_never_reached_limits_nothing():
    """Then the threshold is the one that the costs ask for."""
    truth, cases = _cases()

    choice = choose(truth, cases, _problem(costs=OFFER, constraints=Constraints(capacity=900)))

    assert choice.threshold.value == pytest.approx(0.1)
    assert "unlimited" not in [one.name for one in choice.alternatives]


def test_the_best_f_beta_is_not_scored_on_the_cases_it_was_picked_on():
    """Of scores that say nothing, a threshold that was picked for its luck is no better than acting on everybody."""
    rng = np.random.default_rng(0)
    _, cases = _cases(300)
    gained = []
    for _ in range(8):
        told = replace(cases, target=(rng.random(300) < 0.2).astype(float))
        choice = choose(rng.random(300), told, _problem(costs=OFFER))
        gained.append(choice["f_beta"].f_beta - choice["everybody"].f_beta)

    assert np.mean(gained) < 0


def test_few_positive_cases_leave_the_threshold_unsure_and_it_says_so():
    """The loss to be expected from not knowing the threshold shrinks as cases come in."""
    rng = np.random.default_rng(1)

    def lost(n):
        log_odds = rng.normal(-5, 2, n)
        target = (rng.random(n) < 1 / (1 + np.exp(-log_odds))).astype(float)
        cases = Cases(pa.table({"x": log_odds}), (), np.empty((n, 0), np.float32), target=target, classes=("no", "yes"))
        return choose(log_odds + rng.normal(size=n), cases, _problem(costs=OFFER))

    few, many = lost(1000), lost(50_000)

    assert few.threshold_loss.most > 0.02 > many.threshold_loss.most > many.threshold_loss.mean > 0
    assert "the threshold itself may cost up to" in few.sentence
    assert "the threshold itself" not in many.sentence


def test_cases_of_one_customer_come_by_together():
    """A customer who is there ten times tells no more than once, and the intervals know it."""
    truth, cases = _cases(200)
    rows = np.repeat(np.arange(200), 10)
    many = replace(cases, table=cases.table.take(rows), features=cases.features[rows], target=cases.target[rows])

    alone = choose(truth[rows], many, _problem(costs=OFFER))["best"].value
    together = choose(truth[rows], replace(many, ids=rows), _problem(costs=OFFER))["best"].value

    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_costs_in_sql_count_in_the_examination_as_in_the_choice():
    """One reading of amounts: an expression over columns is one everywhere."""
    _, cases = _cases(800)
    costs = Costs(true_positive="spend / 10 - 5", false_positive="-0.2 * spend", false_negative="-spend")
    problem = _problem(costs=costs, baseline=Baseline(rule="silent > 0"))
    trial = Trial(cases, "binary")

    found = simple.check(cases, problem, trial)
    tolerable = tolerance.check(cases, problem, trial)

    assert "gain_a_case" in tolerable.evidence
    assert "money a case" in {row["by"] for row in found.evidence["candidates"]}


def _orders(n=2000, seed=0):
    """Numbers with a model's answers, whose errors are known: the truth is up to twice the answer, skewed."""
    rng = np.random.default_rng(seed)
    answers = rng.uniform(20, 200, n)
    truth = answers * rng.gamma(4, 0.25, n)
    features = answers[:, None].astype(np.float32)
    table = pa.table({"last_week": answers + rng.normal(0, 60, n), "margin": rng.uniform(1, 5, n), "sold": truth})
    return answers, Cases(table, (Column("answer", "number", 0.0, n),), features, target=truth)


STOCK = Costs(per_unit_over=-1, per_unit_under=-3, currency="EUR")


def test_where_too_little_is_dearer_more_is_answered():
    """Stock left over costs 1, a sale missed 3: so much that it does not do in one of four cases."""
    answers, cases = _orders()

    choice = choose(answers, cases, _problem(costs=STOCK))

    assert choice.level == pytest.approx(0.75)
    assert choice["best"].under == pytest.approx(250, abs=25)
    assert choice["best"].over + choice["best"].under == pytest.approx(1000)
    assert choice["middle"].behind.low > 0
    assert choice["constant"].under == pytest.approx(250, abs=25)
    assert "As too little costs 3 times what too much costs" in choice.sentence
    assert choice.margin.points(np.array([100.0]), 0.75)[0] == pytest.approx(100 * 1.277, rel=0.05)


def test_todays_rule_is_weighed_as_it_is_and_with_a_margin():
    """A margin may be all that today's way lacks; the model must beat that."""
    answers, cases = _orders()

    choice = choose(answers, cases, _problem(costs=STOCK, baseline=Baseline(rule="last_week")))

    assert choice["best"].value.value > choice["rule_margin"].value.value > choice["rule"].value.value
    assert not choice["rule_margin"].learned
    assert "more" in choice["rule_margin"].does


def test_prices_by_case_give_each_case_its_own_point():
    """What pays more when it is sold is stocked more."""
    answers, cases = _orders()
    costs = Costs(per_unit_over=-1, per_unit_under="-margin")

    choice = choose(answers, cases, _problem(costs=costs))

    assert 0.5 < choice.level < 0.85
    assert choice["best"].value.value > choose(answers, cases, _problem(costs=costs)).alternatives[1].value.value


def test_that_8_of_10_lie_within_is_counted_on_other_cases():
    """The range keeps its word where it has not learnt."""
    answers, cases = _orders()

    reach = choose(answers, cases, _problem(costs=STOCK)).range

    assert reach.held.low < 0.8 < reach.held.high
    assert reach.above > reach.below > 0


def test_cases_with_a_time_are_answered_by_what_was_before_them():
    """Errors that grow unseen break the promise, and the report shows by how much."""
    rng = np.random.default_rng(0)
    answers, cases = np.full(1200, 100.0), _orders(1200)[1]
    truth = 100 + rng.normal(size=1200) * np.linspace(1, 20, 1200)
    days = np.datetime64("2026-01-01", "us") + np.arange(1200).astype("timedelta64[D]")
    told = replace(cases, target=truth, time=days)

    choice = choose(answers, told, _problem())

    assert choice.range.held.high < 0.8
    assert np.isnan(choice.costs[:200]).all()
    assert np.isfinite(choice.costs[200:]).all()


def _series(n=1400, seed=0):
    """Days with a week's rhythm, and noise."""
    rng = np.random.default_rng(seed)
    days = np.arange(n)
    truth = 100 + 30 * np.sin(2 * np.pi * days / 7) + rng.normal(0, 5, n)
    time = np.datetime64("2022-01-01", "us") + days.astype("timedelta64[D]")
    table = pa.table({"day": pa.array(time), "sold": truth})
    return truth, Cases(table, (), np.empty((n, 0), np.float32), target=truth, time=time, periods=86_400.0)


def test_a_time_series_is_held_against_what_was_a_season_before():
    """As far ahead as one looks: of ten days ahead, the same weekday two weeks ago is the last that is known."""
    rng = np.random.default_rng(1)
    truth, cases = _series()
    scores = truth + rng.normal(0, 2, len(truth))
    scores[:300] = np.nan
    problem = _problem(costs=STOCK, target=Target(column="sold", horizon=10))

    choice = choose(scores, cases, problem, kind="time series")

    assert "14 periods before" in choice["season"].does
    assert choice["best"].value.value > choice["season_margin"].value.value > choice["season"].value.value
    assert choice.pays
    assert "10 periods ahead" in choice.assumptions[-1]


def test_a_rule_may_look_back_in_a_series():
    """Today's rule is a column of SQL over all rows, those without a score too."""
    truth, cases = _series()
    scores = np.where(np.arange(len(truth)) < 300, np.nan, truth)
    rule = "lag(sold, 7) OVER (ORDER BY day)"

    choice = choose(scores, cases, _problem(baseline=Baseline(rule=rule)), kind="time series")

    assert choice["rule"].value.value == pytest.approx(choice["season"].value.value)


def test_a_model_that_costs_more_than_todays_rule_is_argued_against():
    """What the choice finds in money reaches the verdict."""
    answers, cases = _orders()
    rng = np.random.default_rng(2)
    problem = _problem(costs=STOCK, baseline=Baseline(rule="last_week"))
    guesses = rng.permutation(answers)

    worse, better = choose(guesses, cases, problem), choose(answers, cases, problem)

    assert [(one.weight, one.reason) for one in findings_of(worse)] == [("stop", Reason.RULE_WORKS)]
    assert [(one.weight, one.reason) for one in findings_of(better)] == [("fine", None)]
    assert findings_of(choose(guesses, cases, _problem())) == ()
    assert "worse than the best way without a model" in worse.sentence


def test_a_price_on_one_side_alone_says_what_to_type():
    """Nothing is assumed of the other side."""
    answers, cases = _orders(100)

    with pytest.raises(ProblemError, match=r"costs\.per_unit_under: .* Type for example: per_unit_under: -1"):
        choose(answers, cases, _problem(costs=Costs(per_unit_over=-1)))


@pytest.mark.parametrize("family", range(4))
def test_the_answer_costs_as_little_as_the_best_within_2_percent(family):
    """Known distributions: what is answered is as good as the true point of each case, and ranges hold."""
    benchmark = _benchmark()

    trials = [benchmark.answered(benchmark.NUMBERS[family], seed) for seed in range(3)]

    assert np.median([shortfall for shortfall, _, _ in trials]) < 0.02
    assert np.mean([within for _, within, _ in trials]) == pytest.approx(0.8, abs=0.03)


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


def test_steps_of_an_order_have_their_price_too():
    """Where a grade too low is dear, the higher of two likely grades is given."""
    _, cases = _cases(100)
    truth = np.where(np.arange(100) < 60, 0.0, 2.0)
    told = Cases(cases.table, cases.columns, cases.features, target=truth, classes=("bad", "fair", "good"))
    costs = Costs(per_unit_over=-1, per_unit_under=-9, currency="EUR")
    order = Target(column="x", order=["bad", "fair", "good"])

    choice = choose(np.tile([0.5, 0.1, 0.4], (100, 1)), told, _problem(target=order, costs=costs))

    assert choice.unit == "EUR"
    assert choice["best"].value.value == pytest.approx(-2 * 600)


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
