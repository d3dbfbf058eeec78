"""What came of a test: figures, checks and the decision."""

import json

import numpy as np
import pyarrow as pa
import pytest

from fieldstone.framing.experiments.analysis import analyse, check_balance
from fieldstone.framing.experiments.conclusion import as_document, cases_to_settle, conclude
from fieldstone.framing.experiments.design import design
from fieldstone.framing.experiments.history import measure
from fieldstone.framing.experiments.power import Levels
from fieldstone.framing.experiments.samples import Columns, Guardrail
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Test as Planned

STAYED = Columns("arm", "stayed")
SPEND = Columns("arm", "spend")


def _wanting(effect, **known):
    return design(Planned(metric="outcome", effect=effect, **known))


def test_a_gain_ships(make_table):
    """With the figures, and without the word that everybody misreads."""
    conclusion = conclude(analyse(make_table(stay=0.06), STAYED, _wanting(0.05)))
    told = "\n".join(conclusion.sentences)

    assert conclusion.decision == "ship"
    assert "stayed is better with the new way" in told
    assert "percentage points" in told
    assert "signific" not in told


def test_a_loss_does_not_ship(make_table):
    """Nor does a rise of what should fall."""
    table = make_table(stay=0.06)

    assert conclude(analyse(make_table(stay=-0.06), STAYED)).decision == "don't"
    assert conclude(analyse(table, Columns("arm", "stayed", better="lower"))).decision == "don't"


def test_no_gain_worth_having_does_not_ship(make_table):
    """When the data rule it out, that is an answer."""
    conclusion = conclude(analyse(make_table(), STAYED, _wanting(0.1)))

    assert conclusion.decision == "don't"
    assert "by less than the 10 percentage points" in conclusion.sentences[0]


def test_a_small_sure_gain_is_called_small(make_table):
    """It is the reader's to decide whether it pays."""
    conclusion = conclude(analyse(make_table(20_000, stay=0.03), STAYED, _wanting(0.1)))

    assert conclusion.decision == "ship"
    assert conclusion.sentences[0].startswith("Ship, if a small gain pays")


def test_an_open_question_names_the_sample_that_settles_it(make_table):
    """From there on, the interval cannot hold both answers."""
    table = make_table(400)
    analysis = analyse(table, STAYED, _wanting(0.02))
    settles = cases_to_settle(analysis, 0.02)
    larger = analyse(make_table(settles), STAYED, _wanting(0.02))

    assert conclude(analysis).decision == "inconclusive"
    assert f"From {settles:,} cases on" in conclude(analysis).sentences[0]
    assert larger.effect.high - larger.effect.low == pytest.approx(0.02, rel=0.1)


def test_an_open_question_without_a_wanted_effect_asks_for_one(make_table):
    """And tells what such a sample can find."""
    told = conclude(analyse(make_table(400), STAYED)).sentences[0]

    assert told.startswith("Inconclusive")
    assert "half of that needs 1,600" in told


def test_a_test_that_is_not_over_is_not_decided(make_table):
    """However good it looks."""
    conclusion = conclude(analyse(make_table(stay=0.06), STAYED, _wanting(0.02, baseline=0.8)))

    assert conclusion.decision == "inconclusive"
    assert "of the planned cases are still to come" in conclusion.sentences[0]


def test_arms_of_the_wrong_size_stop_everything():
    """A sample-ratio mismatch, and what to do about it."""
    table = pa.table({"arm": ["control"] * 2_000 + ["treatment"] * 2_300, "paid": np.arange(4_300) % 7})
    analysis = analyse(table, Columns("arm", "paid"))
    conclusion = conclude(analysis)

    assert not analysis.balance.fine
    assert conclusion.decision == "broken"
    assert "Do not use this result: 2,300 of 4,300 units" in conclusion.sentences[0]
    assert "filters that ran after the assignment" in conclusion.sentences[1]
    assert conclude(analyse(table, Columns("arm", "paid"), levels=Levels(share=23 / 43))).decision != "broken"


def test_the_limit_of_a_split_is_one_in_a_thousand():
    """On either side of it, by the chi-square of 10.83."""
    assert check_balance(5_000 - 164, 5_000 + 164, 0.5).fine
    assert not check_balance(5_000 - 165, 5_000 + 165, 0.5).fine


