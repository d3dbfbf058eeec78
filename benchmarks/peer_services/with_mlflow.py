"""The model as MLflow keeps it, and MLflow's own server for it: one worker, which is uvicorn with uvloop.

No signature is saved with the model, so that no request is held against one.
"""

import os
from pathlib import Path

import mlflow.xgboost
import xgboost

if __name__ == "__main__":
    folder = str(Path("mlflow-model").absolute())
    booster = xgboost.Booster(model_file=os.environ["MODEL"])
    mlflow.xgboost.save_model(booster, folder, pip_requirements=["xgboost-cpu"])
    where = ("--host", "127.0.0.1", "--port", os.environ["PORT"])
    os.execlp("mlflow", "mlflow", "models", "serve", "-m", folder, "--env-manager", "local", "--workers", "1", *where)
