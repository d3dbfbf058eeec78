"""The model behind FastAPI: loaded once, one row a request, scored on the event loop.

A single row takes XGBoost less time than handing it to a thread would. Pydantic reads and writes the JSON.
"""

import os

import numpy as np
import uvicorn
import xgboost
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
booster = xgboost.Booster(model_file=os.environ["MODEL"])


class Row(BaseModel):
    features: list[float]


class Answer(BaseModel):
    prediction: float


@app.post("/predict")
async def predict(row: Row) -> Answer:
    scores = booster.inplace_predict(np.array([row.features], np.float32))
    return Answer(prediction=float(scores[0]))


if __name__ == "__main__":
    uvicorn.run(
        app, port=int(os.environ["PORT"]), loop="uvloop", http="httptools", access_log=False, log_level="warning"
    )
