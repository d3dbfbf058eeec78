"""The same training without a platform, in a process of its own: read CSV, boost, save the model.

    python bare_xgboost.py TRAIN VALIDATION MODEL THREADS

The last line it prints is the seconds it took without the interpreter's start and the imports.
"""

import sys
import time

sys.modules |= dict.fromkeys(("pandas", "sklearn"))  # else XGBoost imports them where it can, and starts later

import numpy as np  # noqa: E402  # the line above comes first
import pyarrow as pa  # noqa: E402  # the same
import xgboost  # noqa: E402  # the same
from pyarrow import csv  # noqa: E402  # the same
from tabular import FEATURES, HYPERPARAMETERS  # noqa: E402  # the same


def read(path: str, threads: int) -> xgboost.DMatrix:
    """The matrix of a CSV file with the label in front."""
    names = [str(column) for column in range(FEATURES + 1)]
    types = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.float32()))
    table = csv.read_csv(path, csv.ReadOptions(column_names=names), convert_options=types)
    numbers = np.empty((table.num_rows, table.num_columns), np.float32)
    for index, column in enumerate(table.columns):
        numbers[:, index] = column.to_numpy()
    return xgboost.DMatrix(numbers[:, 1:], numbers[:, 0], nthread=threads)


def main(train: str, validation: str, model: str, threads: str) -> None:
    """Train once."""
    began = time.perf_counter()
    parameters = HYPERPARAMETERS | {"nthread": threads}
    rounds = int(parameters.pop("num_round"))
    data, checks = read(train, int(threads)), read(validation, int(threads))
    booster = xgboost.train(parameters, data, rounds, evals=[(data, "train"), (checks, "validation")])
    booster.save_model(model)
    print(time.perf_counter() - began)


if __name__ == "__main__":
    main(*sys.argv[1:])
