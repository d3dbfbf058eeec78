"""Make the pumps: seeded, not real. Wear grows, and shows in vibration and heat."""

from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv


def rows(count: int = 3000, seed: int = 15) -> pa.Table:
    """The table: each pump once, at an hour of its life."""
    rng = np.random.default_rng(seed)
    load = rng.uniform(0.4, 1.0, count)
    life = 3500 / load * rng.weibull(4, count)
    hours = life * rng.uniform(0.02, 0.98, count)
    wear = (hours / life) ** 2
    return pa.table(
        {
            "pump": [f"P{number:05d}" for number in range(count)],
            "hours_run": np.round(hours, 0),
            "load": np.round(load, 2),
            "vibration": np.round(1 + 3 * wear + rng.normal(0, 0.3, count), 2),
            "temperature": np.round(55 + 18 * wear + 6 * load + rng.normal(0, 2, count), 1),
            "pressure": np.round(6 - 0.8 * wear + rng.normal(0, 0.2, count), 2),
            "hours_left": np.round(life - hours, 0),
        }
    )


if __name__ == "__main__":
    csv.write_csv(rows(), Path(__file__).with_name("pumps.csv"), csv.WriteOptions(quoting_style="needed"))
