"""The SageMaker Python SDK, version 3: Transformer and ModelBuilder, held against the model itself."""

import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
import xgboost
from tests.journeys.conftest import make_rows

pytestmark = pytest.mark.client("sdk3")

TRANSFORMER = """
from sagemaker.core import image_uris
from sagemaker.core.helper.session_helper import Session, get_execution_role
from sagemaker.core.resources import Model, TransformJob
from sagemaker.core.s3 import S3Downloader
from sagemaker.core.transformer import Transformer
session = Session()
container = {
    "image": image_uris.retrieve("xgboost", "us-east-1", "1.7-1"),
    "model_data_url": session.upload_data("model.tar.gz", key_prefix="transformer/model"),
}
model = Model.create(model_name="boosted", primary_container=container, execution_role_arn=get_execution_role())
output = f"s3://{session.default_bucket()}/transformer/scored"
more = {"strategy": "MultiRecord", "assemble_with": "Line", "accept": "text/csv", "output_path": output}
transformer = Transformer(model_name=model.model_name, instance_count=1, instance_type="ml.m5.large", **more)
rows = session.upload_data("rows", key_prefix="transformer/rows")
filters = {"input_filter": "$[1:]", "join_source": "Input", "output_filter": "$[0,-1]"}
transformer.transform(rows, content_type="text/csv", split_type="Line", **filters)
job = TransformJob.get(transformer.latest_transform_job.transform_job_name)
S3Downloader.download(output, "scored", sagemaker_session=session)
print(job.transform_job_status, job.data_processing.input_filter)
transformer.delete_model()
"""

BOOSTED = """
from sagemaker.core import image_uris
from sagemaker.core.helper.session_helper import Session, get_execution_role
from sagemaker.core.resources import Endpoint
from sagemaker.serve import ModelBuilder
session = Session()
builder = ModelBuilder(
    s3_model_data_url=session.upload_data("model.tar.gz", key_prefix="builder/model"),
    image_uri=image_uris.retrieve("xgboost", "us-east-1", "1.7-1"),
    role_arn=get_execution_role(),
    instance_type="ml.m5.large",
    sagemaker_session=session,
)
builder.build(model_name="built")
endpoint = builder.deploy(endpoint_name="built", instance_type="ml.m5.large", initial_instance_count=1)
answer = endpoint.invoke(body=open("rows/rows.csv").read(), content_type="text/csv", accept="application/json")
found = Endpoint.get("built").endpoint_status, [one.endpoint_name for one in Endpoint.get_all(name_contains="built")]
endpoint.delete()
endpoint.wait_for_delete()
print()
print(answer.body.read().decode())
print(*found)
"""

SCRIPT = """
import json
import os


def model_fn(folder):
    with open(os.path.join(folder, "slope.json")) as file:
        return json.load(file)


def predict_fn(rows, model):
    return rows * model["slope"]
"""

SCRIPTED = """
from urllib.parse import urlsplit

from sagemaker.core import image_uris
from sagemaker.core.helper.session_helper import Session, get_execution_role
from sagemaker.core.inference_config import {shape}
from sagemaker.core.training.configs import SourceCode
from sagemaker.serve import ModelBuilder
session = Session()
builder = ModelBuilder(
    s3_model_data_url=session.upload_data("model.tar.gz", key_prefix="sloped/model"),
    image_uri=image_uris.retrieve("sklearn", "us-east-1", "1.4-2"),
    source_code=SourceCode(source_dir="code", entry_script="inference.py"),
    role_arn=get_execution_role(),
    instance_type="ml.m5.large",
    sagemaker_session=session,
)
builder.build(model_name="{name}")
endpoint = builder.deploy(endpoint_name="{name}", inference_config={config})
"""

SERVERLESS = """
answer = endpoint.invoke(body="1.0,2.0", content_type="text/csv", accept="application/json")
print()
print(answer.body.read().decode())
"""

ASYNCHRONOUS = """
asked = session.upload_data("asked.csv", key_prefix="sloped/asked")
said = endpoint.invoke_async(input_location=asked, content_type="text/csv", accept="application/json")
address = urlsplit(said.output_location)
place = {"Bucket": address.netloc, "Key": address.path[1:]}
s3 = session.boto_session.client("s3")
s3.get_waiter("object_exists").wait(**place, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
print()
print(s3.get_object(**place)["Body"].read().decode())
"""


@pytest.fixture
def boosted(tmp_path: Path) -> xgboost.Booster:
    """A model, packed as the built-in algorithm packs its own."""
    rows = np.array(make_rows(300))
    table = xgboost.DMatrix(rows[:, 1:], rows[:, 0])
    model = xgboost.train({"objective": "binary:logistic", "max_depth": 3}, table, num_boost_round=10)
    pack(tmp_path, "xgboost-model", bytes(model.save_raw("ubj")))
    return model


@pytest.fixture
def features(tmp_path: Path) -> np.ndarray:
    """Rows that the model has not seen."""
    rows = np.array(make_rows(100, seed=8))[:, 1:]
    (tmp_path / "rows").mkdir()
    np.savetxt(tmp_path / "rows" / "rows.csv", rows, delimiter=",", fmt="%.4f")
    return rows


def pack(folder: Path, name: str, content: bytes) -> None:
    with tarfile.open(folder / "model.tar.gz", "w:gz") as tar:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))


def test_a_transformer_scores_as_the_model_does(client_program, boosted, features, tmp_path):
    """Each row by its name: filtered before the model, joined and filtered after it."""
    numbers = range(len(features))
    named = "".join(f"{number},{','.join(f'{value:.4f}' for value in features[number])}\n" for number in numbers)
    (tmp_path / "rows" / "rows.csv").write_text(named)

    assert client_program(TRANSFORMER).splitlines()[-1] == "Completed $[1:]"
    scored = np.loadtxt(tmp_path / "scored" / "rows.csv.out", delimiter=",")
    assert scored[:, 0].tolist() == list(numbers)
    assert scored[:, 1] == pytest.approx(boosted.inplace_predict(features), abs=1e-6)


def test_a_model_builder_deploys_the_built_in_xgboost(client_program, boosted, features):
    """The endpoint answers as the model does, is found as a resource, and goes when it is deleted."""
    answered, found = client_program(BOOSTED).splitlines()[-2:]

    scores = [prediction["score"] for prediction in json.loads(answered)["predictions"]]
    assert scores == pytest.approx(boosted.inplace_predict(features), abs=1e-6)
    assert found == "InService ['built']"


@pytest.mark.parametrize(
    ("shape", "config", "ask"),
    [
        (
            "ServerlessInferenceConfig",
            "ServerlessInferenceConfig(memory_size_in_mb=1024, max_concurrency=2)",
            SERVERLESS,
        ),
        ("AsyncInferenceConfig", "AsyncInferenceConfig()", ASYNCHRONOUS),
    ],
    ids=["serverless", "asynchronous"],
)
def test_a_model_builder_deploys_a_script(client_program, tmp_path, shape, config, ask):
    """Packed beside its model, behind the image of scikit-learn: on demand, and with a queue before it."""
    pack(tmp_path, "slope.json", b'{"slope": 3}')
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "inference.py").write_text(SCRIPT)
    (tmp_path / "asked.csv").write_text("1.0,2.0")

    answered = client_program(SCRIPTED.format(shape=shape, config=config, name=shape.lower()) + ask).splitlines()[-1]
    assert np.ravel(json.loads(answered)).tolist() == [3.0, 6.0]
