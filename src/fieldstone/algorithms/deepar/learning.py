"""Learning: windows drawn at random, their losses' gradient summed over all hosts, and a step of Adam on each.

All hosts begin with the same parameters and make the same steps, so that they end with the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fieldstone.algorithms.amazon.algorithm import Options
from fieldstone.algorithms.deepar.hosts import Team
from fieldstone.algorithms.deepar.network import Network
from fieldstone.algorithms.deepar.series import Series
from fieldstone.algorithms.deepar.stopping import Stop
from fieldstone.algorithms.deepar.telling import Telling
from fieldstone.algorithms.deepar.tensors import torch
from fieldstone.algorithms.deepar.windows import Draw, Norms, count_passes, cut, draw, draw_exactly, in_batches
from fieldstone.contract.training import UserError

LARGEST_STEP = 10.0
"""No gradient is longer."""
DECAY = 1e-8
WAIT = 10
"""After so many epochs that were no better the steps become half as long."""

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
        optimizer = torch.optim.Adam(
            self.network.layers.parameters(), self.options["learning_rate"], weight_decay=DECAY
        )
        shorter = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=WAIT)
        patience, best = self.options["early_stopping_patience"], Best()
        for epoch in range(self.options["epochs"]):
            loss = self._go_over(epoch, optimizer)
            if loss is None:
                break
            self.telling.epoch(epoch, loss, self.options["epochs"])
            self.telling.judge(better=best.improve(loss, epoch, self.network))
            shorter.step(loss)
            if patience is not None and best.waited >= patience:
                break
        if best.outcome is None:
            raise UserError("The job was stopped before the first epoch was over: there is no model yet.")
        return best.outcome

    def _go_over(self, epoch: int, optimizer: Any) -> float | None:
        """One epoch; its mean loss, None if it was broken off."""
        losses: list[float] = []
        self.telling.begin()
        self.network.layers.train()
        for number, drawn in enumerate(self._batches()):
            total, weight, stopped = self._add_up(drawn)
            if stopped:
                return None
            torch.nn.utils.clip_grad_norm_(self.network.layers.parameters(), LARGEST_STEP)
            optimizer.step()
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
            drawn = draw(self._lengths, *count_passes(usable * self.team.share("train"), size), self.random)
        batches = list(in_batches(drawn, size))
        most = max(int(word) for word in self.team.peers.exchange(str(len(batches)).encode()))
        yield from batches
        for _ in range(len(batches), max(most, 1)):
            yield Draw(drawn.which[:0], drawn.where[:0])

    def _add_up(self, drawn: Draw) -> tuple[float, float, bool]:
        """Leave the gradient of all hosts' mean loss in the parameters.

        Returns:
            The sum of the losses, their number, and whether to stop.
        """
        parameters = list(self.network.layers.parameters())
        gradient = np.zeros(sum(parameter.numel() for parameter in parameters))
        total = weight = 0.0
        if len(drawn.which):
            chosen = [self.series[number] for number in drawn.which]
            windows = cut(chosen, drawn.where, self.network.shape, self.norms)
            self.network.layers.zero_grad()
            loss = self.network.losses(windows).sum()
            loss.backward()
            total, weight = loss.item(), float(windows.observed.sum())
            gradient = (
                torch.nn.utils.parameters_to_vector([parameter.grad for parameter in parameters]).double().numpy()
            )
        gradient, numbers = self.team.peers.add(gradient, np.array([total, weight, float(self.stop.asked)]))
        mean = torch.from_numpy(gradient / max(numbers[1], 1)).float()
        for parameter, part in zip(
            parameters, mean.split([parameter.numel() for parameter in parameters]), strict=True
        ):
            parameter.grad = part.reshape(parameter.shape)
        return float(numbers[0]), float(numbers[1]), bool(numbers[2])
