"""Small simulators whose best policy is known."""

import textwrap

import pytest

from fieldstone.framing.problem import Baseline, Control, Problem

WALK = '''
    import random

    class Simulator:
        """A walk from 0 to 5: forward earns nothing until the end, and each step costs one."""

        def reset(self, seed):
            self.random, self.at, self.steps = random.Random(seed), 0, 0
            return [self.at]

        def step(self, action):
            self.at = max(-5, self.at + (1 if action == "right" else -1))
            self.steps += 1
            return [self.at], -1.0 + 0.1 * self.random.random(), self.at >= 5 or self.steps >= 40

    def to_the_right(seen):
        """Always onward."""
        return "right"

    def lost(seen):
        return "nowhere"
    '''
SIGN = '''
    import random

    def reset(seed):
        global chance, hidden, steps
        chance, steps = random.Random(seed), 0
        hidden = chance.uniform(-1, 1)
        return [hidden, chance.random()]

    def step(action):
        """A point for saying on which side of zero the number is."""
        global hidden, steps
        earned = 1.0 if (action == "up") == (hidden > 0) else 0.0
        hidden, steps = chance.uniform(-1, 1), steps + 1
        return [hidden, chance.random()], earned, steps >= 20
    '''
LOT = '''
    import random

    def reset(seed):
        global chance, steps
        chance, steps = random.Random(seed), 0
        return 0

    def step(action):
        """Whatever is done, a point by lot."""
        global steps
        steps += 1
        return steps, chance.random(), steps >= 20
    '''


SOURCES = {"walk": WALK, "sign": SIGN, "lot": LOT}


@pytest.fixture
def make_problem(tmp_path):
    """Write a simulator (one of those above by its name, or a source) beside a problem that names it."""

    def make(source, *, actions=("left", "right"), rule=None, **more):
        (tmp_path / "world.py").write_text(textwrap.dedent(SOURCES.get(source, source)))
        control = Control(simulator="world.py", reward="a point a step", actions=list(actions))
        baseline = Baseline() if rule is None else Baseline(rule=rule)
        return Problem(question="How should the robot move?", control=control, baseline=baseline, **more)

    return make
