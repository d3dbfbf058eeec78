"""Make the visitors: seeded, not real. Who answers has nothing to do with what is known of them."""

from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv


def rows(count: int = 4000, seed: int = 14) -> pa.Table:
    """The table."""
    rng = np.random.default_rng(seed)
    return pa.table(
        {
            "visit": np.arange(500_000, 500_000 + 7 * count, 7),
            "pages": rng.poisson(4, count) + 1,
            "seconds": np.round(rng.lognormal(4, 1, count), 0),
            "device": rng.choice(["phone", "laptop", "tablet"], count, p=[0.6, 0.3, 0.1]),
            "hour": rng.integers(0, 24, count),
            "returning": np.where(rng.random(count) < 0.4, "yes", "no"),
            "country": rng.choice(["AT", "CH", "DE", "FR", "IT"], count),
            "answered": np.where(rng.random(count) < 0.2, "yes", "no"),
        }
    )


if __name__ == "__main__":
    csv.write_csv(rows(), Path(__file__).with_name("visitors.csv"), csv.WriteOptions(quoting_style="needed"))
