"""What a user sends along: reads a channel, trains, saves a model."""

import argparse
import os
from pathlib import Path

import numpy as np
import xgboost

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int)
    parser.add_argument("--train", type=Path, default=os.environ["SM_CHANNEL_TRAIN"])
    arguments = parser.parse_args()
    table = np.loadtxt(arguments.train / "part.csv", delimiter=",", dtype=np.float32)
    data = xgboost.DMatrix(table[:, 1:], table[:, 0], nthread=arguments.threads)
    parameters = {"objective": "binary:logistic", "tree_method": "hist", "nthread": arguments.threads}
    booster = xgboost.train(parameters, data, 100)
    Path(os.environ["SM_MODEL_DIR"], "xgboost-model").write_bytes(booster.save_raw("ubj"))