def test_what_was_known_before_narrows_the_interval(make_table):
    """By the square of the correlation: here 0.8."""
    analysis = analyse(make_table(spend=1.0), Columns("arm", "spend", pre="before"), _wanting(1.0))
    narrower = (analysis.effect.high - analysis.effect.low) / (analysis.unadjusted.high - analysis.unadjusted.low)

    assert analysis.reduction.correlation == pytest.approx(0.8, abs=0.02)
    assert analysis.reduction.variance_left == pytest.approx(0.36, abs=0.02)
    assert narrower == pytest.approx(0.6, abs=0.02)
    assert analysis.effect.low < 1 < analysis.effect.high
    assert "without them 2.65 times as many" in "\n".join(conclude(analysis).sentences)


def test_arms_that_began_apart_are_reported(make_table):
    """The pre-period column was filled after the start, or the assignment is not by lot."""
    table = make_table()
    after = np.asarray(table["before"]) + 5 * (np.asarray(table["arm"]) == "treatment")
    analysis = analyse(table.append_column("late", pa.array(after)), Columns("arm", "spend", pre="late"))

    assert "already differed before the test" in analysis.notes[0]


def test_a_ratio_of_rows_equals_the_ratio_of_units(make_table):
    """The delta method on sums, whether the table or we add them up."""
    table = make_table(spend=1.0)
    rows = pa.concat_tables([table, table])
    given = analyse(table, Columns("arm", "spend", denominator="visits"))
    added = analyse(rows, Columns("arm", "spend", denominator="visits", unit="customer"))

    assert given.kind == "ratio"
    assert added.effect.difference == pytest.approx(given.effect.difference)
    assert added.effect.error == pytest.approx(given.effect.error)


def test_repeating_rows_does_not_narrow_the_interval(make_table):
    """As it would if rows were taken as cases."""
    table = make_table()
    rows = pa.concat_tables([table] * 4)

    assert analyse(rows, Columns("arm", "spend", unit="customer")).effect.error == pytest.approx(
        analyse(table, SPEND).effect.error
    )
    assert analyse(rows, SPEND).effect.error == pytest.approx(analyse(table, SPEND).effect.error / 2, rel=0.01)


@pytest.mark.parametrize(
    ("margin", "better", "harm", "decision"),
    [
        (0.05, "lower", "unharmed", "ship"),
        (0.0001, "lower", "unclear", "inconclusive"),
        (0.05, "higher", "unharmed", "ship"),
    ],
)
def test_a_guardrail_is_kept_or_not_shown_to_be(make_table, margin, better, harm, decision):
    """A tight margin needs more cases than there are."""
    columns = Columns("arm", "stayed", guardrails=(Guardrail("refund", margin, better),))
    analysis = analyse(make_table(stay=0.06), columns)

    assert analysis.guarded[0].harm == harm
    assert conclude(analysis).decision == decision
    assert any(sentence.startswith("Guardrail refund") for sentence in conclude(analysis).sentences)


def test_a_harmed_guardrail_stops_a_gain(make_table):
    """Beyond its margin."""
    columns = Columns("arm", "stayed", guardrails=(Guardrail("spend", 0.1),))
    conclusion = conclude(analyse(make_table(stay=0.06, spend=-3.0), columns))

    assert conclusion.decision == "don't"
    assert conclusion.sentences[0] == "Don't ship: spend got worse, though stayed got better."


def test_a_guardrail_may_get_worse_within_its_margin(make_table):
    """However sure it is that it did."""
    analysis = analyse(
        make_table(stay=0.06, spend=-3.0), Columns("arm", "stayed", guardrails=(Guardrail("spend", 5.0),))
    )

    assert analysis.guarded[0].effect.high < 0
    assert conclude(analysis).decision == "ship"


def test_one_alarm_among_many_guardrails_must_be_louder(make_table):
    """Holm: a chance of 2 % harms alone, and not as one of three."""
    table = make_table(stay=0.06, spend=-1.0)
    alone = analyse(table, Columns("arm", "stayed", guardrails=(Guardrail("spend", 0.5),)))
    others = (Guardrail("refund", 0.1, "lower"), Guardrail("visits", 1.0))
    among = analyse(table, Columns("arm", "stayed", guardrails=(Guardrail("spend", 0.5), *others)))

    assert 0.05 / 3 < alone.guarded[0].effect.chance < 0.05
    assert [alone.guarded[0].harm, among.guarded[0].harm] == ["harmed", "unclear"]


