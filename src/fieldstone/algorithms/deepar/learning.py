"""Learning: windows drawn at random, their losses' gradient summed over all hosts, and a step of Adam on each.

All hosts begin with the same parameters and make the same steps, so that they end with the same.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fieldstone.algorithms.amazon.algorithm import Options
from fieldstone.algorithms.deepar.hosts import Team
from fieldstone.algorithms.deepar.network import Network
from fieldstone.algorithms.deepar.series import Series
from fieldstone.algorithms.deepar.stepping import Adam, Doubles
from fieldstone.algorithms.deepar.stopping import Stop
from fieldstone.algorithms.deepar.telling import Telling
from fieldstone.algorithms.deepar.windows import Draw, Norms, count_passes, cut, draw, draw_exactly, in_batches
from fieldstone.contract.training import UserError

USUAL = 256
"""So many windows tell what is usual."""
LARGE = 4.0
"""Relative to its scale no point is taken for larger in this: one in a window without a context would tell nothing."""

Parameters = dict[str, NDArray[np.float32]]


class Outcome(NamedTuple):
    """The parameters of the best epoch, its loss, and its number."""

    parameters: Parameters
    loss: float
    epoch: int


@dataclass(slots=True)
class Best:
    """The best epoch until now, and for how long it has been."""

    outcome: Outcome | None = None
    waited: int = 0

    def improve(self, loss: float, epoch: int, network: Network) -> bool:
        """Whether an epoch was better than all before; keep its parameters if so."""
        self.waited += 1
        if self.outcome is not None and loss >= self.outcome.loss:
            return False
        state: Mapping[str, Any] = network.layers.state_dict()
        self.outcome = Outcome({name: value.numpy().copy() for name, value in state.items()}, loss, epoch)
        self.waited = 0
        return True


@dataclass(slots=True)
class Learner:
    """A training on one host.

    Attributes:
        network: What learns.
        norms: What numbers are divided by.
        series: What it learns from; may be empty where other hosts have some.
        options: The hyperparameters.
        team: The hosts.
        telling: The log.
        stop: Whether the job is to end.
        random: Where windows come from.
    """

    network: Network
    norms: Norms
    series: Sequence[Series]
    options: Options
    team: Team
    telling: Telling
    stop: Stop
    random: np.random.Generator
    _lengths: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        ahead = self.network.shape.prediction_length
        self._lengths = np.array(
            [max(len(one) - ahead + 1, 0) if one.observed.any() else 0 for one in self.series], np.int64
        )

    def learn(self) -> Outcome:
        """Go over the series as often as is asked for, or until it does not help any more, or the job is to end.

        Raises:
            UserError: The loss grows beyond all bounds.
        """
        self._begin()
        adam = Adam(self.options["learning_rate"])
        patience, best = self.options["early_stopping_patience"], Best()
        for epoch in range(self.options["epochs"]):
            loss = self._go_over(epoch, adam)
            if loss is None:
                break
            better = best.improve(loss, epoch, self.network)
            adam.hear(better=better)
            self.telling.epoch(epoch, loss, self.options["epochs"], better=better)
            if patience is not None and best.waited >= patience:
                break
        if best.outcome is None:
            raise UserError("The job was stopped before the first epoch was over: there is no model yet.")
        return best.outcome

    def _begin(self) -> None:
        """Let the network expect what some windows of all hosts are like."""
        count = total = squares = 0.0
        usable = np.flatnonzero(self._lengths)
        if len(usable):
            chosen = self.random.choice(usable, USUAL)
            windows = cut(
                [self.series[number] for number in chosen],
                self.random.integers(0, self._lengths[chosen]),
                self.network.shape,
                self.norms,
            )
            length = windows.observed.shape[1]
            relative = (windows.values[:, -length:] / windows.scale).clip(-LARGE, LARGE)[windows.observed > 0]
            count, total, squares = len(relative), relative.sum(), (relative.astype(np.float64) ** 2).sum()
        (sums,) = self.team.peers.add(np.array([count, total, squares], np.float64))
        mean, square = (sums[1:] / max(sums[0], 1)).tolist()
        self.network.begin(mean, math.sqrt(max(square - mean**2, 0)))

    def _go_over(self, epoch: int, adam: Adam) -> float | None:
        """One epoch; its mean loss, None if it was broken off."""
        losses: list[float] = []
        self.telling.begin()
        self.network.layers.train()
        for number, drawn in enumerate(self._batches()):
            gradient, (total, weight, stopped) = self._add_up(drawn)
            if stopped:
                return None
            adam.step(self.network.flat, gradient / max(weight, 1))
            losses.append(total / weight if weight else 0.0)
            if not np.isfinite(losses[-1]):
                raise UserError(
                    f"The training loss is {losses[-1]} in epoch {epoch}, batch {number}. Try a smaller learning_rate, "
                    "or a likelihood that fits the data."
                )
            self.telling.batch(epoch, number, losses, len(drawn.which))
        return float(np.mean(losses))

    def _batches(self) -> Iterator[Draw]:
        """The batches of an epoch: as many as the host has that has most, some of them empty on the others."""
        size, count = self.options["mini_batch_size"], self.options["num_batches_per_epoch"]
        usable = np.count_nonzero(self._lengths)
        drawn = Draw(np.empty(0, np.int64), np.empty(0, np.int64))
        if usable and count is not None:
            drawn = draw_exactly(self._lengths, count * size, self.random)
        elif usable:
            passes, chance = count_passes(usable * self.team.share("train"), size)
            drawn = draw(self._lengths, passes * chance * self.team.share("train"), self.random)
        batches = list(in_batches(drawn, size))
        most = max(int(word) for word in self.team.peers.exchange(str(len(batches)).encode()))
        yield from batches
        for _ in range(len(batches), max(most, 1)):
            yield Draw(drawn.which[:0], drawn.where[:0])

    def _add_up(self, drawn: Draw) -> tuple[Doubles, Doubles]:
        """Over all hosts the gradient of the losses; and these, their number, and how many hosts are to stop."""
        gradient, total, weight = np.zeros(len(self.network.flat)), 0.0, 0.0
        if len(drawn.which):
            chosen = [self.series[number] for number in drawn.which]
            windows = cut(chosen, drawn.where, self.network.shape, self.norms)
            total, gradient = self.network.differentiate(windows)
            weight = float(windows.weights.sum())
        gradient, numbers = self.team.peers.add(gradient, np.array([total, weight, float(self.stop.asked)]))
        return gradient, numbers
