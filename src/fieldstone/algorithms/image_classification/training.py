# pyright: reportMissingImports=false, reportUnknownParameterType=false
"""Learning, epoch by epoch: what is said of it, kept of it, and when it ends."""

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from fieldstone.algorithms.amazon import log
from fieldstone.algorithms.image_classification.artifact import Weights
from fieldstone.algorithms.image_classification.feeding import Feed
from fieldstone.algorithms.image_classification.hosts import Team
from fieldstone.algorithms.image_classification.hyperparameters import Options
from fieldstone.algorithms.image_classification.keeping import Checkpoint, Keeper
from fieldstone.algorithms.image_classification.loading import Batch
from fieldstone.algorithms.image_classification.network import Network, find_device, find_half, place
from fieldstone.algorithms.image_classification.optimizing import make_optimizer, rate_of
from fieldstone.algorithms.image_classification.scoring import Loss, Tally
from fieldstone.algorithms.image_classification.stopping import Stopping
from fieldstone.contract.training import UserError

FREQUENT = 20
"""After so many batches the log says how it goes."""


class Training:
    """A training on one host.

    Attributes:
        network: What learns.
        team: The hosts.
        keeper: Keeps the weights.
        begun: The epochs that are done.
    """

    def __init__(self, network: Network, options: Options, loss: Loss, team: Team, keeper: Keeper) -> None:
        """Make everything ready.

        Args:
            network: What learns.
            options: The hyperparameters.
            loss: What it learns by.
            team: The hosts.
            keeper: Keeps the weights.
        """
        self.network = network
        self.team = team
        self.keeper = keeper
        self.begun = 0
        self._options = options
        self._loss = loss
        self._device = find_device()
        self.network.to(self._device, memory_format=torch.channels_last)
        self._optimizer = make_optimizer(self.network, self._options)
        self._wrapped: Any = self.team.wrap(self.network)
        half = find_half(self._device) if options["precision_dtype"] == "float16" else None
        self._autocast = torch.autocast(self._device.type, half or torch.float16, enabled=half is not None)
        self._scaler = torch.amp.GradScaler(self._device.type, enabled=half is torch.float16)
        self._stopping = Stopping(
            patience=self._options["early_stopping_patience"],
            at_least=self._options["early_stopping_min_epochs"],
            tolerance=self._options["early_stopping_tolerance"],
        )

    def run(self, train: Feed, validation: Feed, checkpoint: Callable[[Checkpoint], None] | None) -> None:
        """Learn until the last epoch, or until the accuracy does not rise any more.

        Args:
            train: What is learnt from.
            validation: What is judged by.
            checkpoint: Keeps what the job could go on from.

        Raises:
            UserError: An image cannot be read, there are too few, or the numbers have left all bounds.
        """
        epochs = self._options["epochs"]
        for epoch in range(self.begun, epochs):
            self._learn(train, epoch)
            accuracy = self._judge(validation, epoch)
            stops = self._stopping.stops(accuracy, epoch + 1) and self._options["early_stopping"]
            last = stops or epoch + 1 == epochs
            if self.team.leads:
                if self.keeper.wants(accuracy, epoch + 1, last=last):
                    self.keeper.keep(self.network.weights(), accuracy, epoch + 1)
                if checkpoint is not None:
                    checkpoint(Checkpoint(epoch + 1, self.network.weights(), self._state()))
            self.begun = epoch + 1
            if stops:
                log.info(
                    f"Early stopping after epoch {epoch}: the validation accuracy has not risen for "
                    f"{self._options['early_stopping_patience']} epochs"
                )
                return

    def resume(self, checkpoint: Checkpoint) -> None:
        """Go on from a checkpoint.

        Raises:
            ValueError: It does not fit the network.
        """
        self.network.load(checkpoint.weights)
        self.begun = checkpoint.epochs
        best, waited = checkpoint.state["stopping"].tolist()
        self._stopping.best, self._stopping.waited = best, int(waited)
        state: dict[int, dict[str, Any]] = {}
        for name, array in checkpoint.state.items():
            number, _, key = name.partition(":")
            if key:
                value = torch.from_numpy(array)
                state.setdefault(int(number), {})[key] = value[0] if key == "step" else value
        groups = self._optimizer.state_dict()["param_groups"]
        self._optimizer.load_state_dict({"state": state, "param_groups": groups})

    def _learn(self, feed: Feed, epoch: int) -> None:
        for group in self._optimizer.param_groups:
            group["lr"] = rate_of(epoch, self._options)
        started = time.time()
        self._wrapped.train()
        top = None if self._options["multi_label"] else self._options["top_k"]
        whole, losses = Tally(top), 0.0
        for number, batch in enumerate(self._said(feed.to_learn_from(epoch), epoch, whole)):
            losses += self._step(batch, whole)
            if number % FREQUENT == 0 and not math.isfinite(losses):
                break
        right, within, count, loss = self.team.add(whole.right, whole.within, whole.count, losses)
        if not math.isfinite(loss):
            raise UserError(
                f"The loss is not a number any more in epoch {epoch}: a smaller learning_rate than "
                f"{self._options['learning_rate']:g} may help"
            )
        log.info(f"Epoch[{epoch}] Train-accuracy={right / count:.6f}")
        if top is not None:
            log.info(f"Epoch[{epoch}] Train-top_k_accuracy_{top}={within / count:.6f}")
        log.info(f"Epoch[{epoch}] Time cost={time.time() - started:.3f}")

    def _step(self, batch: Batch, tally: Tally) -> float:
        images, labels = place(batch.images, self._device), torch.from_numpy(batch.labels).to(self._device)
        self._optimizer.zero_grad(set_to_none=True)
        with self._autocast:
            logits = self._wrapped(images).float()
            loss = self._loss(logits, labels)
        self._scaler.scale(loss).backward()
        self._scaler.step(self._optimizer)
        self._scaler.update()
        tally.add(logits, labels, multi_label=self._options["multi_label"])
        return loss.item()

    def _said(self, batches: Iterator[Batch], epoch: int, tally: Tally) -> Iterator[Batch]:
        """The batches, and now and then a line on those before."""
        since, right, count = time.time(), 0.0, 0
        for number, batch in enumerate(batches):
            yield batch
            if number and number % FREQUENT == 0:
                done = tally.count - count
                speed = done / max(time.time() - since, 1e-9)
                accuracy = (tally.right - right) / max(done, 1)
                log.info(f"Epoch[{epoch}] Batch [{number}]\tSpeed: {speed:.3f} samples/sec\taccuracy={accuracy:.6f}")
                since, right, count = time.time(), tally.right, tally.count

    def _judge(self, feed: Feed, epoch: int) -> float:
        self.network.eval()
        tally = Tally()
        with torch.inference_mode(), self._autocast:
            for batch in feed.to_judge_by(epoch):
                logits = self.network(place(batch.images, self._device)).float()
                labels = torch.from_numpy(batch.labels).to(self._device)
                tally.add(logits, labels, multi_label=self._options["multi_label"])
        right, count = self.team.add(tally.right, tally.count)
        if not count:
            raise UserError("The validation channel has no images")
        log.info(f"Epoch[{epoch}] Validation-accuracy={right / count:.6f}")
        return right / count

    def _state(self) -> Weights:
        arrays: Weights = {
            "stopping": np.array([self._stopping.best, self._stopping.waited]),
            "best": np.array([self.keeper.best]),
            "kept": np.array(self.keeper.kept, np.int64),
        }
        for number, entries in self._optimizer.state_dict()["state"].items():
            for key, value in entries.items():
                if value is not None:
                    arrays[f"{number}:{key}"] = np.atleast_1d(torch.as_tensor(value).float().cpu().numpy())
        return arrays
