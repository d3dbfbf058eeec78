"""A folder laid out as the contract says, and the program of one of Amazon's algorithms in it."""

import json
import os
import subprocess
import sys
from typing import ClassVar

from fieldstone.algorithms.amazon import ndarray, records, training
from fieldstone.algorithms.amazon.algorithm import Algorithm


class Folder:
    """The folder of a training job.

    Attributes:
        algorithm: The package whose program trains.
        hyperparameters: Those of a job that names no others.
        record: Its algorithm, for those who train in their own process.
        python: The interpreter that runs it.
    """

    algorithm: ClassVar[str]
    hyperparameters: ClassVar[dict[str, str]]
    record: ClassVar[Algorithm]
    python: ClassVar[str] = sys.executable

    def __init__(self, root):
        self.root = root
        self.channels = {}
        self.failure = root / "output" / "failure"

    def write(self, channel, name, data, content_type=None, **config):
        file = self.root / "input" / "data" / channel / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data if isinstance(data, bytes) else records.write(data))
        self.channels[channel] = {"TrainingInputMode": "File", **config}
        if content_type:
            self.channels[channel]["ContentType"] = content_type

    def configure(self, name, document):
        file = self.root / "input" / "config" / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(document))

    def lay_out(self, **hyperparameters):
        """Write the job's documents; gives what its program finds in its environment."""
        self.configure("hyperparameters", self.hyperparameters | hyperparameters)
        self.configure("inputdataconfig", self.channels)
        return {"SAGEMAKER_BASE_DIR": str(self.root), "OMP_NUM_THREADS": "1"}

    def start(self, **hyperparameters):
        return subprocess.Popen(
            (self.python, "-m", f"fieldstone.algorithms.{self.algorithm}", "--image-version", "1", "train"),
            env={**os.environ, **self.lay_out(**hyperparameters)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def train(self, **hyperparameters):
        """Train to the end; gives the exit code, the log and the errors."""
        with self.start(**hyperparameters) as process:
            log, errors = process.communicate(timeout=300)
        return process.returncode, log, errors

    def train_here(self, monkeypatch, capsys, **hyperparameters):
        """Train in this process; gives the exit code and the log."""
        for name, value in self.lay_out(**hyperparameters).items():
            monkeypatch.setenv(name, value)
        code = training.train(self.record)
        return code, capsys.readouterr().out

    @property
    def model(self):
        return ndarray.load(self.root / "model" / "model_algo-1")


def with_records(folder, rows):
    """The folder, with rows to train on in two files of records."""
    folder.write("train", "matrix_0.pbr", rows[:1500])
    folder.write("train", "matrix_1.pbr", rows[1500:])
    return folder
