"""The SageMaker Python SDK, version 3: ModelTrainer, and the resources of sagemaker-core."""

import io
import json
import tarfile
from pathlib import Path

import joblib
import numpy as np
import pytest
import xgboost
from tests.algorithms.script.conftest import make_wheel
from tests.journeys.conftest import make_rows, to_csv

pytestmark = pytest.mark.client("sdk3")

SCIKIT_LEARN = """
import logging, sys
from sagemaker.core import image_uris
from sagemaker.core.helper.session_helper import Session, get_execution_role
from sagemaker.core.s3 import S3Downloader
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, SourceCode
logging.basicConfig(level=logging.INFO, stream=sys.stdout)
session = Session()
trainer = ModelTrainer(
    training_image=image_uris.retrieve("sklearn", "us-east-1", "1.2-1", py_version="py3", instance_type="ml.m5.large"),
    role=get_execution_role(),
    sagemaker_session=session,
    base_job_name="scikit",
    source_code=SourceCode(source_dir="code", entry_script="fit.py", requirements="needs.txt"),
    hyperparameters={"C": 10.0, "solver-name": "lbfgs", "shape": [1, 2], "scaled": True},
    compute=Compute(instance_type="ml.m5.large", instance_count=1),
)
held = session.upload_data("held", key_prefix="scikit/held")
trainer.train([InputData(channel_name="train", data_source="train"), InputData(channel_name="held", data_source=held)])
job = trainer._latest_training_job
S3Downloader.download(job.model_artifacts.s3_model_artifacts, "model", sagemaker_session=session)
S3Downloader.download(trainer.output_data, "output", sagemaker_session=session)
"""

FIT = """
import argparse, json, os, pathlib
import joblib, numpy as np, tiny
from names import MODEL
from sklearn.linear_model import LogisticRegression
parser = argparse.ArgumentParser()
parser.add_argument("--C", type=float)
for name in ("--shape", "--scaled"):
    parser.add_argument(name, type=json.loads)
parser.add_argument("--solver-name")
given = parser.parse_args()
train, held = (np.loadtxt(os.environ[f"SM_CHANNEL_{name}"] + "/rows.csv", delimiter=",") for name in ("TRAIN", "HELD"))
model = LogisticRegression(C=given.C, solver=given.solver_name).fit(train[:, 1:], train[:, 0])
print("accuracy is", model.score(held[:, 1:], held[:, 0]))
joblib.dump(model, pathlib.Path(os.environ["SM_MODEL_DIR"], MODEL))
told = {"given": vars(given), "hps": json.loads(os.environ["SM_HPS"]), "tiny": tiny.WORD}
pathlib.Path(os.environ["SM_OUTPUT_DATA_DIR"], "told.json").write_text(json.dumps(told))
"""

PLAIN = """
from sagemaker.core.image_retriever import ImageRetriever
from sagemaker.core.s3 import S3Downloader
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import InputData, SourceCode
trainer = ModelTrainer(
    training_image=ImageRetriever.retrieve_base_python_image_uri("us-east-1"),
    source_code=SourceCode(source_dir="code", command="python3 line.py", args=["--name", "the slope's", "--degree", 1]),
    environment={"ROUNDED": "6"},
)
trainer.train(input_data_config=[InputData(channel_name="points", data_source="points")])
S3Downloader.download(trainer._latest_training_job.model_artifacts.s3_model_artifacts, "model")
"""

LINE = """
import json, os, sys
import numpy as np
name, degree = sys.argv[2], int(sys.argv[4])
x, y = np.loadtxt("/opt/ml/input/data/points/points.csv", delimiter=",").T
line = np.polyfit(x, y, degree).round(int(os.environ["ROUNDED"])).tolist()
json.dump({name: line}, open("/opt/ml/model/line.json", "w"))
"""

