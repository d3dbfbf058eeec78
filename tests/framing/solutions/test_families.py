"""Reinforcement learning and recommendation among the guide's families: told from words, and from the file's blocks."""

from pathlib import Path

import pytest

from fieldstone.framing.apart import kind_apart
from fieldstone.framing.file.contradictions import contradictions
from fieldstone.framing.problem import Control, Data, Problem, Silence, Target, Window
from fieldstone.framing.solutions.catalogue import solution
from fieldstone.framing.solutions.recognition import recognise

POWERFUL_FOR = {
    "Robotics: learning to walk": "How can the robot learn to walk?",
    "Robotics: grasp objects": "Teach the arm to grasp objects",
    "Game playing: AlphaGo": "How should the program play Go to win?",
    "Game playing: chess engines": "How does the program win at chess?",
    "Resource optimization: data center cooling": "How should the data center cooling be controlled?",
    "Resource optimization: traffic lights": "When should the traffic lights switch?",
    "Autonomous vehicles": "Train an autonomous vehicle to stay in its lane",
}
SCENARIO = "The robot tries different routes, and you reward it for fast delivery and penalize collisions"
EVENTS = Window(entity="customer", time="day", item="product")


@pytest.mark.parametrize("row", POWERFUL_FOR)
def test_what_reinforcement_learning_is_powerful_for(row):
    """Guide, module 1: each row, as it stands there and as somebody would ask it."""
    for words in (row, POWERFUL_FOR[row]):
        assert recognise(Problem(question=words)).kind == "control"


def test_the_three_families_reinforcement_learning():
    """Guide, module 1: an agent that tries actions and is rewarded."""
    kind = recognise(Problem(question=SCENARIO)).kind

    assert solution(kind).family == "reinforcement"
    assert kind_apart(Problem(question=SCENARIO)) == "control"


def test_a_recommendation_system_on_purchase_history():
    """Guide, layer 2: an e-commerce company trains a recommendation system on its purchase history."""
    asked = Problem(question="Train a recommendation system on our purchase history")

    assert kind_apart(asked) == "recommendation"


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"control": Control(simulator="junction.py")}, "control"),
        ({"target": Target(kind="control")}, "control"),
        ({"data": Data(path="log.csv", events=EVENTS)}, "recommendation"),
        ({"target": Target(kind="recommendation", column="product")}, "recommendation"),
    ],
)
def test_the_files_own_blocks_say_more_than_words(more, kind):
    """Whatever the question sounds like."""
    asked = Problem(question="Is this machine behaving abnormally?", **more)

    assert recognise(asked).kind == kind
    assert kind_apart(asked) == kind


@pytest.mark.parametrize(
    "target",
    [Target(column="clicked"), Target(silence=Silence(none_for_days=90, days_ahead=30)), Target(columns=["a"])],
)
def test_with_a_target_it_is_examined_case_by_case(target):
    """What to offer to whom, asked of a column of past answers, is learnt from these."""
    assert kind_apart(Problem(question="Which offer should we show this customer?", target=target)) is None


@pytest.mark.parametrize(
    ("problem", "path"),
    [
        (Problem(question="q", control=Control(simulator="a.py"), target=Target(kind="binary")), "target.kind"),
        (
            Problem(question="q", data=Data(path="a.csv", events=Window(entity="who", time="at", item="who"))),
            "data.events.item",
        ),
    ],
)
def test_blocks_that_contradict_are_told(problem, path):
    """With the place to blame."""
    assert [at for at, _ in contradictions(problem)] == [path]


@pytest.mark.parametrize("name", ["recommendation", "control"])
def test_the_schema_knows_the_new_keys(name):
    """Editors complete them."""
    text = (Path(__file__).parents[3] / "docs/problem.schema.json").read_text(encoding="utf-8")

    assert {"recommendation": "what was chosen", "control": "steps can be tried in a second"}[name] in text
