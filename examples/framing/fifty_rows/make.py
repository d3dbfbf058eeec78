"""Make the suppliers: seeded, not real. There is something to learn, and too little to learn it from."""

from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv


def rows(count: int = 50, seed: int = 13) -> pa.Table:
    """The table."""
    rng = np.random.default_rng(seed)
    distance = np.round(rng.uniform(20, 2000, count), 0)
    staff = rng.integers(5, 400, count)
    late = 0.0012 * distance - 0.004 * staff + rng.logistic(0, 0.8, count) > 0.8
    return pa.table(
        {
            "supplier": [f"S{number:03d}" for number in range(count)],
            "distance_km": distance,
            "staff": staff,
            "years_known": rng.integers(0, 20, count),
            "orders_a_month": rng.poisson(6, count),
            "late": np.where(late, "yes", "no"),
        }
    )


if __name__ == "__main__":
    csv.write_csv(rows(), Path(__file__).with_name("suppliers.csv"), csv.WriteOptions(quoting_style="needed"))