XGBOOST = """
import json, logging, sys
from sagemaker.core import image_uris
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.image_retriever import ImageRetriever
from sagemaker.core.resources import TrainingJob
from sagemaker.core.s3 import S3Downloader
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData
logging.basicConfig(level=logging.INFO, stream=sys.stdout)
image = image_uris.retrieve("xgboost", "us-east-1", "1.7-1")
assert image == ImageRetriever.retrieve("xgboost", "us-east-1", version="1.7-1")
trainer = ModelTrainer(
    training_image=image,
    base_job_name="boosted",
    hyperparameters={"objective": "binary:logistic", "num_round": 10, "max_depth": 3, "eval_metric": "error"},
    compute=Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=10),
)
uploaded = {name: Session().upload_data(name, key_prefix=f"boosted/{name}") for name in ("train", "validation")}
trainer.train([InputData(channel_name=name, data_source=uri, content_type="csv") for name, uri in uploaded.items()])
job = TrainingJob.get(trainer._latest_training_job.training_job_name)
S3Downloader.download(job.model_artifacts.s3_model_artifacts, "model")
steps = [step.status for step in job.secondary_status_transitions]
metrics = {metric.metric_name: metric.value for metric in job.final_metric_data_list}
print(json.dumps({"metrics": metrics, "steps": steps, "hyperparameters": job.hyper_parameters}))
"""

FAILING = """
from sagemaker.core import image_uris
from sagemaker.core.utils.exceptions import FailedStatusError
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import SourceCode
from sagemaker.train.distributed import Torchrun
wanted = {{"py_version": "{python}", "instance_type": "ml.m5.large", "image_scope": "training"}}
image = image_uris.retrieve("{framework}", "us-east-1", "{version}", **wanted)
try:
    source = SourceCode(source_dir="code", entry_script="fit.py")
    ModelTrainer(training_image=image, source_code=source, distributed={runner}).train()
except FailedStatusError as error:
    print(error)
"""

RESOURCES = """
import time
from botocore.exceptions import ClientError
from sagemaker.core.resources import TrainingJob
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import SourceCode
image = "public.ecr.aws/docker/library/python:3.11-slim"
source = SourceCode(source_dir="code", command="echo begun; sleep 600")
trainer = ModelTrainer(training_image=image, base_job_name="sleeper", source_code=source)
trainer.train(wait=False)
name = trainer._latest_training_job.training_job_name
job = TrainingJob.get(name)
while job.secondary_status != "Training":
    time.sleep(0.1)
    job.refresh()
found = [one.training_job_name for one in TrainingJob.get_all(name_contains="sleeper")]
print(job.training_job_status, found == [name])
print(len(list(TrainingJob.get_all(name_contains="sleeper", status_equals="Completed"))))
job.stop()
job.wait(poll=1)
print(job.training_job_status, bool(job.training_time_in_seconds), bool(job.vpc_config))
try:
    TrainingJob.get("never-made")
except ClientError as error:
    print(error.response["Error"])
"""


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """The folder that the programs send as their source."""
    folder = tmp_path / "code"
    folder.mkdir()
    return folder


def put(folder: Path, name: str, rows: list[list[float]]) -> np.ndarray:
    """Write rows as a CSV file into a folder of a name; the rows."""
    (folder / name).mkdir()
    (folder / name / "rows.csv").write_bytes(to_csv(rows))
    return np.array(rows)


def unpacked(archive: Path, member: str) -> io.BytesIO:
    """A file of a tar.gz."""
    with tarfile.open(archive) as tar:
        file = tar.extractfile(member)
        assert file is not None
        return io.BytesIO(file.read())


