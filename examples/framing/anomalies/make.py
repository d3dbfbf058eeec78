"""Make the readings: seeded, not real. One in a hundred breaks the bond between speed and vibration."""

from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv


def rows(count: int = 5000, seed: int = 16) -> pa.Table:
    """The table; nobody has marked the anomalies in it."""
    rng = np.random.default_rng(seed)
    speed = rng.uniform(900, 3000, count)
    odd = rng.random(count) < 0.01
    vibration = 0.5 + 0.0012 * speed + np.where(odd, rng.uniform(1.2, 2.5, count), 0) + rng.normal(0, 0.12, count)
    current = 3 + 0.004 * speed + np.where(odd, rng.uniform(2, 4, count), 0) + rng.normal(0, 0.3, count)
    return pa.table(
        {
            "at": np.datetime64("2026-03-01", "s") + np.arange(count) * np.timedelta64(600, "s"),
            "speed": np.round(speed, 0),
            "vibration": np.round(vibration, 3),
            "current": np.round(current, 2),
            "oil_temperature": np.round(60 + 0.006 * speed + rng.normal(0, 1.5, count), 1),
        }
    )


if __name__ == "__main__":
    csv.write_csv(rows(), Path(__file__).with_name("readings.csv"), csv.WriteOptions(quoting_style="needed"))
