"""Steps down a gradient: Adam, as D. P. Kingma and J. Ba, *Adam: a method for stochastic optimization*, ICLR 2015.

PyTorch's own would do; its first step imports a compiler, which takes seconds.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

LONGEST = 1.0
"""No gradient is longer: one that is gets as long."""
DECAY = 1e-8
WAIT = 10
"""After so many epochs in a row that were no better the steps become half as long."""
_FIRST, _SECOND, _TINY = 0.9, 0.999, 1e-8


@dataclass(slots=True)
class Adam:
    """What is remembered of steps.

    Attributes:
        rate: How long they are.
    """

    rate: float
    _steps: int = 0
    _mean: Doubles = field(default_factory=lambda: np.zeros(1))
    _square: Doubles = field(default_factory=lambda: np.zeros(1))
    _waited: int = 0

    def step(self, parameters: NDArray[np.float32], gradient: Doubles) -> None:
        """Change parameters, which are flat as their gradient is."""
        length = math.sqrt(gradient @ gradient)
        gradient = gradient * (LONGEST / max(length, LONGEST)) + DECAY * parameters
        self._steps += 1
        self._mean = _FIRST * self._mean + (1 - _FIRST) * gradient
        self._square = _SECOND * self._square + (1 - _SECOND) * gradient**2
        mean = self._mean / (1 - _FIRST**self._steps)
        square = self._square / (1 - _SECOND**self._steps)
        parameters -= (self.rate * mean / (np.sqrt(square) + _TINY)).astype(np.float32)

    def hear(self, *, better: bool) -> None:
        """An epoch is over, and was the best or was not."""
        self._waited = 0 if better else self._waited + 1
        if self._waited > WAIT:
            self.rate, self._waited = self.rate / 2, 0
