"""Make the deliveries: seeded, not real. Lateness and damage decide, people differ."""

from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv

LEVELS = np.array(["very unsatisfied", "unsatisfied", "neutral", "satisfied", "very satisfied"])


def rows(count: int = 4000, seed: int = 11) -> pa.Table:
    """The table."""
    rng = np.random.default_rng(seed)
    promised = rng.integers(1, 8, count)
    late = np.round(np.maximum(rng.normal(0.2, 1.6, count), -promised + 0.5), 1)
    damaged = rng.random(count) < 0.06
    price = np.round(rng.lognormal(3.6, 0.8, count), 2)
    orders = rng.poisson(3, count)
    mood = 1.2 - 0.8 * np.maximum(late, 0) - 2.2 * damaged - 0.003 * price + 0.08 * orders + rng.logistic(0, 0.7, count)
    level = np.searchsorted([-3.0, -1.2, 0.3, 1.9], mood)
    return pa.table(
        {
            "order_id": np.arange(70_001, 70_001 + count),
            "promised_days": promised,
            "days_late": late,
            "damaged": np.where(damaged, "yes", "no"),
            "price": price,
            "orders_before": orders,
            "carrier": rng.choice(["north", "post", "swift"], count, p=[0.2, 0.5, 0.3]),
            "satisfaction": LEVELS[level],
        }
    )


if __name__ == "__main__":
    csv.write_csv(rows(), Path(__file__).with_name("deliveries.csv"), csv.WriteOptions(quoting_style="needed"))
