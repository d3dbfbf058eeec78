"""A simulator of the author's: whatever is wrong with it comes back as its line and what to write."""

import numpy as np
import pytest

from fieldstone.framing.controlling.simulator import MOST_STEPS, load, names_file
from fieldstone.framing.mistakes import ProblemError

BEGIN = "def reset(seed):\n    return [0]\n"


def right(seen, chance):
    return "right"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def reset(seed:\n    return 0\n", "line 1: "),
        ("import nothing_of_the_kind\n", "line 1: ModuleNotFoundError"),
        ("import sys\nsys.exit(3)\n", "line 2: SystemExit"),
        ("def step(action):\n    return 0, 0, True\n", "there is no function reset"),
        (BEGIN, "there is no function step"),
        (BEGIN + "def step(action):\n    return 1 / 0, 0, True\n", "line 4: ZeroDivisionError"),
        (BEGIN + "def step(action):\n    return [0], 1.0\n", "not three things"),
        (BEGIN + "def step(action):\n    return [0], float('nan'), True\n", "which is no number"),
        (BEGIN + "def step(action):\n    return [0], 'much', True\n", "which is no number"),
        (BEGIN + "def step(action):\n    return 'left', 1, False\n", "Return a number, or a list of numbers"),
        (BEGIN + "def step(action):\n    return {'x': 1}, 1, False\n", "Return a number, or a list of numbers"),
        (BEGIN + "def step(action):\n    return [0, 1], 1, False\n", "Return as many always"),
    ],
)
def test_a_mistake_in_it_is_told_with_its_line(make_problem, tmp_path, source, words):
    """Never a traceback, and never the end of the program."""
    problem = make_problem(source)
    with pytest.raises(ProblemError) as raised:
        load(problem, tmp_path).run(right, 0)

    assert words in str(raised.value)
    assert "world.py" in str(raised.value)


def test_a_file_that_is_not_there_is_told_with_the_nearest(make_problem, tmp_path):
    """Where, what, and what to type."""
    problem = make_problem("walk")
    (tmp_path / "world.py").rename(tmp_path / "words.py")

    with pytest.raises(ProblemError, match=r"no file 'world.py'.*Did you mean 'words.py'"):
        load(problem, tmp_path)


def test_one_action_is_no_choice(make_problem, tmp_path):
    """Two at least."""
    with pytest.raises(ProblemError, match=r"control\.actions"):
        load(make_problem("walk", actions=["left"]), tmp_path)


def test_todays_rule_is_a_function_of_it(make_problem, tmp_path):
    """From what is seen to an action."""
    world = load(make_problem("walk"), tmp_path)

    assert world.run(world.rule("to_the_right"), 0).steps == 5
    with pytest.raises(ProblemError, match="Did you mean 'to_the_right'"):
        world.rule("to_the_rihgt")
    with pytest.raises(ProblemError, match="'nowhere', which is none of the actions"):
        world.run(world.rule("lost"), 0)


def test_the_same_seed_is_the_same_run(make_problem, tmp_path):
    """Chance comes from the seed alone."""
    world = load(make_problem("lot"), tmp_path)

    assert world.run(right, 5) == world.run(right, 5)
    assert world.run(right, 5).reward != world.run(right, 6).reward


def test_a_run_without_an_end_is_cut(make_problem, tmp_path):
    """After so many steps, and it says so."""
    world = load(make_problem(BEGIN + "def step(action):\n    return [0], 1, False\n"), tmp_path)
    run = world.run(right, 0)

    assert (run.steps, run.cut) == (MOST_STEPS, True)


def test_whole_numbers_stay_whole(make_problem, tmp_path):
    """So that a simulator can use them as places in a list."""
    world = load(make_problem("walk", actions=[0.0, 1.0, 0.5]), tmp_path)

    assert world.actions == (0, 1, 0.5)
    assert isinstance(world.actions[1], int)


def test_only_a_python_file_is_run():
    """Words are words."""
    assert names_file("junction.py")
    assert not names_file("a model of the junction in python")


def test_what_is_seen_is_kept_where_asked(make_problem, tmp_path):
    """A row for each step."""
    run = load(make_problem("walk"), tmp_path).run(right, 0, keep=True)

    assert np.stack(run.seen).ravel().tolist() == [0, 1, 2, 3, 4]
