"""Scripts of one's own, by the SageMaker Python SDK, version 2; what they learn is what their libraries learn here."""

import json
import tarfile
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import xgboost
from sklearn.linear_model import Ridge
from tests.algorithms.script.conftest import make_wheel

pytestmark = pytest.mark.client("sdk2")

RIDGE = """
import argparse, os
import joblib, numpy
from sklearn.linear_model import Ridge
from reading import table

def model_fn(folder):
    return joblib.load(os.path.join(folder, "ridge.joblib"))

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--alpha", type=float)
    parser.add_argument("--train", default=os.environ["SM_CHANNEL_TRAIN"])
    arguments = parser.parse_args()
    labels, features = table(arguments.train)
    model = Ridge(alpha=arguments.alpha).fit(features, labels)
    print(f"r2={model.score(features, labels):.12f};")
    joblib.dump(model, os.path.join(os.environ["SM_MODEL_DIR"], "ridge.joblib"))
"""
READING = """
import os, numpy
from tiny import DELIMITER

def table(folder):
    rows = numpy.loadtxt(os.path.join(folder, "train.csv"), delimiter=DELIMITER)
    return rows[:, 0], rows[:, 1:]
"""
TREES = """
import argparse, os
import xgboost
from reading import table

def model_fn(folder):
    return xgboost.Booster(model_file=os.path.join(folder, "trees.ubj"))

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--max_depth", type=int)
    parser.add_argument("--rounds", type=int)
    arguments = parser.parse_args()
    labels, features = table(os.environ["SM_CHANNEL_TRAIN"])
    train, ended = xgboost.DMatrix(features, labels), {}
    parameters = {"max_depth": arguments.max_depth, "seed": 1}
    keep = xgboost.callback.TrainingCheckPoint("/opt/ml/checkpoints", "trees", interval=2)
    booster = xgboost.train(
        parameters, train, arguments.rounds, [(train, "train")], evals_result=ended, callbacks=[keep]
    )
    booster.save_model(os.path.join(os.environ["SM_MODEL_DIR"], "trees.ubj"))
"""
FAILS = """
def prepare(rows):
    raise ValueError(f"no labels in {rows} rows")

prepare(7)
"""
PROGRAM = """
import json, pathlib, sys
import numpy as np, sagemaker
from sagemaker.exceptions import UnexpectedStatusException
from sagemaker.s3 import S3Downloader
from sagemaker.serializers import CSVSerializer
from sagemaker.deserializers import CSVDeserializer
from sagemaker.sklearn import SKLearn, SKLearnModel
from sagemaker.xgboost import XGBoost

session, role, told = sagemaker.Session(), sagemaker.get_execution_role(), {}
checkpoints = f"s3://{session.default_bucket()}/checkpoints"
train = session.upload_data("train.csv", key_prefix="scripts")
ask = np.loadtxt("ask.csv", delimiter=",")
machine = {"instance_type": "ml.m5.large", "instance_count": 1, "role": role, "sagemaker_session": session}

trees = XGBoost(
    "trees.py", "1.7-1", source_dir="code", hyperparameters={"max_depth": 3, "rounds": 6}, **machine,
    use_spot_instances=True, max_run=600, max_wait=900, checkpoint_s3_uri=checkpoints,
)
trees.fit({"train": train}, wait=False)
fails = SKLearn("fails.py", framework_version="1.2-1", source_dir="code", **machine)
fails.fit({"train": train}, wait=False)
ridge = SKLearn(
    "ridge.py", framework_version="1.2-1", source_dir="code", hyperparameters={"alpha": 0.5}, **machine,
    metric_definitions=[{"Name": "r2", "Regex": "r2=(.*?);"}],
)
ridge.fit({"train": train}, logs="All")
trees.latest_training_job.wait(logs="All")

name = ridge.latest_training_job.name
S3Downloader.download(ridge.model_data, "ridge", sagemaker_session=session)
S3Downloader.download(trees.model_data, "trees", sagemaker_session=session)
told["r2"] = sagemaker.TrainingJobAnalytics(name, ["r2"], sagemaker_session=session).dataframe()["value"].tolist()
told["checkpoints"] = sorted(uri.rsplit("/", 1)[1] for uri in S3Downloader.list(checkpoints, sagemaker_session=session))
try:
    fails.latest_training_job.wait(logs="None")
except UnexpectedStatusException as error:
    told["failure"] = str(error)

attached = SKLearn.attach(name, session)
told["attached"] = [attached.model_data == ridge.model_data, attached.hyperparameters()["alpha"]]
by_trees = trees.deploy(1, "ml.m5.large", serializer=CSVSerializer(), deserializer=CSVDeserializer(), wait=False)
by_model = SKLearnModel(
    ridge.model_data, role, "ridge.py", framework_version="1.2-1", source_dir="code", sagemaker_session=session
).deploy(1, "ml.m5.large", wait=False)
by_ridge = attached.deploy(1, "ml.m5.large")
told["ridge"] = by_ridge.predict(ask).tolist()
told["model"] = by_model.predict(ask).tolist()
told["trees"] = [float(score) for row in by_trees.predict(ask) for score in row]
for predictor in (by_ridge, by_model, by_trees):
    predictor.delete_model()
    predictor.delete_endpoint()

batch = session.upload_data("batch.csv", key_prefix="batch")
transformer = ridge.transformer(1, "ml.m5.large", strategy="MultiRecord", assemble_with="Line", accept="text/csv")
transformer.transform(
    batch, content_type="text/csv", split_type="Line",
    input_filter="$[1:]", join_source="Input", output_filter="$[0,-1]", logs=False,
)
told["joined"] = S3Downloader.read_file(transformer.output_path + "/batch.csv.out", sagemaker_session=session)
pathlib.Path("told.json").write_text(json.dumps(told))
"""


