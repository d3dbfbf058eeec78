"""DeepAR as the program that runs it knows it: its hyperparameters, and how it is trained and loaded."""

from pathlib import Path

from fieldstone.algorithms.amazon.algorithm import OwnAlgorithm
from fieldstone.algorithms.amazon.hyperparameters import validate
from fieldstone.algorithms.deepar.hyperparameters import TABLE
from fieldstone.contract.messages import Model
from fieldstone.contract.training import Job


def _train(job: Job) -> None:
    options = validate(TABLE, job.hyperparameters)
    from fieldstone.algorithms.deepar.train import train  # noqa: PLC0415 - it needs PyTorch

    train(job, options)


def _load(folder: Path) -> Model:
    from fieldstone.algorithms.deepar.serving import load  # noqa: PLC0415 - it needs PyTorch

    return load(folder)


DEEPAR = OwnAlgorithm(TABLE, _train, _load, needs={"torch": "PyTorch"})
