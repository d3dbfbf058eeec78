"""Image Classification as the program that runs it knows it: its hyperparameters, and how it is trained and loaded."""

from pathlib import Path

from fieldstone.algorithms.amazon.algorithm import OwnAlgorithm
from fieldstone.algorithms.image_classification.hyperparameters import TABLE, validate
from fieldstone.contract.messages import Model
from fieldstone.contract.training import Job


def _train(job: Job) -> None:
    options = validate(job.hyperparameters)
    from fieldstone.algorithms.image_classification.train import train  # noqa: PLC0415 - it needs PyTorch

    train(job, options)


def _load(folder: Path) -> Model:
    from fieldstone.algorithms.image_classification.serve import load  # noqa: PLC0415 - it needs PyTorch

    return load(folder)


IMAGE_CLASSIFICATION = OwnAlgorithm(TABLE, _train, _load, needs={"torch": "PyTorch", "PIL": "Pillow"})
