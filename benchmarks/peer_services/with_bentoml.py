"""The model behind BentoML: one worker, requests gathered by adaptive batching, neither access log nor metrics."""

import os
from pathlib import Path
from typing import Annotated

import bentoml
import numpy as np
import xgboost
from bentoml.validators import DType

Numbers = Annotated[np.ndarray, DType("float32")]


@bentoml.service(workers=1, logging={"access": {"enabled": False}}, metrics={"enabled": False})
class Predictor:
    def __init__(self):
        self.booster = xgboost.Booster(model_file=os.environ["MODEL"])

    @bentoml.api(batchable=True, max_batch_size=64, max_latency_ms=1000)
    def predict(self, features: Numbers) -> Numbers:
        return self.booster.inplace_predict(features)


if __name__ == "__main__":
    where = ("--working-dir", str(Path(__file__).parent), "--host", "127.0.0.1", "--port", os.environ["PORT"])
    os.execlp("bentoml", "bentoml", "serve", "with_bentoml:Predictor", *where)
