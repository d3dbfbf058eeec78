"""GluonTS's DeepAR as its documentation has it, in a process of its own: train, forecast the last points, measure.

    python bare_gluonts.py SERIES.json HYPERPARAMETERS.json BATCHES SEED

The last line it prints is the mean weighted quantile loss and the RMSE.
"""

import json
import logging
import sys
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")
for name in ("lightning.pytorch", "pytorch_lightning"):
    logging.getLogger(name).setLevel(logging.ERROR)

import numpy as np  # noqa: E402  # the lines above come first
import pandas as pd  # noqa: E402  # the same
import torch  # noqa: E402  # the same
from gluonts.torch import DeepAREstimator  # noqa: E402  # the same
from gluonts.torch.distributions import NormalOutput, StudentTOutput  # noqa: E402  # the same
from lightning.pytorch import seed_everything  # noqa: E402  # the same

_LEVELS = np.arange(1, 10) / 10
_LIKELIHOODS = {"gaussian": NormalOutput, "student-t": StudentTOutput}


def main(series: str, hyperparameters: str, batches: str, seed: str) -> None:
    """Train once."""
    panel, told = (json.loads(Path(path).read_text()) for path in (series, hyperparameters))
    seed_everything(int(seed), verbose=False)
    torch.set_num_threads(1)
    ahead = int(told["prediction_length"])
    start = pd.Period(panel["start"], "h")
    known = [
        {"start": start, "target": np.array(target, np.float32), "feat_static_cat": [number]}
        for number, target in enumerate(panel["known"])
    ]
    tests = [(number, np.array(target, np.float32)) for number, target in panel["tests"]]
    asked = [{"start": start, "target": target[:-ahead], "feat_static_cat": [number]} for number, target in tests]
    categories = {"num_feat_static_cat": 1, "cardinality": [len(known)], "embedding_dimension": [10]}
    estimator = DeepAREstimator(
        freq="h",
        prediction_length=ahead,
        context_length=int(told["context_length"]),
        num_layers=int(told.get("num_layers", 2)),
        hidden_size=int(told.get("num_cells", 40)),
        lr=float(told["learning_rate"]),
        dropout_rate=float(told.get("dropout_rate", 0.1)),
        distr_output=_LIKELIHOODS[told["likelihood"].lower()](),
        batch_size=int(told["mini_batch_size"]),
        num_batches_per_epoch=int(batches),
        trainer_kwargs={
            "max_epochs": int(told["epochs"]),
            "enable_progress_bar": False,
            "enable_model_summary": False,
            "logger": False,
            "accelerator": "cpu",
            "default_root_dir": str(Path(series).parent),
        },
        **(categories if panel["cat"] else {}),
    )
    predictor = estimator.train(known)
    losses, size, squares, points = np.zeros(9), 0.0, 0.0, 0
    for (_, target), forecast in zip(tests, predictor.predict(asked, num_samples=100), strict=True):
        there = np.isfinite(target[-ahead:])
        came, paths = target[-ahead:][there].astype(float), np.sort(forecast.samples[:, there], axis=0)
        above = came - paths[np.round(99 * _LEVELS).astype(int)]
        losses += 2 * np.maximum(_LEVELS[:, None] * above, (_LEVELS[:, None] - 1) * above).sum(axis=1)
        size += np.abs(came).sum()
        squares += ((came - paths.mean(axis=0)) ** 2).sum()
        points += len(came)
    print(json.dumps([(losses / size).mean(), (squares / points) ** 0.5]))


if __name__ == "__main__":
    main(*sys.argv[1:])
