"""The churn notebook's training on 5,000 customers, and what XGBoost 0.90 to 3.0 made of it, each by its own defaults.

    python churn.py         # with some version of XGBoost: prints its line of recorded.json

The table is that of the examples. It is prepared as AWS's notebook prepares its own: charges dropped, words spread over
columns, shuffled, 70 % to train on and 20 % to validate with.
"""

import csv
import json
from pathlib import Path

import numpy as np

TABLE = Path(__file__).parents[4] / "examples" / "data" / "churn.csv"
ROUNDS = 100
PARAMETERS = {
    "max_depth": 5,
    "eta": 0.2,
    "gamma": 4,
    "min_child_weight": 6,
    "subsample": 0.8,
    "objective": "binary:logistic",
}
"""The notebook's."""


def prepare():
    """The rows to train on and those to validate with, the label first."""
    with TABLE.open(newline="") as text:
        lines = list(csv.DictReader(text))
    kept = [name for name in lines[0] if not name.endswith("_charge") and name != "churn"]
    columns = [column for name in kept for column in spread([line[name] for line in lines])]
    table = np.column_stack([[line["churn"] == "yes" for line in lines], *columns]).astype(np.float32)
    table = table[np.random.RandomState(1729).permutation(len(table))]
    return table[:3500], table[3500:4500]


def spread(values):
    """Numbers as they are, words as one column each."""
    if values[0].replace(".", "", 1).isdigit():
        return [[float(value) for value in values]]
    return [[value == word for value in values] for word in sorted(set(values))]


def main():
    import xgboost  # noqa: PLC0415 - the version that is recorded

    seen = {}
    for name, changes in {"notebook": {}, "whole": {"subsample": 1}}.items():
        matrices = [xgboost.DMatrix(table[:, 1:], table[:, 0]) for table in prepare()]
        parameters = {**PARAMETERS, **changes, "eval_metric": ["error", "logloss"], "nthread": 1}
        watched = list(zip(matrices, ("train", "validation")))  # noqa: B905 - old Pythons too
        result = {}
        xgboost.train(parameters, matrices[0], ROUNDS, evals=watched, evals_result=result, verbose_eval=False)
        seen[name] = {f"{part}-{metric}": values[-1] for part in result for metric, values in result[part].items()}
    print(json.dumps({xgboost.__version__: seen}))  # noqa: T201 - its only purpose


if __name__ == "__main__":
    main()