def artifact(folder: Path, name: str) -> Path:
    """A file of a model.tar.gz, unpacked."""
    with tarfile.open(folder / "model.tar.gz") as tar:
        tar.extract(name, folder, filter="data")
    return folder / name


@pytest.fixture
def data(tmp_path: Path) -> tuple[Any, Any, Any]:
    """Labels and features to learn from, and rows to ask of; the files and the code of the program."""
    rng = np.random.default_rng(5)
    features, ask = rng.uniform(size=(300, 4)).round(3), rng.uniform(size=(5, 4)).round(3)
    labels = (features @ [3, -2, 0.5, 0] + rng.normal(scale=0.1, size=300)).round(4)
    np.savetxt(tmp_path / "train.csv", np.column_stack([labels, features]), "%.4f", ",")
    np.savetxt(tmp_path / "ask.csv", ask, "%.3f", ",")
    np.savetxt(tmp_path / "batch.csv", np.column_stack([range(100, 105), ask]), ["%d", *["%.3f"] * 4], ",")
    make_wheel(tmp_path / "code", code="DELIMITER = ','\n")
    (tmp_path / "code" / "requirements.txt").write_text("./tiny-1.0-py3-none-any.whl\n")
    for name, text in {"ridge": RIDGE, "reading": READING, "trees": TREES, "fails": FAILS}.items():
        (tmp_path / "code" / f"{name}.py").write_text(text)
    return labels, features, ask


def test_scripts_learn_and_predict_what_their_libraries_do(
    client_program: Any, data: tuple[Any, Any, Any], tmp_path: Path
) -> None:
    """Fitted with requirements, attached, deployed, asked and run over a batch; a script that fails tells why."""
    said = client_program(PROGRAM)
    told = json.loads((tmp_path / "told.json").read_text())
    labels, features, ask = data
    ridge = Ridge(alpha=0.5).fit(features, labels)
    matrix = xgboost.DMatrix(features, labels)
    trees = xgboost.train({"max_depth": 3, "seed": 1}, matrix, 6)
    expected = ridge.predict(ask).tolist()

    assert f"r2={ridge.score(features, labels):.12f};" in said
    assert f"[5]\ttrain-rmse:{float(trees.eval(matrix).split(':')[1]):.5f}" in said.replace("#011", "\t")
    assert joblib.load(artifact(tmp_path / "ridge", "ridge.joblib")).coef_.tolist() == ridge.coef_.tolist()
    assert xgboost.Booster(model_file=artifact(tmp_path / "trees", "trees.ubj")).get_dump() == trees.get_dump()
    assert told["r2"] == pytest.approx([ridge.score(features, labels)])
    assert told["checkpoints"] == ["trees_2.ubj", "trees_4.ubj"]
    assert "ValueError: no labels in 7 rows" in told["failure"]
    assert told["attached"] == [True, "0.5"]

    assert told["ridge"] == told["model"] == pytest.approx(expected)
    assert told["trees"] == pytest.approx(trees.predict(xgboost.DMatrix(ask)).tolist())
    joined = [line.split(",") for line in told["joined"].splitlines()]
    assert [row[0] for row in joined] == ["100", "101", "102", "103", "104"]
    assert [float(row[1]) for row in joined] == pytest.approx(expected, rel=1e-5)
