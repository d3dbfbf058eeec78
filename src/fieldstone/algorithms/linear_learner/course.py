"""The passes over the data: all models learn, are judged, and the best that each has been is kept."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np

from fieldstone.algorithms.amazon.peers import Peers
from fieldstone.algorithms.amazon.rows import Rows
from fieldstone.algorithms.linear_learner.checkpoints import State
from fieldstone.algorithms.linear_learner.grid import Setting
from fieldstone.algorithms.linear_learner.losses import Array, Loss
from fieldstone.algorithms.linear_learner.packs import Pack, gradient, scores
from fieldstone.algorithms.linear_learner.plans import Plan
from fieldstone.algorithms.linear_learner.preparing import Batches, Prepared, Read
from fieldstone.algorithms.linear_learner.scaling import Floats


@dataclass(frozen=True, slots=True)
class Epoch:
    """What a pass came to, for the best model so far: its mean losses, in the unit of the labels.

    Attributes:
        number: From 0.
        train: While it was learning.
        validation: Afterwards; None without such data.
        improved: Whether some model is better than any was before.
    """

    number: int
    train: float
    validation: float | None
    improved: bool


class Course:
    """The passes over the data, and the best weights that each model has had."""

    def __init__(self, pack: Pack, loss: Loss, chosen: Sequence[Setting], plan: Plan, prepared: Prepared) -> None:
        self._pack, self._loss, self._plan, self._prepared = pack, loss, plan, prepared
        self._models = len(chosen)
        self._positive = np.array([one.positive_example_weight_mult for one in chosen], dtype=np.float32)
        self._idle = 0
        """How many passes in a row have not helped."""
        self.epochs = list[Epoch]()
        self.best = pack.weights
        self.losses = np.full(self._models, np.inf)

    @property
    def ended(self) -> bool:
        """Whether all passes are done, or patience has ended."""
        return len(self.epochs) >= self._plan.epochs or self._idle >= self._plan.early_stopping_patience

    def take(self, read: Read, validation: Read | None, peers: Peers) -> Epoch:
        """Take a pass, together with the other hosts."""
        learning = self._learn(self._prepared.batches(read), peers)
        weights = self._pack.average()
        judged = learning if validation is None else self._judge(self._prepared.batches(validation), weights, peers)
        before = float(self.losses.min())
        self._keep(weights, judged)
        now = float(self.losses.min())
        at = int(np.argmin(self.losses))
        unit = self._prepared.unit**self._loss.power
        validated = None if validation is None else float(judged[at]) * unit
        self.epochs.append(Epoch(len(self.epochs), float(learning[at]) * unit, validated, improved=now < before))
        # Written so that it holds for the first pass, before which there was no loss.
        self._idle = 0 if before - now > self._plan.early_stopping_tolerance * abs(now) else self._idle + 1
        return self.epochs[-1]

    def state(self) -> State:
        """What a later course must know to go on from here."""
        told = [[np.nan if value is None else value for value in astuple(epoch)] for epoch in self.epochs]
        own = {"best": self.best, "losses": self.losses, "idle": np.array(self._idle), "epochs": np.array(told, float)}
        return {**own, **self._pack.state()}

    def restore(self, saved: State) -> None:
        """Go on from where another course was."""
        self._pack.restore(saved)
        self.best, self.losses, self._idle = saved["best"], saved["losses"], int(saved["idle"])
        self.epochs = [
            Epoch(int(number), train, None if np.isnan(validation) else validation, improved=bool(improved))
            for number, train, validation, improved in saved["epochs"].tolist()
        ]

    def _learn(self, batches: Batches, peers: Peers) -> Floats:
        """Take a step for each batch that any host has; the mean losses on the way."""
        total, count = np.zeros(self._models), 0.0
        none = np.zeros_like(self._pack.weights)
        own = iter(batches)
        while True:
            slopes, rows = none, 0.0
            if (batch := next(own, None)) is not None:
                values, slopes = self._slopes(*batch)
                total += values
                rows = float(len(batch[1]))
            slopes, joined = peers.add(slopes, np.array([rows]))
            if not joined[0]:
                break
            self._pack.step(slopes / joined[0])
            count += joined[0]
        return peers.add(total)[0] / max(count, 1.0)

    def _judge(self, batches: Batches, weights: Floats, peers: Peers) -> Floats:
        total, count = np.zeros(self._models), 0.0
        for rows, targets in batches:
            total += self._measure(scores(rows, weights), targets)[0].sum(axis=0, dtype=np.float64)
            count += len(targets)
        total, counts = peers.add(total, np.array([count]))
        return total / max(counts[0], 1.0)

    def _slopes(self, rows: Rows, targets: Array) -> tuple[Floats, Floats]:
        """The sums of the models' losses, and how these go with each weight."""
        values, slopes = self._measure(scores(rows, self._pack.weights), targets)
        return values.sum(axis=0, dtype=np.float64), gradient(rows, slopes)

    def _measure(self, found: Array, targets: Array) -> tuple[Array, Array]:
        """The weighted losses, rows x models, and slopes, rows x scores."""
        shaped = found if self._plan.columns == 1 else found.reshape(len(found), self._models, -1)
        values, slopes = self._loss.of(shaped, targets[:, None])
        weights = self._weights(targets)
        slopes = slopes * (weights if shaped.ndim == 2 else weights[..., None])
        return values * weights, slopes.reshape(found.shape)

    def _weights(self, targets: Array) -> Array:
        """What each row weighs: rows x models, or a column where that is the same for all models."""
        if self._plan.predictor_type == "binary_classifier" and (self._positive != 1).any():
            return np.where(targets[:, None] > 0, self._positive, np.float32(1))
        if self._plan.predictor_type == "multiclass_classifier":
            return self._prepared.class_weights[targets.astype(np.int64), None]
        return np.ones((1, 1), dtype=np.float32)

    def _keep(self, weights: Floats, losses: Floats) -> None:
        better = losses < self.losses
        columns = np.repeat(better, self._plan.columns)
        self.best = np.where(columns, weights, self.best)
        self.losses = np.where(better, losses, self.losses)
