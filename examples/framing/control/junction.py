"""A junction of two streets with one traffic light: seeded, not real.

Cars come by chance, on one street more than on the other, which changes within a run. A step is three seconds. Green
lets two cars a step go; after a switch nobody goes for two steps, because the junction must clear. What is seen: cars
that wait at the green light, cars that wait at the red one, how many steps ago it was switched, and whether it clears.
"""

import numpy as np

STEPS = 300
_FLOW, _CLEARING = 2, 2


class Simulator:
    """The junction over a quarter of an hour."""

    def reset(self, seed: int) -> list[float]:
        """Begin with some cars on both streets."""
        self.chance = np.random.default_rng(seed)
        self.waiting = self.chance.poisson(4, 2)
        self.green = self.since = self.clearing = self.done = 0
        self.begin = self.chance.random()
        return self._seen()

    def step(self, action: str) -> tuple[list[float], float, bool]:
        """Keep the light or switch it; the reward is minus the cars that wait."""
        if action == "switch" and not self.clearing:
            self.green, self.since, self.clearing = 1 - self.green, 0, _CLEARING
        if self.clearing:
            self.clearing -= 1
        else:
            self.waiting[self.green] = max(0, self.waiting[self.green] - _FLOW)
        self.since += 1
        self.done += 1
        self.waiting += self.chance.poisson(self._arriving())
        return self._seen(), -float(self.waiting.sum()), self.done >= STEPS

    def _arriving(self) -> list[float]:
        """Cars a step on each street: together fewer than can pass."""
        share = 0.5 + 0.4 * np.sin(2 * np.pi * (self.begin + self.done / STEPS))
        return [0.2 + 0.8 * share, 0.2 + 0.8 * (1 - share)]

    def _seen(self) -> list[float]:
        return [self.waiting[self.green], self.waiting[1 - self.green], self.since, self.clearing]


def every_minute(seen: list[float]) -> str:
    """Today: the light changes every 20 steps, a minute, whoever waits."""
    return "switch" if seen[2] >= 20 else "keep"