def test_a_guardrail_where_nothing_ever_happened_is_unharmed(make_table):
    """No refunds at all."""
    table = make_table(stay=0.06)
    table = table.append_column("fraud", pa.array(np.zeros(len(table))))
    analysis = analyse(table, Columns("arm", "stayed", guardrails=(Guardrail("fraud", 0.01, "lower"),)))

    assert analysis.guarded[0].harm == "unharmed"


def test_a_few_heavy_units_are_pointed_out():
    """Sixty units of a very lopsided amount."""
    rng = np.random.default_rng(1)
    table = pa.table({"arm": ["control", "treatment"] * 60, "paid": rng.lognormal(0, 2, 120)})

    assert "A few units weigh heavily" in analyse(table, Columns("arm", "paid")).notes[0]


def test_rare_outcomes_are_pointed_out():
    """Under ten of them."""
    table = pa.table({"arm": ["control", "treatment"] * 200, "left": [1] * 8 + [0] * 392})

    assert "Fewer than ten" in analyse(table, Columns("arm", "left")).notes[0]


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (Columns("arm", "same"), "is 1 in every row"),
        (Columns("arm", "two"), "without any spread"),
        (Columns("arm", "paid", denominator="zero"), "adds up to zero or less"),
        (Columns("arm", "paid", pre="same"), "same for everybody"),
        (Columns("arm", "paid", pre="paid"), "tells the outcome exactly"),
    ],
)
def test_columns_that_tell_nothing_are_refused(columns, told):
    """With a guess at why."""
    table = pa.table(
        {"arm": ["control", "treatment"] * 4, "paid": range(8), "same": [1] * 8, "two": [2] * 8, "zero": [0] * 8}
    )

    with pytest.raises(ProblemError, match=told):
        analyse(table, columns)


def test_a_plan_for_another_metric_is_refused(make_table):
    """A share's effect says nothing about an amount."""
    with pytest.raises(ProblemError, match="holds a mean: analyse the planned metric"):
        analyse(make_table(), SPEND, _wanting(0.05, baseline=0.8))


def test_arms_that_differ_wholly_but_are_tiny_are_inconclusive():
    """Two of two against none of two: no division by nothing."""
    table = pa.table({"arm": ["control", "treatment"] * 2, "won": [0, 1, 0, 1]})
    conclusion = conclude(analyse(table, Columns("arm", "won"), _wanting(0.1)))

    assert conclusion.decision == "inconclusive"
    assert "From 0 cases" not in conclusion.sentences[0]


def test_an_arm_of_one_is_too_small():
    """Nothing can be said of its spread."""
    with pytest.raises(ProblemError, match="An arm has 1 units"):
        analyse(pa.table({"arm": ["control", "treatment", "control"], "paid": [1, 2, 3]}), Columns("arm", "paid"))


def test_an_analysis_is_a_json_document(make_table):
    """With everything that the words say."""
    columns = Columns("arm", "spend", pre="before", guardrails=(Guardrail("refund", 0.05, "lower"),))
    analysis = analyse(make_table(spend=1.0), columns, _wanting(1.0))
    document = json.loads(json.dumps(as_document(analysis)))

    assert document["decision"] == "ship"
    assert document["effect"]["difference"] == analysis.effect.difference
    assert document["guardrails"][0]["harm"] == "unharmed"
    assert document["balance"] == {"control": 2_000, "treatment": 2_000, "share": 0.5, "chance": 1.0, "fine": True}


def test_past_cases_tell_what_a_plan_needs(make_table):
    """Baseline, spread and what the past explains, instead of guesses."""
    table = make_table(20_000)
    kept, spend = measure(table, "stayed"), measure(table, "spend", pre="before")
    ratio = measure(table, "spend", denominator="visits")

    assert (kept.kind, kept.baseline) == ("proportion", pytest.approx(0.8, abs=0.02))
    assert (spend.deviation, spend.correlation) == (pytest.approx(10, abs=0.3), pytest.approx(0.8, abs=0.02))
    assert (ratio.kind, ratio.baseline) == ("ratio", pytest.approx(42 / 4, abs=0.2))
