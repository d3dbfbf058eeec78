"""What outcomes are worth: numbers, columns and SQL; half-told costs; a short capacity; mistakes in the file."""

import pytest
from tests.framing.choice.made import OFFER, asked, made_cases

from fieldstone.framing.checks import simple, tolerance
from fieldstone.framing.choice import choose
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Baseline, Constraints, Costs, Success
from fieldstone.framing.trials.trial import Trial


def test_amounts_by_case_give_each_case_its_own_threshold():
    """Each loss counts by itself, in an expression over the columns; that beats one threshold for all."""
    truth, cases = made_cases(8000)
    costs = Costs(true_positive=-50, false_positive=-50, false_negative="-spend")

    choice = choose(truth, cases, asked(costs=costs))

    assert choice.by_case.low < choice.by_case.value < choice.by_case.high
    assert choice["best"].value.value > choice["single"].value.value


def test_capacity_bounds_how_many_are_acted_on_and_says_what_the_limit_costs():
    """Module 2, critical question 4: constraints. 50 offers for 1,000 customers, and what more would bring."""
    truth, cases = made_cases()

    choice = choose(truth, cases, asked(costs=OFFER, constraints=Constraints(capacity=50)))

    assert choice["best"].acted == pytest.approx(50)
    assert choice.threshold.value > 0.1
    assert choice["unlimited"].behind.high < 0
    assert not choice["unlimited"].feasible


def test_capacity_with_amounts_by_case_is_a_limit_on_the_gain():
    """Who promises most is acted on, and the choice says from which expected gain on."""
    truth, cases = made_cases()
    costs = Costs(true_positive=-50, false_positive=-50, false_negative="-spend")

    choice = choose(truth, cases, asked(costs=costs, constraints=Constraints(capacity=50)))

    assert choice.least_gain > 0
    assert choice["best"].acted == pytest.approx(50)
    assert "promise most" in choice.sentence


def test_missing_amounts_are_taken_as_0_and_it_says_so():
    """Nothing is assumed in silence."""
    truth, cases = made_cases()

    choice = choose(truth, cases, asked(costs=Costs(false_positive=-50, false_negative=-500)))

    assert [note.split(":")[0] for note in choice.assumptions] == [
        "No amount is given for acting rightly (true_positive)",
        "No amount is given for rightly leaving a case alone (true_negative)",
    ]


@pytest.mark.parametrize("costs", [Costs(false_positive=-50), Costs(false_positive=-50, false_negative=0)])
def test_a_cost_of_acting_in_vain_alone_is_not_weighed(costs):
    """By it one would never act: what acting is good for is asked for, and mistakes are counted until it is known."""
    truth, cases = made_cases()

    choice = choose(truth, cases, asked(costs=costs))

    assert choice.unit == "mistakes"
    assert "type what acting rightly brings (true_positive)" in " ".join(choice.assumptions)


def test_without_costs_mistakes_are_counted_by_beta():
    """A beta of 2 makes a missed case count as four false alarms: from one in five on."""
    truth, cases = made_cases()

    choice = choose(truth, cases, asked(success=Success(beta=2)))

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
    truth, cases = made_cases(200)

    with pytest.raises(ProblemError) as caught:
        choose(truth, cases, asked(**{"costs": OFFER, **blocks}))

    assert [word for word in words if word not in str(caught.value)] == []


def test_a_rule_reaches_no_files():
    """The condition of a problem file sees its cases and nothing else."""
    truth, cases = made_cases(200)
    rule = "silent > (SELECT count(*) FROM read_csv('/etc/passwd', header=false))"

    with pytest.raises(ProblemError, match=r"baseline\.rule"):
        choose(truth, cases, asked(costs=OFFER, baseline=Baseline(rule=rule)))


def test_capacity_trims_rules_too_so_that_ways_are_comparable():
    """A rule that flags more than can be acted on acts on some of them at random; the best column is cut higher up."""
    truth, cases = made_cases()
    limited = asked(costs=OFFER, baseline=Baseline(rule="silent > -2"), constraints=Constraints(capacity=50))

    choice, free = choose(truth, cases, limited), choose(truth, cases, asked(costs=OFFER, baseline=limited.baseline))

    assert all(one.acted <= 51 for one in choice.alternatives if one.name != "unlimited")
    assert "at random" in choice["rule"].does
    assert choice["rule"].found == pytest.approx(free["rule"].found * 50 / free["rule"].acted)
    assert choice["feature"].found > 1.2 * choice["rule"].found


def test_a_capacity_that_is_never_reached_limits_nothing():
    """Then the threshold is the one that the costs ask for."""
    truth, cases = made_cases()

    choice = choose(truth, cases, asked(costs=OFFER, constraints=Constraints(capacity=900)))

    assert choice.threshold.value == pytest.approx(0.1)
    assert "unlimited" not in [one.name for one in choice.alternatives]


def test_costs_in_sql_count_in_the_examination_as_in_the_choice():
    """One reading of amounts: an expression over columns is one everywhere."""
    _, cases = made_cases(800)
    costs = Costs(true_positive="spend / 10 - 5", false_positive="-0.2 * spend", false_negative="-spend")
    problem = asked(costs=costs, baseline=Baseline(rule="silent > 0"))
    trial = Trial(cases, "binary")

    found = simple.check(cases, problem, trial)
    tolerable = tolerance.check(cases, problem, trial)

    assert "gain_a_case" in tolerable.evidence
    assert "money a case" in {row["by"] for row in found.evidence["candidates"]}
