"""From findings to a verdict."""

import pytest

from fieldstone.framing.findings import Finding, Reason
from fieldstone.framing.problem import Problem
from fieldstone.framing.verdict import decide

QUESTION = Problem(question="q")
SIGNAL = Finding("signal", "fine", "There is a pattern to learn.")


@pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.value)
def test_every_reason_against_machine_learning_is_named(reason):
    """Guide, when not to use ML: each of the six reasons leads to a no that names it and says what to do instead."""
    verdict = decide([SIGNAL, Finding("a check", "stop", "It is so.", {}, "Do this.", reason)], QUESTION)

    assert verdict.use_ml is False
    assert verdict.reasons == (reason,)
    assert reason.value in verdict.sentence
    assert verdict.instead == "Do this."


def test_a_rule_is_handed_over_ready_to_run():
    """What to do instead contains the rule as SQL."""
    rule = {"words": "x over 1", "sql": "x > 1", "python": ""}
    found = Finding("simple", "stop", "It does.", {"rule": rule}, "Use it.", Reason.RULE_WORKS)

    assert decide([found], QUESTION).instead.endswith("x > 1")


def test_ml_was_the_right_choice():
    """Guide, feasibility: "ML was the right choice" where nothing stops it; cautions stay open."""
    verdict = decide([SIGNAL, Finding("missing", "caution", "Much is missing.", {}, "Find out why.")], QUESTION)

    assert verdict.use_ml is True
    assert verdict.reasons == ()
    assert verdict.open == ("Much is missing. Find out why.",)


def test_no_signal_is_a_no_without_one_of_the_six_reasons():
    """Guessing is not worth a model, whatever else is fine."""
    verdict = decide([Finding("signal", "stop", "There is no sign.", {}, "Collect more.")], QUESTION)

    assert (verdict.use_ml, verdict.reasons, verdict.instead) == (False, (), "Collect more.")


def test_a_leak_must_be_settled_first():
    """With a column that may know too much, nothing can be told yet."""
    verdict = decide([SIGNAL, Finding("leakage", "stop", "x knows.", {}, "Is it known?")], QUESTION)

    assert verdict.use_ml is None
    assert verdict.open == ("x knows. Is it known?",)


def test_the_weightiest_reason_speaks():
    """Where mistakes are forbidden, that a rule works comes second."""
    stops = [
        Finding("simple", "stop", "A rule works.", {}, "Use it.", Reason.RULE_WORKS),
        Finding("tolerance", "stop", "None may happen.", {}, "Prove it.", Reason.NO_MISTAKES),
    ]

    assert decide(stops, QUESTION).reasons == (Reason.NO_MISTAKES, Reason.RULE_WORKS)
