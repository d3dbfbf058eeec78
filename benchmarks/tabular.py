"""A table to learn from, as CSV files with the label in front, and the hyperparameters to learn with."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv

FEATURES = 20
HYPERPARAMETERS = {
    "objective": "binary:logistic",
    "num_round": "100",
    "max_depth": "6",
    "eta": "0.2",
    "eval_metric": "logloss",
    "tree_method": "hist",
    "base_score": "0.5",
}
"""Said in full, so that no version's defaults come into it."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table: what it is called, the folder for it, and its numbers of rows."""

    label: str
    folder: str
    train: int
    validation: int

    def write(self, folder: Path) -> dict[str, Path]:
        """Write the table; its files by channel."""
        rng = np.random.default_rng(7)
        files = {}
        for channel, rows in (("train", self.train), ("validation", self.validation)):
            features = rng.normal(size=(rows, FEATURES)).round(4)
            labels = features[:, :5].sum(axis=1) + rng.normal(size=rows) > 0
            columns = [labels.astype(np.int8), *features.T]
            files[channel] = folder / f"{channel}.csv"
            table = pa.table(columns, [str(number) for number in range(len(columns))])
            csv.write_csv(table, files[channel], csv.WriteOptions(include_header=False))
        return files


TABLES = (Table("5,000 rows", "small", 4_000, 1_000), Table("200,000 rows", "large", 180_000, 20_000))
