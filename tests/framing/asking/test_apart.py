"""The questions of recommendation and of control: asked of these kinds alone."""

import pytest

from fieldstone.framing.asking.interview import interview
from fieldstone.framing.asking.questions import open_questions, questions
from fieldstone.framing.problem import Control, Problem, Window

ASKED = {each.ask.strip(): each.path for each in questions()}
CONDITIONS = {
    "You can simulate the environment": "control.simulator",
    "You have a clear reward signal": "control.reward",
    "The agent can try many actions": "control.actions",
}
STEERING = Problem(question="How should the traffic lights be switched, so that fewer cars wait?")


def told(lines):
    """An interview: answers by path, and the paths that were asked."""
    asked = []

    def answer(prompt):
        asked.append(ASKED[prompt.strip()])
        return lines.get(asked[-1], "don't know")

    return interview(answer, lambda _: None), asked


@pytest.mark.parametrize("condition", CONDITIONS)
def test_when_to_use_reinforcement_learning_is_asked(condition):
    """Guide, module 1: each condition is a critical question, open while it is not answered."""
    (question,) = (each for each in questions() if each.path == CONDITIONS[condition])

    assert question.guide.endswith(condition)
    assert question.critical
    assert question in open_questions(STEERING)


def test_an_interview_about_control_fills_its_block():
    """Where, what for, and what with."""
    problem, asked = told(
        {
            "question": STEERING.question,
            "control.simulator": "junction.py",
            "control.reward": "minus one for each car that waits, each second",
            "control.actions": "keep, switch",
            "control.steps_a_second": "5000",
        }
    )

    assert problem.control == Control(
        simulator="junction.py",
        reward="minus one for each car that waits, each second",
        actions=["keep", "switch"],
        steps_a_second=5000,
    )
    assert "data.path" not in asked
    assert "costs.false_positive" not in asked


def test_numbers_among_the_actions_are_numbers():
    """A setting of a valve and the like."""
    (question,) = (each for each in questions() if each.path == "control.actions")

    assert question.understand("0, 0.5, 1, off") == [0.0, 0.5, 1.0, "off"]


def test_no_simulator_is_an_answer():
    """It does not stay open, and the report says what to do instead."""
    problem, _ = told({"question": STEERING.question, "control.simulator": "none"})

    assert problem.control.simulator == "none"
    assert "control.simulator" not in {each.path for each in open_questions(problem)}


def test_an_interview_about_recommendation_asks_what_was_chosen():
    """And not after how many days somebody is gone."""
    problem, asked = told(
        {
            "question": "Which products should we recommend to each customer next?",
            "data.path": "purchases.csv",
            "data.events.entity": "customer_id",
            "data.events.time": "day",
            "data.events.item": "product",
        }
    )

    assert problem.data.events == Window(entity="customer_id", time="day", item="product")
    assert "target.silence.none_for_days" not in asked
    assert "control.simulator" not in asked


def test_others_are_asked_neither():
    """Churn needs no simulator, and nothing was chosen."""
    _, asked = told({"question": "Which customers will churn next month?", "data.path": "a.csv"})

    assert not [path for path in asked if path.startswith("control") or path == "data.events.item"]