def test_a_script_is_fitted_on_scikit_learns_image(client_program, code, tmp_path):
    """With modules, requirements, hyperparameters of every kind, channels from here and from S3; its logs are shown."""
    make_wheel(code)
    (code / "needs.txt").write_text("./tiny-1.0-py3-none-any.whl\n")
    (code / "names.py").write_text("MODEL = 'model.joblib'\n")
    (code / "fit.py").write_text(FIT)
    put(tmp_path, "train", make_rows(300))
    held = put(tmp_path, "held", make_rows(200, seed=8))

    said = client_program(SCIKIT_LEARN)
    model = joblib.load(unpacked(tmp_path / "model" / "model.tar.gz", "model.joblib"))
    told = json.load(unpacked(tmp_path / "output" / "output.tar.gz", "told.json"))

    accuracy = model.score(held[:, 1:], held[:, 0])
    assert accuracy > 0.95
    assert f"accuracy is {accuracy}" in said
    assert told["given"] == {"C": 10.0, "solver_name": "lbfgs", "shape": [1, 2], "scaled": True}
    assert told["hps"] == {"C": 10.0, "solver-name": "lbfgs", "shape": [1, 2], "scaled": True}
    assert told["tiny"] == "small"


def test_a_command_is_run_on_the_image_of_plain_python(client_program, code, tmp_path):
    """With its arguments as they are, blanks and quotes included, and the environment."""
    x = np.arange(20.0)
    y = 3 * x - 2 + np.sin(x)
    (tmp_path / "points").mkdir()
    np.savetxt(tmp_path / "points" / "points.csv", np.column_stack([x, y]), delimiter=",")
    (code / "line.py").write_text(LINE)

    client_program(PLAIN)

    line = json.load(unpacked(tmp_path / "model" / "model.tar.gz", "line.json"))
    assert line == {"the slope's": pytest.approx(np.polyfit(x, y, 1), abs=1e-6)}


def test_the_built_in_xgboost_is_fitted(client_program, tmp_path):
    """The errors that it tells are those of the model that it left."""
    rows = {"train": put(tmp_path, "train", make_rows(400))}
    rows["validation"] = put(tmp_path, "validation", make_rows(200, seed=8))

    said = client_program(XGBOOST)
    told = json.loads(said.splitlines()[-1])
    left = unpacked(tmp_path / "model" / "model.tar.gz", "xgboost-model").read()
    model = xgboost.Booster(model_file=bytearray(left))

    wrong = {
        f"{name}:error": np.mean((model.inplace_predict(table[:, 1:]) > 0.5) != table[:, 0])
        for name, table in rows.items()
    }
    assert told["metrics"] == pytest.approx(wrong, abs=1e-5)
    assert f"[9]#011train-error:{wrong['train:error']:.5f}#011validation-error:{wrong['validation:error']:.5f}" in said
    steps = [step for step in told["steps"] if step != "Pending"]  # which it is only where others work
    assert steps == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert told["hyperparameters"]["num_round"] == "10"


def test_the_exception_tells_why_a_script_failed(client_program, code):
    """The user's own lines from the innermost out, where the SDK's drivers say no more than that a command failed."""
    (code / "fit.py").write_text("import columns\n\ncolumns.find('age')\n")
    (code / "columns.py").write_text("def find(name):\n    return {}[name]\n")

    said = client_program(FAILING.format(framework="sklearn", version="1.2-1", python="py3", runner="None"))

    assert "AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage \"KeyError: 'age'\n" in said
    assert said.index('code/columns.py", line 2, in find') < said.index('code/fit.py", line 3, in <module>')


@pytest.mark.parametrize("runner", ["None", "Torchrun()"])
def test_without_torch_the_exception_says_what_to_install(client_program, code, runner):
    """On PyTorch's image, on a server that has it not: the script misses it, or the SDK's driver before it."""
    (code / "fit.py").write_text("import torch\n")

    said = client_program(FAILING.format(framework="pytorch", version="2.3", python="py311", runner=runner))

    assert "torch is not installed in Fieldstone's environment: pip install 'fieldstone[torch]'" in said


def test_jobs_are_found_refreshed_stopped_and_waited_for(client_program, code):
    """As resources: optional structures that nobody gave are not there, and do not break what reads them."""
    (code / "none.txt").write_text("")
    running, none_completed, stopped, missing = client_program(RESOURCES).splitlines()[-4:]

    assert running == "InProgress True"
    assert none_completed == "0"
    assert stopped == "Stopped True False"
    assert "'Code': 'ValidationException'" in missing
    assert "Requested resource not found." in missing
