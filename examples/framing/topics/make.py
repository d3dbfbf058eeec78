"""Make the articles: seeded, not real. Each counts words of four fields; an article may be of several topics."""

from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv

TOPICS = ("politics", "economics", "science", "sport")
WORDS = ("vote", "minister", "market", "price", "cell", "energy", "match", "goal")


def rows(count: int = 3000, seed: int = 17) -> pa.Table:
    """The table."""
    rng = np.random.default_rng(seed)
    topics = rng.random((count, 4)) < [0.35, 0.3, 0.2, 0.25]
    topics[:, 1] |= topics[:, 0] & (rng.random(count) < 0.3)
    rate = 0.4 + 2.5 * np.repeat(topics, 2, axis=1)
    counts = rng.poisson(rate)
    return pa.table(
        {"article": np.arange(count) * 3 + 1000, "length": rng.integers(200, 2500, count)}
        | {f"count_{word}": counts[:, place] for place, word in enumerate(WORDS)}
        | {name: np.where(topics[:, place], "yes", "no") for place, name in enumerate(TOPICS)}
    )


if __name__ == "__main__":
    csv.write_csv(rows(), Path(__file__).with_name("articles.csv"), csv.WriteOptions(quoting_style="needed"))
