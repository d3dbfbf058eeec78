"""Processing by the SageMaker Python SDK, version 2: each class of processor, and the numbers that it leaves in S3."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from tests.algorithms.script.conftest import make_wheel

pytestmark = pytest.mark.client("sdk2")

SPLIT = """
import sys
import numpy
from sklearn.model_selection import train_test_split

rows = numpy.loadtxt("/opt/ml/processing/input/rows.csv", delimiter=",")
parts = train_test_split(rows, test_size=float(sys.argv[2]), random_state=3)
for name, part in zip(("train", "test"), parts):
    numpy.savetxt(f"/opt/ml/processing/{name}/{name}.csv", part, "%.3f", ",")
    print("kept", len(part), "rows to", name)
"""
SCALE = """
import os, pathlib
import numpy
from sklearn.preprocessing import StandardScaler

rows = numpy.loadtxt("/opt/ml/processing/train/train.csv", delimiter=",")
scaler = StandardScaler().fit(rows)
numpy.savetxt("/opt/ml/processing/scaled/scaled.csv", scaler.transform(rows), "%.9f", ",")
pathlib.Path("/opt/ml/output/message").write_text(os.environ["WHY"])
"""
JOB = """
import argparse, json
from tiny import WEIGHTS
from steps.weighing import weigh

parser = argparse.ArgumentParser()
parser.add_argument("--times", type=int)
with open("/opt/ml/processing/output/sums.json", "w") as file:
    json.dump([parser.parse_args().times * weigh(row, WEIGHTS) for row in ([1, 2], [3, 4])], file)
"""
WEIGHING = "def weigh(row, weights): return sum(value * weight for value, weight in zip(row, weights))\n"
COUNT = """
import json, pathlib
lines = [path.read_text().splitlines() for path in sorted(pathlib.Path("/opt/ml/processing/rows").iterdir())]
pathlib.Path("/opt/ml/processing/counts/counts.json").write_text(json.dumps([len(each) for each in lines]))
"""
FAILS = """
def read(place):
    raise KeyError(f"tenure in {place}")

read("rows.csv")
"""
PROGRAM = """
import json, pathlib, sagemaker
from sagemaker import image_uris
from sagemaker.exceptions import UnexpectedStatusException
from sagemaker.processing import FrameworkProcessor, ProcessingInput, ProcessingJob, ProcessingOutput
from sagemaker.processing import Processor, ScriptProcessor
from sagemaker.s3 import S3Downloader
from sagemaker.sklearn import SKLearn, SKLearnProcessor

session, role, told = sagemaker.Session(), sagemaker.get_execution_role(), {}
machine = {"role": role, "instance_count": 1, "instance_type": "ml.m5.large", "sagemaker_session": session}
image, code = image_uris.retrieve("sklearn", "us-east-1", "1.2-1"), "/opt/ml/processing/code"


def outputs(*names, **places):
    return [
        ProcessingOutput(output_name=name, source=f"/opt/ml/processing/{name}", destination=places.get(name))
        for name in names
    ]


def read(job, number, name):
    place = job.outputs[number].destination
    return S3Downloader.read_file(f"{place}/{name}", sagemaker_session=session)


fails = ScriptProcessor(image_uri=image, command=["python3"], **machine)
fails.run("fails.py", wait=False)
framework = FrameworkProcessor(SKLearn, "1.2-1", **machine)
framework.run("job.py", source_dir="package", arguments=["--times", "10"], outputs=outputs("output"), wait=False)
split = ScriptProcessor(image_uri=image, command=["python3"], **machine)
split.run(
    "split.py", inputs=[ProcessingInput("rows.csv", "/opt/ml/processing/input")],
    outputs=outputs("train", "test"), arguments=["--test-size", "0.25"],
)
train, test = (output.destination for output in split.latest_job.outputs)

count = Processor(image_uri=image, entrypoint=["python3", f"{code}/count.py"], **machine)
rows = [ProcessingInput(train, "/opt/ml/processing/rows"), ProcessingInput("count.py", code)]
there = f"s3://{session.default_bucket()}/chosen/counts"
count.run(inputs=rows, outputs=outputs("counts", counts=there), wait=False, logs=False)
scale = SKLearnProcessor("1.2-1", env={"WHY": "to have one scale"}, **machine)
given = [ProcessingInput(train, "/opt/ml/processing/train")]
scale.run("scale.py", inputs=given, outputs=outputs("scaled"), logs=False)

told["train"], told["test"] = read(split.latest_job, 0, "train.csv"), read(split.latest_job, 1, "test.csv")
told["scaled"] = read(scale.latest_job, 0, "scaled.csv")
told["message"] = scale.latest_job.describe()["ExitMessage"]
count.latest_job.wait(logs=False)
told["counts"] = json.loads(S3Downloader.read_file(f"{there}/counts.json", sagemaker_session=session))
framework.latest_job.wait(logs=False)
again = ProcessingJob.from_processing_name(session, framework.latest_job.job_name)
told["sums"] = json.loads(read(again, 0, "sums.json"))
try:
    fails.latest_job.wait(logs=False)
except UnexpectedStatusException as error:
    told["failure"] = str(error)
pathlib.Path("told.json").write_text(json.dumps(told))
"""


@pytest.fixture
def rows(tmp_path: Path) -> Any:
    """A table, the files and the code of the program."""
    table = np.random.default_rng(6).normal(size=(40, 3)).round(3)
    np.savetxt(tmp_path / "rows.csv", table, "%.3f", ",")
    package = tmp_path / "package"
    make_wheel(package, code="WEIGHTS = [2, 0.5]\n")
    (package / "requirements.txt").write_text("./tiny-1.0-py3-none-any.whl\n")
    (package / "steps").mkdir()
    (package / "steps" / "weighing.py").write_text(WEIGHING)
    (package / "job.py").write_text(JOB)
    for name, text in {"split": SPLIT, "scale": SCALE, "count": COUNT, "fails": FAILS}.items():
        (tmp_path / f"{name}.py").write_text(text)
    return table


def parse(text: str) -> Any:
    return np.loadtxt(io.StringIO(text), delimiter=",")


def test_every_processor_leaves_its_numbers_in_s3(client_program: Any, rows: Any, tmp_path: Path) -> None:
    """Processor, ScriptProcessor, SKLearnProcessor and FrameworkProcessor, one job's output being another's input."""
    said = client_program(PROGRAM)
    told = json.loads((tmp_path / "told.json").read_text())
    train, test = train_test_split(rows, test_size=0.25, random_state=3)

    assert "kept 30 rows to train" in said
    assert parse(told["train"]).tolist() == train.tolist()
    assert parse(told["test"]).tolist() == test.tolist()
    assert parse(told["scaled"]) == pytest.approx(StandardScaler().fit_transform(train), abs=1e-8)
    assert told["message"] == "to have one scale"
    assert told["counts"] == [30]
    assert told["sums"] == [30, 80]
    assert "KeyError: 'tenure in rows.csv'" in told["failure"]
