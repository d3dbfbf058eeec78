"""An endpoint that serves an XGBoost model of ours, and the predictions that are right for it."""

import io
import tarfile
from dataclasses import dataclass

import numpy as np
import xgboost
from account import BUCKET, IMAGE, ROLE, make_client
from connection import Connection
from numpy.typing import NDArray
from servers import Server
from signing import sign_invocation

TREES, DEPTH, FEATURES, ROWS = 100, 6, 20, 256

_NAME = "benchmark"
_CLOSE_ENOUGH = 1e-6


@dataclass(frozen=True, slots=True)
class Questions:
    """Rows of CSV, one for each request, and what XGBoost itself predicts for each of them."""

    rows: list[bytes]
    answers: NDArray[np.float32]

    def signed(self, server: Server) -> list[bytes]:
        """A request for each row, signed now."""
        return [sign_invocation(server, _NAME, row) for row in self.rows]

    def check(self, server: Server) -> float:
        """Ask everything once; the largest difference from the right answers.

        Raises:
            ValueError: It is too large.
        """
        with Connection(server.url) as connection:
            given = [float(connection.ask(request)) for request in self.signed(server)]
        difference = float(np.abs(np.array(given) - self.answers).max())
        if difference > _CLOSE_ENOUGH:
            raise ValueError(f"the endpoint's predictions are off by up to {difference}")
        return difference


def deploy(server: Server) -> Questions:
    """Put a model behind an endpoint and wait until it serves; what can be asked of it."""
    rng = np.random.default_rng(7)
    model = _train(rng)
    s3, sagemaker = (make_client(server.url, server.key, service) for service in ("s3", "sagemaker"))
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="model.tar.gz", Body=_pack(model))
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/model.tar.gz"}
    sagemaker.create_model(ModelName=_NAME, PrimaryContainer=container, ExecutionRoleArn=ROLE)
    variant = {"VariantName": "all", "ModelName": _NAME, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName=_NAME, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=_NAME, EndpointConfigName=_NAME)
    patience = {"Delay": 0.1, "MaxAttempts": 300}
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=_NAME, WaiterConfig=patience)
    rows = [b",".join(b"%.4f" % value for value in row) for row in rng.normal(size=(ROWS, FEATURES))]
    features = np.array([[float(field) for field in row.split(b",")] for row in rows], np.float32)
    return Questions(rows, model.inplace_predict(features))


def _train(rng: np.random.Generator) -> xgboost.Booster:
    features = rng.normal(size=(20_000, FEATURES)).astype(np.float32)
    labels = (features[:, :5].sum(axis=1) + rng.normal(size=len(features)) > 0).astype(np.float32)
    parameters = {"objective": "binary:logistic", "max_depth": DEPTH, "eta": 0.1, "nthread": 1}
    return xgboost.train(parameters, xgboost.DMatrix(features, labels), TREES)


def _pack(model: xgboost.Booster) -> bytes:
    content = bytes(model.save_raw("ubj"))
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        entry = tarfile.TarInfo("xgboost-model")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()
