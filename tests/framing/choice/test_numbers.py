"""How much to answer, by what too much and too little cost; series against a season before."""

from dataclasses import replace

import numpy as np
import pytest
from tests.framing.choice.made import STOCK, asked, load_benchmark, made_orders, made_series

from fieldstone.framing.choice import choose
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Baseline, Costs, Target


def test_where_too_little_is_dearer_more_is_answered():
    """Stock left over costs 1, a sale missed 3: so much that it does not do in one of four cases."""
    answers, cases = made_orders()

    choice = choose(answers, cases, asked(costs=STOCK))

    assert choice.level == pytest.approx(0.75)
    assert choice["best"].under == pytest.approx(250, abs=25)
    assert choice["best"].over + choice["best"].under == pytest.approx(1000)
    assert choice["middle"].behind.low > 0
    assert choice["constant"].under == pytest.approx(250, abs=25)
    assert "As too little costs 3 times what too much costs" in choice.sentence
    assert choice.margin.points(np.array([100.0]), 0.75)[0] == pytest.approx(100 * 1.277, rel=0.05)


def test_todays_rule_is_weighed_as_it_is_and_with_a_margin():
    """A margin may be all that today's way lacks; the model must beat that."""
    answers, cases = made_orders()

    choice = choose(answers, cases, asked(costs=STOCK, baseline=Baseline(rule="last_week")))

    assert choice["best"].value.value > choice["rule_margin"].value.value > choice["rule"].value.value
    assert not choice["rule_margin"].learned
    assert "more" in choice["rule_margin"].does


def test_prices_by_case_give_each_case_its_own_point():
    """What pays more when it is sold is stocked more."""
    answers, cases = made_orders()
    costs = Costs(per_unit_over=-1, per_unit_under="-margin")

    choice = choose(answers, cases, asked(costs=costs))

    assert 0.5 < choice.level < 0.85
    assert choice["best"].value.value > choose(answers, cases, asked(costs=costs)).alternatives[1].value.value


def test_that_8_of_10_lie_within_is_counted_on_other_cases():
    """The range keeps its word where it has not learnt."""
    answers, cases = made_orders()

    reach = choose(answers, cases, asked(costs=STOCK)).range

    assert reach.held.low < 0.8 < reach.held.high
    assert reach.above > reach.below > 0


def test_cases_with_a_time_are_answered_by_what_was_before_them():
    """Errors that grow unseen break the promise, and the report shows by how much."""
    rng = np.random.default_rng(0)
    answers, cases = np.full(1200, 100.0), made_orders(1200)[1]
    truth = 100 + rng.normal(size=1200) * np.linspace(1, 20, 1200)
    days = np.datetime64("2026-01-01", "us") + np.arange(1200).astype("timedelta64[D]")
    told = replace(cases, target=truth, time=days)

    choice = choose(answers, told, asked())

    assert choice.range.held.high < 0.8
    assert np.isnan(choice.costs[:200]).all()
    assert np.isfinite(choice.costs[200:]).all()


def test_a_time_series_is_held_against_what_was_a_season_before():
    """As far ahead as one looks: of ten days ahead, the same weekday two weeks ago is the last that is known."""
    rng = np.random.default_rng(1)
    truth, cases = made_series()
    scores = truth + rng.normal(0, 2, len(truth))
    scores[:300] = np.nan
    problem = asked(costs=STOCK, target=Target(column="sold", horizon=10))

    choice = choose(scores, cases, problem, kind="time series")

    assert "14 periods before" in choice["season"].does
    assert choice["best"].value.value > choice["season_margin"].value.value > choice["season"].value.value
    assert choice.pays
    assert "10 periods ahead" in choice.assumptions[-1]


def test_a_rule_may_look_back_in_a_series():
    """Today's rule is a column of SQL over all rows, those without a score too."""
    truth, cases = made_series()
    scores = np.where(np.arange(len(truth)) < 300, np.nan, truth)
    rule = "lag(sold, 7) OVER (ORDER BY day)"

    choice = choose(scores, cases, asked(baseline=Baseline(rule=rule)), kind="time series")

    assert choice["rule"].value.value == pytest.approx(choice["season"].value.value)


def test_a_price_on_one_side_alone_says_what_to_type():
    """Nothing is assumed of the other side."""
    answers, cases = made_orders(100)

    with pytest.raises(ProblemError, match=r"costs\.per_unit_under: .* Type for example: per_unit_under: -1"):
        choose(answers, cases, asked(costs=Costs(per_unit_over=-1)))


@pytest.mark.parametrize("family", range(4))
def test_the_answer_costs_as_little_as_the_best_within_2_percent(family):
    """Known distributions: what is answered is as good as the true point of each case, and ranges hold."""
    benchmark = load_benchmark()

    trials = [benchmark.answered(benchmark.NUMBERS[family], seed) for seed in range(3)]

    assert np.median([shortfall for shortfall, _, _ in trials]) < 0.02
    assert np.mean([within for _, within, _ in trials]) == pytest.approx(0.8, abs=0.03)
