"""A program of the tests' own behind an image: it runs the script that the job has as a hyperparameter, in JSON.

And scripts as the SDKs send them: packed.
"""

import io
import json
import re
import sys
import tarfile
from pathlib import Path
from typing import Any

from tests.conftest import wait_until

from fieldstone.core.settings import DataDir
from fieldstone.engine.registry import COMMANDS, register

_RUNNER = """
import hashlib, json, os, pathlib, signal, sys, time

root = pathlib.Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
data = root / "input" / "data"

def tell(what):
    (root / "model" / "told.json").write_text(json.dumps(what))

def files(folder):
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes().decode("latin-1") for path in found}

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


def install(data_dir: Path, name: str, script: str) -> str:
    """Have a script of Python run for all that an image can be started for; the image's URI."""
    seen_as = re.sub(r"^/proc/\d+/root/", "/", str(data_dir.parent))  # by a server in namespaces of its own
    program = Path(seen_as) / f"program-{name}"
    program.mkdir(exist_ok=True)
    for command in COMMANDS:
        path = program / command
        text = f"#!{sys.executable}\nCOMMAND = {command!r}\n{script}"
        if not path.exists() or path.read_text() != text:  # one that runs is not written to
            path.write_text(text)
            path.chmod(0o755)
    register(DataDir(data_dir).programs, name, program)
    return f"123456789012.dkr.ecr.us-east-1.amazonaws.com/{name}:1"


def register_runner(data_dir: Path) -> str:
    """Register the program; the URI of its image."""
    return install(data_dir, "runner", _RUNNER)


def run_to_end(sagemaker: Any, request: dict[str, Any]) -> dict[str, Any]:
    """Run a job, however it ends, and describe it."""
    sagemaker.create_training_job(**request)
    return wait_for_end(sagemaker, request["TrainingJobName"])


def wait_for_end(sagemaker: Any, name: str) -> dict[str, Any]:
    """The description of a job that has ended."""

    def ended() -> dict[str, Any] | None:
        job = sagemaker.describe_training_job(TrainingJobName=name)
        return job if job["TrainingJobStatus"] in {"Completed", "Failed", "Stopped"} else None

    return wait_until(ended, 60)


def told(s3: Any, job: dict[str, Any]) -> Any:
    """What the job's script has told."""
    bucket, _, key = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").partition("/")
    archive = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        member = tar.extractfile("told.json")
        assert member is not None
        return json.load(member)
