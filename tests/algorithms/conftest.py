"""Trainings in the tests' own process, of the job that a package's `folder` lays out."""

import pytest


@pytest.fixture
def trained(folder, monkeypatch, capsys):
    """Train a folder in this process; gives the log of a training that has ended well."""

    def train(**hyperparameters):
        code, log = folder.train_here(monkeypatch, capsys, **hyperparameters)
        assert code == 0, log
        return log

    return train


@pytest.fixture
def refused(folder, monkeypatch, capsys):
    """Train a folder in this process; gives the reason why it ended badly."""

    def train(**hyperparameters):
        code, log = folder.train_here(monkeypatch, capsys, **hyperparameters)
        assert code == 2, log
        assert "Traceback" not in log
        return folder.failure.read_text()

    return train
