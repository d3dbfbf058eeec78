"""A training without a platform, as one writes it oneself: read a table, boost, save the model.

    python bare_boosting.py READER TRAIN VALIDATION MODEL THREADS HYPERPARAMETERS

READER is `pandas` or `pyarrow`; the files are CSV without a header or Parquet, by their names, the label in front;
HYPERPARAMETERS is a JSON object. It prints XGBoost's own lines, and as the last one the seconds from the first byte
read to the model saved.
"""

import json
import sys
import time
from typing import Any

if sys.argv[1] == "pyarrow":
    sys.modules |= dict.fromkeys(("pandas", "sklearn"))  # else XGBoost imports them where it can, and starts later

import numpy as np  # the line above comes first
import xgboost  # the same


def read_by_pandas(path: str) -> tuple[Any, Any]:
    """The features and labels of a file, as pandas has them."""
    import pandas as pd  # noqa: PLC0415 - only this reader needs it

    frame = pd.read_csv(path, header=None) if path.endswith(".csv") else pd.read_parquet(path)
    return frame.iloc[:, 1:], frame.iloc[:, 0]


def read_by_pyarrow(path: str) -> tuple[Any, Any]:
    """The same, as PyArrow reads them, in one array of 32-bit floats."""
    import pyarrow as pa  # noqa: PLC0415 - only this reader needs it
    from pyarrow import csv, parquet  # noqa: PLC0415 - the same

    if path.endswith(".csv"):
        with open(path) as text:  # noqa: PTH123 - shorter
            names = [str(number) for number in range(text.readline().count(",") + 1)]
        types = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.float32()))
        table = csv.read_csv(path, csv.ReadOptions(column_names=names), convert_options=types)
    else:
        table = parquet.read_table(path)
    numbers = np.empty((table.num_rows, table.num_columns), np.float32)
    for index, column in enumerate(table.columns):
        numbers[:, index] = column.to_numpy()
    return numbers[:, 1:], numbers[:, 0]


def main(reader: str, train: str, validation: str, model: str, threads: str, hyperparameters: str) -> None:
    """Train once."""
    began = time.perf_counter()
    parameters = json.loads(hyperparameters) | {"nthread": int(threads)}
    rounds = int(parameters.pop("num_round"))
    read = read_by_pandas if reader == "pandas" else read_by_pyarrow
    features, labels = read(train)
    data = xgboost.DMatrix(features, labels, nthread=int(threads))
    features, labels = read(validation)
    checks = xgboost.DMatrix(features, labels, nthread=int(threads))
    del features, labels
    booster = xgboost.train(parameters, data, rounds, evals=[(data, "train"), (checks, "validation")])
    booster.save_model(model)
    print(time.perf_counter() - began)


if __name__ == "__main__":
    main(*sys.argv[1:])
