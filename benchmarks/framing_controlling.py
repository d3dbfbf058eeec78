"""How often framing is right about learning by trying, in simulators whose best policy is known, over many seeds.

    python benchmarks/framing_controlling.py            # under three minutes
    python benchmarks/framing_controlling.py --quick    # a short form

Every line is a promise (``expected``) and what was measured, with the 95 % range that chance leaves to that many seeds.
"""

import argparse
import tempfile
import time
from pathlib import Path

from scipy.stats import beta

from fieldstone.framing.controlling.examine import examine
from fieldstone.framing.findings import Reason
from fieldstone.framing.problem import Baseline, Control, Problem
from fieldstone.framing.verdict import decide

STEPS = 40_000
HEAD = """
import random

class Simulator:
    def reset(self, seed):
        self.chance, self.steps, self.at = random.Random(seed), 0, 0.0
        self.next()
        return self.seen()

    def seen(self):
        return [self.at, self.sign, self.chance.random()]

    def next(self):
        self.sign = self.chance.uniform(-1, 1)

    def step(self, action):
        self.steps += 1
        earned = self.earn(action)
        self.next()
        return self.seen(), earned, self.steps >= 30
"""
LOT = """
    def earn(self, action):
        return self.chance.gauss(0, 1)
"""
SIGN = """
    def earn(self, action):
        return self.chance.gauss(0, 1) + (action == "up") * self.sign

def follow(seen):
    return "up" if seen[1] > 0 else "down"

def follow_badly(seen):
    return "up" if seen[1] > 0.6 else "down"
"""
ONE_IS_BEST = """
    def earn(self, action):
        return self.chance.gauss(0, 1) + 0.3 * (action == "up")
"""
STORE = """
    def earn(self, action):
        self.at = self.at + (1.0 if action == "up" else 0.0) - (0.4 + 0.2 * self.sign)
        return -abs(self.at) if self.at > 0 else -4 * abs(self.at)

def every_other(seen):
    return "up" if seen[2] > 0.5 else "down"
"""


def said(source: str, seed: int, rule: str | None) -> tuple[bool | None, tuple[Reason, ...]]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "world.py").write_text(HEAD + source)
        control = Control(simulator="world.py", reward="points", actions=["up", "down"])
        problem = Problem(question="q", control=control, baseline=Baseline(rule=rule) if rule else Baseline())
        found = examine(problem, Path(folder), progress=lambda _: None, budget=STEPS, seed=seed)
    decided = decide(found.findings, problem)
    return decided.use_ml, decided.reasons


PROMISES = (
    ("points by lot: nothing to learn", "95 %", 60, LOT, None, (False, ())),
    ("one action is best: always that", "high", 40, ONE_IS_BEST, None, (False, (Reason.RULE_WORKS,))),
    ("today's rule is the best there is: kept", "high", 40, SIGN, "follow", (False, (Reason.RULE_WORKS,))),
    ("today's rule misses a third: worth learning", "high", 40, SIGN, "follow_badly", (True, ())),
    ("a store filled by lot: worth learning", "high", 40, STORE, "every_other", (True, ())),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a fifth of the seeds")
    scale = 0.2 if parser.parse_args().quick else 1.0
    print(f"{'promise':<46}{'expected':>9}{'measured':>10}{'95 % range':>16}{'seeds':>7}{'s':>7}")
    for told, expected, most, source, rule, right in PROMISES:
        tries, start = int(most * scale), time.perf_counter()
        held = sum(said(source, seed, rule) == right for seed in range(tries))
        low = beta.ppf(0.025, held, tries - held + 1) if held else 0.0
        high = beta.ppf(0.975, held + 1, tries - held) if held < tries else 1.0
        spent = time.perf_counter() - start
        line = f"{told:<46}{expected:>9}{held / tries:>10.1%}{f'{low:.1%} - {high:.1%}':>16}{tries:>7}{spent:>7.1f}"
        print(line, flush=True)


if __name__ == "__main__":
    main()
