"""A user's script as a job: a contract folder with code in it, and the program that runs it."""

import json
import os
import socket
import subprocess
import sys
import tarfile
import zipfile
from http.client import HTTPConnection
from textwrap import dedent

import pytest

PROGRAM = (sys.executable, "-P", "-m", "fieldstone.algorithms.script", "--framework")
RESOURCES = {
    "current_host": "algo-1",
    "current_instance_type": "ml.m5.large",
    "current_group_name": "homogeneousCluster",
    "hosts": ["algo-1"],
    "instance_groups": [
        {"instance_group_name": "homogeneousCluster", "instance_type": "ml.m5.large", "hosts": ["algo-1"]}
    ],
    "network_interface_name": "lo",
}
CHANNEL = {"TrainingInputMode": "File", "S3DistributionType": "FullyReplicated", "RecordWrapperType": "None"}


class Folder:
    """A contract folder with a user's code, and the program in it."""

    def __init__(self, root, cache):
        self.root = root
        self.cache = cache
        self.sources = root / "input" / "data" / "code"
        self.failure = root / "output" / "failure"
        self.model = root / "model"

    def add(self, name, text):
        """Add a file to the user's code."""
        file = self.sources / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text))
        return file

    def pack(self):
        """The user's code as the SDK packs it."""
        archive = self.sources / "sourcedir.tar.gz"
        with tarfile.open(archive, "w:gz") as tar:
            for item in self.sources.iterdir():
                if item != archive:
                    tar.add(item, item.name)
        return archive

    def configure(self, name, document):
        file = self.root / "input" / "config" / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(document))

    def prepare(self, program, hyperparameters):
        self.configure("resourceconfig", RESOURCES)
        self.configure("inputdataconfig", {"code": CHANNEL, "train": CHANNEL})
        platform = {"sagemaker_program": json.dumps(program), "sagemaker_container_log_level": "20"}
        platform["sagemaker_submit_directory"] = json.dumps("/opt/ml/input/data/code")
        self.configure("hyperparameters", platform | hyperparameters)

    def environment(self, own):
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "AWS_", "SM_"))}
        settings = {
            "SAGEMAKER_BASE_DIR": str(self.root),
            "TMPDIR": str(self.root.parent),
            "FIELDSTONE_CACHE": str(self.cache),
            "PIP_NO_INDEX": "1",
        }
        return plain | settings | {"PIP_CONFIG_FILE": os.devnull, "TRAINING_JOB_NAME": "job"} | own

    def start(self, program="train.py", framework="python", tag="3.11", environment=None, **hyperparameters):
        self.prepare(program, hyperparameters)
        return self.open([framework, "--image-version", tag, "train"], environment)

    def run(self, *command, framework="python"):
        """Run a command of the job's own to its end."""
        with self.open([framework, "--image-version", "3.11", "run", *command], None) as process:
            log, errors = process.communicate(timeout=120)
        return Trained(process.returncode, log, errors)

    def open(self, arguments, environment=None):
        return subprocess.Popen(
            [*PROGRAM, *arguments],
            env=self.environment(environment or {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def train(self, program="train.py", **settings):
        """Run a training to its end; gives the exit code and what was printed."""
        with self.start(program, **settings) as process:
            log, errors = process.communicate(timeout=120)
        return Trained(process.returncode, log, errors)


class Trained:
    def __init__(self, code, log, errors):
        self.code = code
        self.log = log
        self.errors = errors


class Endpoint:
    """The serving program, and one connection to it."""

    def __init__(self, folder, arguments, environment):
        self.process = subprocess.Popen(
            [*PROGRAM, *arguments, "serve"],
            cwd=folder.root,
            env=folder.environment(
                {"FIELDSTONE_BIND_TO_SOCKET": "s", "TMPDIR": str(folder.root.parent), **environment}
            ),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines = []
        self.connection = HTTPConnection("localhost")
        for line in self.process.stdout:
            self.lines.append(line)
            if line.startswith("Serving on"):
                break
        else:
            self.process.wait(20)
            return
        self.connection.sock = socket.socket(socket.AF_UNIX)
        self.connection.sock.connect(os.path.relpath(folder.root / "s"))

    def invoke(self, body, content_type="application/json", accept=None):
        """Ask for a prediction; gives status, content type and bytes."""
        headers = {"Content-Type": content_type} | ({"Accept": accept} if accept else {})
        self.connection.request("POST", "/invocations", body, headers)
        reply = self.connection.getresponse()
        return reply.status, reply.headers["Content-Type"], reply.read()

    def close(self):
        self.connection.close()
        self.process.terminate()
        self.process.communicate(timeout=20)


@pytest.fixture
def serve(folder):
    """Serve a model, with the code of the folder where the SDK puts it beside a model of PyTorch's."""
    endpoints = []

    def serve(framework="scikit-learn", **environment):
        place = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/input/data/code"}
        endpoints.append(Endpoint(folder, [framework, "--image-version", "1.2-1"], place | environment))
        return endpoints[-1]

    folder.model.mkdir(parents=True)
    yield serve
    for endpoint in endpoints:
        endpoint.close()


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path / "ml", tmp_path / "cache")


def make_wheel(folder, name="tiny", version="1.0", code="WORD = 'small'\n"):
    """A wheel of one module, written by hand: nothing has to be built or downloaded, and it is the same each time."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": code,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n",
    }
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    wheel.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel, "w") as archive:
        for file, text in files.items():
            archive.writestr(zipfile.ZipInfo(file), text)
    return wheel
