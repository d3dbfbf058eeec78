"""Checkpoints: a training that was interrupted ends in the model of one that was not, to the bit."""

import os
import signal

import numpy as np
import pytest
from tests.algorithms import folder
from tests.algorithms.linear_learner.conftest import KINDS, QUICK, kind_options, make_table

from fieldstone.algorithms.linear_learner import model
from fieldstone.algorithms.linear_learner.checkpoints import Checkpoints
from fieldstone.algorithms.linear_learner.grid import Given
from fieldstone.algorithms.linear_learner.packs import Steps
from fieldstone.algorithms.linear_learner.plans import Plan
from fieldstone.algorithms.linear_learner.train import made_by
from fieldstone.algorithms.linear_learner.training import Surroundings, train

NAME = "linear-learner-checkpoint"


def fit(kind, folder, *, epochs, optimizer="adam", maker="me"):
    loss = {"binary_classifier": "logistic", "multiclass_classifier": "softmax_loss", "regressor": "huber_loss"}[kind]
    plan = Plan(kind, loss, num_classes=3, num_models=2, epochs=epochs, steps=Steps(optimizer=optimizer, momentum=0.5))
    table = make_table(kind)
    return train(
        lambda: ((table[at : at + 100, 1:], table[at : at + 100, 0]) for at in range(0, 600, 100)),
        plan,
        np.random.default_rng(0),
        around=Surroundings(checkpoints=Checkpoints(folder, maker)),
    )


def assert_same(one, other):
    assert np.array_equal(one.weights, other.weights)
    assert np.array_equal(one.threshold, other.threshold, equal_nan=True)
    assert (one.setting, one.epochs, one.losses) == (other.setting, other.epochs, other.losses)


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_training_that_goes_on_ends_where_one_ends_that_was_not_interrupted(tmp_path, kind, optimizer):
    """With every optimizer's memory of its steps; the two newest checkpoints are kept."""
    fit(kind, tmp_path, epochs=3, optimizer=optimizer)
    resumed = fit(kind, tmp_path, epochs=6, optimizer=optimizer)

    assert_same(resumed, fit(kind, None, epochs=6, optimizer=optimizer))
    assert sorted(file.name for file in tmp_path.iterdir()) == [f"{NAME}.{number}" for number in (5, 6)]


def test_a_training_that_had_ended_takes_no_more_passes(tmp_path):
    """It was killed before its model was there; only the choice is made again."""
    ended = fit("binary_classifier", tmp_path, epochs=3)
    (tmp_path / f"{NAME}.3").rename(tmp_path / "kept")
    (tmp_path / f"{NAME}.2").unlink()
    (tmp_path / "kept").rename(tmp_path / f"{NAME}.3")

    assert_same(fit("binary_classifier", tmp_path, epochs=3), ended)
    assert [file.name for file in tmp_path.iterdir()] == [f"{NAME}.3"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: data[:-30],
        lambda data: b"",
        lambda data: b"no checkpoint",
        lambda data: data[:5000] + b"\x55" * 16 + data[5016:] if len(data) > 6000 else data[:400] + data[416:],
    ],
    ids=["half", "nearly whole", "empty", "something else", "a spot in the middle"],
)
def test_a_damaged_checkpoint_is_passed_over_for_the_one_before(tmp_path, capsys, damage):
    """And so is one that was never finished, without a word."""
    fit("regressor", tmp_path, epochs=3)
    newest = tmp_path / f"{NAME}.3"
    newest.write_bytes(damage(newest.read_bytes()))
    (tmp_path / f"{NAME}.4.sagemaker-ignore").write_bytes(b"half a checkpo")
    resumed = fit("regressor", tmp_path, epochs=5)

    assert_same(resumed, fit("regressor", None, epochs=5))
    log = capsys.readouterr().out
    assert f"Checkpoint {NAME}.3 is damaged and is passed over" in log
    assert f"Resuming from checkpoint {NAME}.2" in log
    assert f"{NAME}.4" not in log


def test_a_checkpoint_of_other_hyperparameters_is_passed_over(tmp_path, capsys):
    """Training begins anew, and says why."""
    fit("regressor", tmp_path, epochs=3, maker="somebody")

    assert_same(fit("regressor", tmp_path, epochs=3), fit("regressor", None, epochs=3))
    assert "is of other hyperparameters or columns and is passed over" in capsys.readouterr().out


def test_what_a_checkpoint_depends_on_is_all_but_when_to_end():
    """More epochs or more patience go on from it; another rate or another width does not."""
    plan = Plan("regressor", "squared_loss")
    same = Plan("regressor", "squared_loss", epochs=99, early_stopping_patience=7, early_stopping_tolerance=0.1)
    other = Plan("regressor", "squared_loss", given=Given(learning_rate=0.1))

    assert made_by(plan, 4) == made_by(same, 4)
    assert len({made_by(plan, 4), made_by(plan, 5), made_by(other, 4)}) == 3


class Job(folder.Folder):
    """A contract folder, and the program in it."""

    algorithm = "linear_learner"
    hyperparameters = QUICK | kind_options("regressor") | {"epochs": "60", "early_stopping_patience": "60"}


def start(root, table):
    job = Job(root)
    job.configure("checkpointconfig", {"LocalPath": "/opt/ml/checkpoints"})
    job.write("train", "part", b"".join(b",".join(b"%r" % number for number in row) + b"\n" for row in table.tolist()),
              "text/csv")  # fmt: skip
    return job


@pytest.mark.slow
def test_a_job_that_is_killed_while_it_trains_goes_on(tmp_path):
    """`kill -9`, again and again; the last run ends in the model of a job that nobody killed."""
    table = make_table("regressor", 3000)
    job, whole = start(tmp_path / "killed", table), start(tmp_path / "whole", table)
    resumed = []
    for epoch in (5, 25):
        with job.start() as process:
            for line in process.stdout:
                resumed += [line.rpartition(" ")[2].strip()] if "Resuming from" in line else []
                if f"epoch={epoch}, " in line:
                    os.kill(process.pid, signal.SIGKILL)
                    break
    code, log, _ = job.train()
    assert code == 0, log
    assert whole.train()[0] == 0

    found, expected = (model.read(one.root / "model" / "model_algo-1").weights for one in (job, whole))
    assert np.array_equal(found, expected)
    assert len(resumed) == 1
    assert int(resumed[0].rpartition(".")[2]) >= 5
    assert "epoch=20, " not in log
