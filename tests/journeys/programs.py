"""A program of the tests' own behind an image: it runs the script that the job has as a hyperparameter, in JSON.

And scripts as the SDKs send them: packed.
"""

import io
import json
import sys
import tarfile
from pathlib import Path
from typing import Any

from tests.conftest import wait_until

from fieldstone.core.settings import DataDir

_RUNNER = """#!{python}
import hashlib, json, os, pathlib, signal, sys, time

root = pathlib.Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
data = root / "input" / "data"

def tell(what):
    (root / "model" / "told.json").write_text(json.dumps(what))

def files(folder):
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {{str(path.relative_to(folder)): path.read_bytes().decode("latin-1") for path in found}}

def read(pipe):
    with open(data / pipe, "rb") as reading:
        return reading.read().decode("latin-1")

parameters = json.loads((root / "input" / "config" / "hyperparameters.json").read_text())
exec(json.loads(parameters["script"]))
"""


def packed(files: dict[str, str]) -> bytes:
    """A tar.gz of files."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return made.getvalue()


def register_runner(aws: Any, data_dir: Path) -> str:
    """Register the program; the URI of its image."""
    path = DataDir(data_dir).programs / "runner"
    path.write_text(_RUNNER.format(python=sys.executable))
    path.chmod(0o755)
    tags = [{"Key": "fieldstone:program", "Value": "runner"}]
    return aws("ecr").create_repository(repositoryName="runner", tags=tags)["repository"]["repositoryUri"]


def run_to_end(sagemaker: Any, request: dict[str, Any]) -> dict[str, Any]:
    """Run a job, however it ends, and describe it."""
    sagemaker.create_training_job(**request)
    return wait_for_end(sagemaker, request["TrainingJobName"])


def wait_for_end(sagemaker: Any, name: str) -> dict[str, Any]:
    """The description of a job that has ended."""

    def ended() -> dict[str, Any] | None:
        job = sagemaker.describe_training_job(TrainingJobName=name)
        return job if job["TrainingJobStatus"] in {"Completed", "Failed", "Stopped"} else None

    return wait_until(ended)


def told(s3: Any, job: dict[str, Any]) -> Any:
    """What the job's script has told."""
    bucket, _, key = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").partition("/")
    archive = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        member = tar.extractfile("told.json")
        assert member is not None
        return json.load(member)
