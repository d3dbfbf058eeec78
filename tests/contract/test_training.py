"""What a training program reads, and how it fails."""

import json

import numpy as np
import pytest

from fieldstone.contract.paths import Layout
from fieldstone.contract.training import Job, UserError, run


@pytest.fixture
def layout(tmp_path):
    layout = Layout(tmp_path)
    layout.input_config.mkdir(parents=True)
    layout.hyperparameters.write_text(json.dumps({"num_round": "10"}))
    layout.resource_config.write_text(json.dumps({"current_host": "algo-2", "hosts": ["algo-1", "algo-2"]}))
    layout.input_data_config.write_text(
        json.dumps({"train": {"ContentType": "text/csv", "TrainingInputMode": "Pipe"}, "validation": {}})
    )
    layout.checkpoint_config.write_text(json.dumps({"LocalPath": "/opt/ml/checkpoints", "S3Uri": "s3://b/c"}))
    return layout


def test_a_job_is_read_from_its_documents(layout):
    """Hyperparameters, hosts, channels and the place for checkpoints come from input/config."""
    job = Job.read(layout)

    assert job.hyperparameters == {"num_round": "10"}
    assert (job.current_host, job.hosts) == ("algo-2", ("algo-1", "algo-2"))
    assert (job.channels["train"].content_type, job.channels["train"].mode) == ("text/csv", "Pipe")
    assert job.channels["train"].path == layout.channel("train")
    assert job.checkpoints == layout.checkpoints


def test_a_job_without_documents_runs_on_one_host_without_channels(tmp_path):
    """A missing document stands for an empty one."""
    job = Job.read(Layout(tmp_path))

    assert (job.hosts, job.current_host) == (("algo-1",), "algo-1")
    assert (dict(job.channels), job.checkpoints) == ({}, None)


def test_success_leaves_no_failure(layout):
    """The exit code is 0, and nothing is written."""
    assert run(lambda job: None, layout) == 0
    assert not layout.failure.exists()


def test_a_users_mistake_is_the_failure_reason_in_its_own_words(layout, capsys):
    """No traceback: the user can put it right and need not see our code."""

    def train(job):
        raise UserError("Extraneous hyperparameter found: colour")

    assert run(train, layout) == 1
    assert layout.failure.read_text() == "Extraneous hyperparameter found: colour"
    assert "Traceback" not in capsys.readouterr().err


def test_any_other_error_is_a_framework_error_with_its_traceback_on_stderr(layout, capsys):
    """The reason names the error; who wants more reads the log."""

    def train(job):
        raise KeyError("booster")

    assert run(train, layout) == 1
    assert layout.failure.read_text() == "framework error: KeyError: 'booster'"
    assert "Traceback" in capsys.readouterr().err


def test_memory_that_cannot_be_had_is_told_in_words(layout, capsys):
    """How much was asked for is in them; the way out of it, too."""

    def train(job):
        np.empty(1 << 60, dtype=np.uint8)

    assert run(train, layout) == 1
    reason = layout.failure.read_text()
    assert reason.startswith("OutOfMemory: Unable to allocate 1.00 EiB")
    assert "more memory" in reason
    assert "Traceback" not in capsys.readouterr().err


def test_an_error_of_the_operating_system_gives_its_number_as_exit_code(layout):
    """As in AWS's toolkit: a full disk ends the program with 28."""

    def train(job):
        raise OSError(28, "No space left on device")

    assert run(train, layout) == 28


def test_documents_that_cannot_be_read_fail_the_job(layout):
    """Reading the job is part of the job."""
    layout.hyperparameters.write_text("{")

    assert run(lambda job: None, layout) == 1
    assert layout.failure.read_text().startswith("framework error: JSONDecodeError")
