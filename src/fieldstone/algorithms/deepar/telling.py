"""The log of a training, in AWS's words."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fieldstone.algorithms.amazon import log

EVERY = 5
"""So many batches apart are those that the log tells of."""


@dataclass(slots=True)
class Telling:
    """What one host says.

    Attributes:
        metrics: The lines that metrics are read from.
        epochs: How many there are to be, until that has been said.
    """

    metrics: log.Metrics
    _began: float = 0.0
    _told: float = 0.0
    _windows: int = 0
    _since: int = 0

    def begin(self) -> None:
        """An epoch begins."""
        self._began = self._told = time.time()
        self._windows = self._since = 0

    def batch(self, epoch: int, number: int, losses: Sequence[float], windows: int) -> None:
        """A batch of so many windows is done; `losses` are those of the epoch until now."""
        self._windows += windows
        self._since += windows
        if number % EVERY:
            return
        now = time.time()
        recent = float(np.mean(losses[-EVERY:] if number > EVERY else losses))
        log.info(f"Epoch[{epoch}] Batch[{number}] avg_epoch_loss={np.mean(losses):.6f}")
        log.info(f"#quality_metric: host={self.metrics.host}, epoch={epoch}, batch={number} train loss <loss>={recent}")
        if number:
            speed = self._since / max(now - self._told, 1e-9)
            log.info(f"Epoch[{epoch}] Batch [{number}]\tSpeed: {speed:.2f} samples/sec\tloss={recent:.6f}")
            self._told, self._since = now, 0

    def epoch(self, epoch: int, loss: float, epochs: int, *, better: bool) -> None:
        """An epoch is over, of so many in all; it was the best one or was not."""
        seconds = time.time() - self._began
        log.info(f"processed a total of {self._windows} examples")
        counted = {"update.time": 1000 * seconds}
        self.metrics.record(self._began, counted if epoch else {"epochs": epochs} | counted)
        self.metrics.throughput(self._windows, seconds)
        self.metrics.progress(100 * (epoch + 1) / epochs)
        self.metrics.quality("train loss", "loss", loss, epoch=epoch)
        log.info("best epoch loss so far" if better else "loss did not improve")

    def finish(self, loss: float, epoch: int) -> None:
        """The training is over."""
        log.info(f"Final loss: {loss} (occurred at epoch {epoch})")
        self.metrics.quality("train final_loss", "loss", loss)
        log.info(f"Worker {self.metrics.host} finished training.")
