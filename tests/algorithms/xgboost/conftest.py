"""XGBoost as a program: a folder laid out as the contract says, and the process that works in it."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from fieldstone.algorithms.amazon import records
from fieldstone.algorithms.xgboost.train import train
from fieldstone.algorithms.xgboost.versions import Version
from fieldstone.contract.paths import Layout
from fieldstone.contract.training import run

PROGRAM = (sys.executable, "-m", "fieldstone.algorithms.xgboost", "--image-version")


def make_rows(count, seed, columns=5):
    """Rows whose label, in the first column, follows from the features with some noise."""
    draw = np.random.default_rng(seed)
    features = draw.normal(size=(count, columns)).round(3)
    labels = (features[:, 0] + features[:, 1] * features[:, 2] + draw.normal(size=count) * 0.3 > 0).astype(int)
    return np.column_stack([labels, features])


def to_csv(rows):
    return "".join(",".join(f"{value:g}" for value in row) + "\n" for row in rows)


def to_parquet(rows, **options):
    """A Parquet file of an array, or of a table."""
    table = pa.table(dict(zip("ybcdefgh", rows.T, strict=False))) if isinstance(rows, np.ndarray) else rows
    file = io.BytesIO()
    parquet.write_table(table, file, **options)
    return file.getvalue()


def to_records(rows):
    """Framed records of an array with the label in front."""
    rows = rows.astype(np.float32)
    return records.write(rows[:, 1:], rows[:, :1])


class Folder:
    """A contract folder, and the program in it."""

    def __init__(self, root):
        self.root = root
        self.channels = {}
        self.model = root / "model" / "xgboost-model"
        self.failure = root / "output" / "failure"

    def write(self, channel, name, text, content_type="text/csv", **config):
        file = self.root / "input" / "data" / channel / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        self.channels[channel] = {"ContentType": content_type, "TrainingInputMode": "File", **config}

    def configure(self, name, document):
        file = self.root / "input" / "config" / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(document))

    def lay_out(self, hyperparameters):
        self.configure("hyperparameters", {"num_round": "10", **hyperparameters})
        self.configure("inputdataconfig", self.channels)

    def train_here(self, tag="3.0-5", **hyperparameters):
        """Train in this process, which is sooner begun; gives the exit code."""
        self.lay_out({"nthread": "1", **hyperparameters})
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            return run(lambda job: train(job, Version.parse(tag)), Layout(self.root))

    def start(self, tag="3.0-5", environment=None, **hyperparameters):
        self.lay_out(hyperparameters)
        return subprocess.Popen(
            [*PROGRAM, tag, "train"],
            env={**os.environ, "SAGEMAKER_BASE_DIR": str(self.root), "OMP_NUM_THREADS": "1", **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def train(self, tag="3.0-5", **hyperparameters):
        """Run a training to its end; gives the exit code and the log."""
        with self.start(tag, **hyperparameters) as process:
            log, errors = process.communicate(timeout=60)
        return Trained(process.returncode, log, errors)


class Trained:
    def __init__(self, code, log, errors=""):
        self.code = code
        self.log = log
        self.errors = errors
        self.rounds = [line for line in log.splitlines() if line.startswith("[") and "\t" in line]

    def last(self, metric):
        """The value of a metric such as `train-auc` in the last round."""
        return float(self.rounds[-1].split(f"\t{metric}:")[1].split("\t")[0])


@pytest.fixture
def folder(tmp_path):
    """A folder with 400 rows to train on and 100 to validate with."""
    folder = Folder(tmp_path)
    folder.write("train", "train.csv", to_csv(make_rows(400, seed=1)))
    folder.write("validation", "validation.csv", to_csv(make_rows(100, seed=2)))
    return folder


@pytest.fixture
def trained_here(capsys):
    """Train in this process in a contract folder; gives what it said."""

    def trained_here(folder, **hyperparameters):
        code = folder.train_here(**hyperparameters)
        said = capsys.readouterr()
        return Trained(code, said.out, said.err)

    return trained_here


@pytest.fixture
def empty_folder(tmp_path):
    """A folder without data."""
    return Folder(tmp_path)


class Endpoint:
    """The serving program, and one connection to it."""

    def __init__(self, root, tag, environment):
        self.process = subprocess.Popen(
            [*PROGRAM, tag, "serve"],
            cwd=root,
            env={**os.environ, "SAGEMAKER_BASE_DIR": ".", "FIELDSTONE_BIND_TO_SOCKET": "s", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.log = ""
        while not self.log.startswith("Serving") and (line := self.process.stdout.readline()):
            self.log = line
        self.path = str(root / "s")

    def connect(self):
        self.connection = socket.socket(socket.AF_UNIX)
        self.connection.settimeout(20)
        self.connection.connect(self.path)
        self.replies = self.connection.makefile("rb")

    def invoke(self, body, content_type="text/csv", accept=None):
        """Ask one; gives status, content type and text."""
        return self.invoke_all([body], content_type, accept)[0]

    def invoke_all(self, bodies, content_type="text/csv", accept=None):
        """Ask all in one write; gives the replies in their order."""
        head = f"Content-Type: {content_type}\r\n" if content_type else ""
        head += f"Accept: {accept}\r\n" if accept else ""
        self.connection.sendall(b"".join(compose("POST /invocations", head, body.encode()) for body in bodies))
        return [self.receive() for _ in bodies]

    def get(self, path):
        self.connection.sendall(compose(f"GET {path}", "", b""))
        return self.receive()

    def receive(self):
        status = int(self.replies.readline().split()[1])
        headers = dict(line.split(": ", 1) for line in iter(lambda: self.replies.readline().decode().strip(), ""))
        return status, headers.get("Content-Type"), self.replies.read(int(headers.get("Content-Length", 0))).decode()

    def close(self):
        self.replies.close()
        self.connection.close()
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=20)


def compose(line, headers, body):
    return f"{line} HTTP/1.1\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


@pytest.fixture
def serve():
    """Serve the models of a contract folder as an image of some version does."""
    endpoints = []

    def serve(root: Path, tag="3.0-5", **environment):
        endpoints.append(Endpoint(root, tag, environment))
        endpoints[-1].connect()
        return endpoints[-1]

    yield serve
    for endpoint in endpoints:
        endpoint.close()


@pytest.fixture(scope="module")
def rows():
    """Rows to predict for: the label, then five features."""
    return make_rows(60, seed=3)


@pytest.fixture(scope="module")
def csv_lines(rows):
    return to_csv(rows[:, 1:]).splitlines()
