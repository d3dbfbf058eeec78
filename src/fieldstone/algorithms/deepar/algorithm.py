"""DeepAR as the program that runs it knows it: its hyperparameters, and how it is trained and loaded."""

from pathlib import Path

from fieldstone.algorithms.amazon.algorithm import Options, OwnAlgorithm
from fieldstone.algorithms.deepar.hyperparameters import TABLE
from fieldstone.contract.messages import Model
from fieldstone.contract.training import Job


def _train(job: Job, options: Options) -> None:
    from fieldstone.algorithms.deepar.train import train  # noqa: PLC0415 - it needs PyTorch

    train(job, options)


def _load(folder: Path) -> Model:
    from fieldstone.algorithms.deepar.serving import load  # noqa: PLC0415 - it needs PyTorch

    return load(folder)


DEEPAR = OwnAlgorithm(name="AWS/DeepAR", hyperparameters=TABLE, train=_train, load=_load, needs="torch")
