"""Make the readings: seeded, not real. Goods spoil above 8 degrees, and for no other reason."""

from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv


def rows(count: int = 5000, seed: int = 12) -> pa.Table:
    """The table."""
    rng = np.random.default_rng(seed)
    temperature = np.round(rng.normal(5.2, 1.6, count), 1)
    return pa.table(
        {
            "at": np.datetime64("2026-01-01", "s") + np.arange(count) * np.timedelta64(1800, "s"),
            "temperature": temperature,
            "humidity": np.round(rng.uniform(40, 95, count), 0),
            "door_openings": rng.poisson(3, count),
            "power_kw": np.round(rng.normal(2.4, 0.3, count), 2),
            "spoiled": np.where(temperature > 8, "yes", "no"),
        }
    )


if __name__ == "__main__":
    csv.write_csv(rows(), Path(__file__).with_name("readings.csv"), csv.WriteOptions(quoting_style="needed"))
