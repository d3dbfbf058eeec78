"""The log of Amazon's own algorithms: lines as `[11/22/2026 16:50:01 INFO 140026520049408] text`, and metrics."""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


def info(text: str) -> None:
    """Say what is going on."""
    _write("INFO", text)


def warn(text: str) -> None:
    """Say what the user may not have meant."""
    _write("WARNING", text)


def error(text: str) -> None:
    """Say what went wrong."""
    _write("ERROR", text)


def _write(level: str, text: str) -> None:
    now = time.strftime("%m/%d/%Y %H:%M:%S")
    print(f"[{now} {level} {threading.get_ident()}] {text}", flush=True)  # noqa: T201 - the program's log


@dataclass(frozen=True, slots=True)
class Metrics:
    """The lines that metrics are read from: of one algorithm, on one host.

    Attributes:
        algorithm: Its name in the lines' dimensions.
        host: Who says so.
    """

    algorithm: str
    host: str

    def record(self, start: float, metrics: Mapping[str, float], **dimensions: Any) -> None:
        """Say a `#metrics` line: what was counted or measured once, from a time (of `time.time()`) until now."""
        values = {
            name: {"sum": float(value), "count": 1, "min": value, "max": value} for name, value in metrics.items()
        }
        where = {"Algorithm": self.algorithm, "Host": self.host, "Operation": "training", **dimensions}
        line = {"StartTime": start, "EndTime": time.time(), "Dimensions": where, "Metrics": values}
        print(f"#metrics {json.dumps(line)}\n", flush=True)  # noqa: T201 - the program's log

    def seen(self, start: float, batches: int, records: int, epoch: int = 0) -> None:
        """Say how much was read in an epoch."""
        counts = {"Batches": batches, "Records": records}
        metrics = {f"Max {what} Seen Between Resets": count for what, count in counts.items()}
        metrics |= {f"Number of {what} Since Last Reset": count for what, count in counts.items()}
        metrics |= {f"Total {what} Seen": count for what, count in counts.items()}
        self.record(start, metrics | {"Reset Count": 1}, Meta="training_data_iter", epoch=epoch)

    def progress(self, percent: float) -> None:
        """Say how many of the epochs are done."""
        info(f"#progress_metric: host={self.host}, completed {percent:g} % of epochs")

    def throughput(self, records: int, seconds: float) -> None:
        """Say how fast it went."""
        info(f"#throughput_metric: host={self.host}, train throughput={records / max(seconds, 1e-9)} records/second")

    def quality(self, name: str, kind: str, value: float, **where: int) -> None:
        """Say a `#quality_metric` such as `train msd <loss>=11.8`; `where` is the epoch, batch or model."""
        place = "".join(f", {key}={number}" for key, number in where.items())
        info(f"#quality_metric: host={self.host}{place}, {name} <{kind}>={value}")

    def score(self, data: str, name: str, value: float) -> None:
        """Say the score of the whole model on the `test` or `validation` data."""
        info(f"#{data}_score ({self.host}) : {(name, float(value))}")
