"""Makes old_models.zip: models as XGBoost 0.90 to 1.7 left them, and what those versions predicted with them.

Each version in an environment of its own, or unpacked beside one with numpy 1.23 and scipy 1.10, on Python 3.11:

    python make.py FOLDER       # with xgboost 0.90, then 1.0.2, 1.2.1, 1.3.3, 1.5.2 and 1.7.6
    cd FOLDER && zip -9 old_models.zip *

The files in the archive were made on 2026-11-28. A file is named by version, kind of model and format; the number is
the protocol of the pickle. Predictions are for the rows of rows.json.
"""

import json
import pickle
import sys
from pathlib import Path

import numpy as np
import xgboost

VERSION = xgboost.__version__
WANTED = {
    "0.90": ("binary.pickle3", "binary.pickle0", "binary.model", "early.pickle4", "softprob.pickle3", "dart.pickle2"),
    "1.0.2": ("binary.pickle3", "linear.pickle3"),
    "1.2.1": ("early.pickle3", "softprob.model"),
    "1.3.3": ("binary.pickle3", "early.model"),
    "1.5.2": ("poisson.pickle4", "linear.model"),
    "1.7.6": ("softprob.pickle4", "dart.model"),
}
draw = np.random.RandomState(5)
ROWS = draw.normal(size=(200, 4)).round(2).astype(np.float32)
ROWS[::7, 3] = np.nan
BINARY = (ROWS[:, 0] + ROWS[:, 1] * ROWS[:, 2] > 0).astype(int)
KINDS = {
    "binary": ({"objective": "binary:logistic"}, BINARY),
    "early": ({"objective": "binary:logistic", "eta": 1}, BINARY),
    "dart": ({"objective": "binary:logistic", "booster": "dart", "rate_drop": 0.3, "seed": 1}, BINARY),
    "softprob": ({"objective": "multi:softprob", "num_class": 3}, np.digitize(ROWS[:, 0], [-0.5, 0.5])),
    "linear": ({"objective": "reg:squarederror", "booster": "gblinear"}, ROWS[:, 0] * 2),
    "poisson": ({"objective": "count:poisson"}, np.abs(ROWS[:, 0] * 3).round()),
}


def train(kind):
    parameters, labels = KINDS[kind]
    parameters = {"max_depth": 2, "eta": 0.5, "nthread": 1, **parameters}
    data = xgboost.DMatrix(ROWS[:150], label=labels[:150])
    checks = xgboost.DMatrix(ROWS[150:], label=labels[150:])
    if kind == "early":  # stops some rounds after the best one, which is what counts
        return xgboost.train(parameters, data, 60, evals=[(checks, "checks")], early_stopping_rounds=3)
    return xgboost.train(parameters, data, 3)


def predict(booster, kind):
    rows = xgboost.DMatrix(ROWS[:8])
    limit = {} if kind == "linear" else {"ntree_limit": getattr(booster, "best_ntree_limit", 0)}
    return booster.predict(rows, **limit).tolist()


def main(folder):
    rows = [[None if np.isnan(value) else round(float(value), 2) for value in row] for row in ROWS[:8]]
    (folder / "rows.json").write_text(json.dumps(rows))
    for name in WANTED[VERSION]:
        kind, _, form = name.partition(".")
        booster = train(kind)
        file = folder / f"{VERSION}-{name}"
        if form == "model":
            booster.save_model(str(file))
        else:
            file.write_bytes(pickle.dumps(booster, protocol=int(form[-1])))
        file.with_name(f"{file.name}.json").write_text(json.dumps(predict(booster, kind)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
