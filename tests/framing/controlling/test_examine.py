"""When to use reinforcement learning: each of the guide's conditions, measured or missing."""

import pytest

from fieldstone.framing.controlling.examine import examine
from fieldstone.framing.controlling.measure import measure
from fieldstone.framing.controlling.simulator import load
from fieldstone.framing.findings import Reason
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Constraints, Control, Data, Problem
from fieldstone.framing.verdict import decide

STEPS = 30_000


def examined(problem, folder):
    return examine(problem, folder, progress=lambda _: None, budget=STEPS)


def verdict(problem, folder):
    return decide(examined(problem, folder).findings, problem)


def asking(**control):
    return Problem(question="How should the robot move?", control=Control(**control))


@pytest.mark.parametrize("words", [None, "none", "No.", "there is no simulator", "we have none", "not yet"])
def test_you_can_simulate_the_environment_no(tmp_path, words):
    """Guide, use RL when you can simulate the environment: without, it says what to do instead."""
    problem = asking() if words is None else asking(simulator=words)
    decided = verdict(problem, tmp_path)

    assert decided.use_ml is False
    assert decided.sentence.startswith("Do not use reinforcement learning")
    for way in ("rule", "controller", "supervised", "bandit"):
        assert way in decided.instead


def test_a_record_that_there_is_may_do_instead(tmp_path):
    """What data the file names are pointed at."""
    problem = Problem(question="How should the robot move?", data=Data(path="moves.csv"))

    assert "moves.csv" in verdict(problem, tmp_path).instead


def test_you_can_simulate_the_environment_in_words(tmp_path):
    """Told of but not to be run: nothing can be said yet."""
    decided = verdict(asking(simulator="a model of the junction", steps_a_second=1000), tmp_path)

    assert decided.use_ml is None
    assert "20 minutes" in decided.sentence
    assert "reset(seed)" in decided.open[0]


def test_the_agent_can_try_many_actions_no(tmp_path):
    """Guide, use RL when the agent can try many actions: a try a minute is too few."""
    decided = verdict(asking(simulator="a pilot plant", steps_a_second=1 / 60), tmp_path)

    assert decided.use_ml is False
    assert "days" in decided.sentence


def test_you_have_a_clear_reward_signal_no(tmp_path):
    """Guide, use RL when you have a clear reward signal: without it in words, it stays open."""
    found = examined(asking(simulator="a model"), tmp_path).findings

    assert [each.weight for each in found if each.check == "reward"] == ["caution"]
    assert not [
        each
        for each in examined(asking(simulator="a model", reward="a point"), tmp_path).findings
        if each.check == "reward"
    ]


def test_learning_that_beats_every_plain_way_is_worth_it(make_problem, tmp_path):
    """Guide: learning by doing. What to do follows from what is seen, and no constant action does."""
    decided = verdict(make_problem("sign", actions=["up", "down"]), tmp_path)

    assert decided.use_ml is True
    assert "a policy learnt in" in decided.sentence


def test_where_todays_rule_is_the_best_there_is_it_is_kept(make_problem, tmp_path):
    """Guide, when not to use ML: simple rules work fine. The rule comes as it stands in the file."""
    problem = make_problem("walk", rule="to_the_right")
    found = examined(problem, tmp_path)

    assert decide(found.findings, problem).reasons == (Reason.RULE_WORKS,)
    assert 'return "right"' in found.code


def test_where_always_the_same_will_do_it_is_named(make_problem, tmp_path):
    """No rule was named, and one action is right everywhere."""
    assert "always right" in verdict(make_problem("walk"), tmp_path).instead


def test_where_nothing_matters_there_is_nothing_to_learn(make_problem, tmp_path):
    """Points by lot."""
    decided = verdict(make_problem("lot"), tmp_path)

    assert (decided.use_ml, decided.reasons) == (False, ())
    assert "hardly matters" in decided.sentence


def test_mistakes_that_may_never_happen_forbid_it(make_problem, tmp_path):
    """Guide, when not to use ML: you can't tolerate mistakes."""
    problem = make_problem("sign", actions=["up", "down"], constraints=Constraints(mistakes="never"))

    assert verdict(problem, tmp_path).reasons[0] == Reason.NO_MISTAKES


def test_the_same_file_gives_the_same_figures(make_problem, tmp_path):
    """Steps are counted, not seconds."""
    problem = make_problem("sign", actions=["up", "down"])
    first, second = (measure(load(problem, tmp_path), problem, progress=lambda _: None, budget=STEPS) for _ in range(2))

    assert [way.mean for way in first.ways] == [way.mean for way in second.ways]
    assert first.added == second.added


def test_a_simulator_that_forgets_its_seed_is_told_of(make_problem, tmp_path):
    """The same seed and actions must give the same reward."""
    source = """
        import random

        def reset(seed):
            global steps
            steps = 0
            return 0

        def step(action):
            global steps
            steps += 1
            return 0, random.random(), steps >= 20
        """
    found = examined(make_problem(source), tmp_path).findings

    assert "different rewards" in next(each.sentence for each in found if each.check == "surroundings")


def test_a_rule_over_columns_is_none_here(make_problem, tmp_path):
    """It says what to write instead."""
    with pytest.raises(ProblemError, match=r"'speed > 3' is no function of world\.py"):
        examined(make_problem("walk", rule="speed > 3"), tmp_path)


def test_what_a_simulator_prints_stays_out_of_the_report(make_problem, tmp_path, capsys):
    """The report may go to the standard output."""
    examined(
        make_problem(
            "import sys\nprint('hello')\ndef reset(seed):\n    return 0\ndef step(action):\n    return 0, 0, True\n"
        ),
        tmp_path,
    )

    assert capsys.readouterr().out == ""


def test_too_many_numbers_are_not_learnt_in_a_hurry(make_problem, tmp_path):
    """A picture of a thousand dots is beyond a quick learner, and it says so."""
    source = "def reset(seed):\n    return [0] * 1000\ndef step(action):\n    return [0] * 1000, 1, True\n"
    decided = verdict(make_problem(source), tmp_path)

    assert decided.use_ml is None
    assert "no time to learn" in decided.sentence
