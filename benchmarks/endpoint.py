"""An endpoint that serves an XGBoost model of ours, and the predictions that are right for it."""

import io
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import xgboost
from account import BUCKET, IMAGE, ROLE, make_client
from connection import Connection
from numpy.typing import NDArray
from servers import Server
from signing import sign_invocation

TREES, DEPTH, FEATURES, ROWS = 100, 6, 20, 256

_MODEL = "benchmark"
_CLOSE_ENOUGH = 1e-6


@dataclass(frozen=True, slots=True)
class Questions:
    """A model, rows that take turns, one for each request, and what XGBoost itself predicts for each of them.

    Attributes:
        model: The model's file, as XGBoost writes it.
        rows: Numbers of four decimals, a row for each request.
        answers: One for each row.
    """

    model: bytes
    rows: list[list[float]]
    answers: NDArray[np.float32]

    def signed(self, server: Server, endpoint: str = "benchmark") -> list[bytes]:
        """A request to an endpoint for each row, as CSV, signed now."""
        rows = (b",".join(b"%.4f" % value for value in row) for row in self.rows)
        return [sign_invocation(server, endpoint, row) for row in rows]

    def check(self, url: str, requests: list[bytes], read: Callable[[bytes], float] = float) -> float:
        """Ask everything once; the largest difference from the right answers.

        Raises:
            ValueError: It is too large.
        """
        with Connection(url) as connection:
            given = [read(connection.ask(request)) for request in requests]
        difference = float(np.abs(np.array(given) - self.answers).max())
        if difference > _CLOSE_ENOUGH:
            raise ValueError(f"predictions are off by up to {difference}")
        return difference


def make_questions() -> Questions:
    """Train the model, and draw what it is asked; the same each time."""
    rng = np.random.default_rng(7)
    model = _train(rng)
    rows = rng.normal(size=(ROWS, FEATURES)).round(4)
    return Questions(bytes(model.save_raw("ubj")), rows.tolist(), model.inplace_predict(rows.astype(np.float32)))


def deploy(server: Server, questions: Questions) -> None:
    """Put the model behind an endpoint, and wait until it serves."""
    s3, sagemaker = (make_client(server.url, server.key, service) for service in ("s3", "sagemaker"))
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="model.tar.gz", Body=_pack(questions.model))
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/model.tar.gz"}
    sagemaker.create_model(ModelName=_MODEL, PrimaryContainer=container, ExecutionRoleArn=ROLE)
    serve(server, "benchmark")


def serve(server: Server, endpoint: str, **settings: Any) -> None:
    """Make one more endpoint of the model that is deployed, with settings of its own in its configuration."""
    sagemaker = make_client(server.url, server.key, "sagemaker")
    variant = {"VariantName": "all", "ModelName": _MODEL, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName=endpoint, ProductionVariants=[variant], **settings)
    sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName=endpoint)
    patience = {"Delay": 0.1, "MaxAttempts": 300}
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=endpoint, WaiterConfig=patience)


def _train(rng: np.random.Generator) -> xgboost.Booster:
    features = rng.normal(size=(20_000, FEATURES)).astype(np.float32)
    labels = (features[:, :5].sum(axis=1) + rng.normal(size=len(features)) > 0).astype(np.float32)
    parameters = {"objective": "binary:logistic", "max_depth": DEPTH, "eta": 0.1, "nthread": 1}
    return xgboost.train(parameters, xgboost.DMatrix(features, labels), TREES)


def _pack(model: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        entry = tarfile.TarInfo("xgboost-model")
        entry.size = len(model)
        archive.addfile(entry, io.BytesIO(model))
    return packed.getvalue()
