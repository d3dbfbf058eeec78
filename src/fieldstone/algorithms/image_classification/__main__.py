"""The program's entry: `train` or `serve`, as the container contract starts it, or `describe`."""

import os
import sys
from collections.abc import Sequence

from fieldstone.algorithms.amazon.describing import describe
from fieldstone.algorithms.amazon.training import train_by
from fieldstone.algorithms.image_classification.hyperparameters import TABLE, validate
from fieldstone.algorithms.image_classification.requirements import find_missing
from fieldstone.contract.training import Job, UserError

_WAITING = ("OMP_WAIT_POLICY", "PASSIVE")
"""PyTorch's threads sleep while they wait for each other, since those that decode images need the cores."""


def main(arguments: Sequence[str]) -> int:
    """Run one command; gives back the exit code."""
    match arguments:
        case ["--image-version", _, "train"]:
            return train_by(_train)
        case ["--image-version", _, "serve"]:
            return _serve()
        case ["--image-version", _, "describe"]:
            sys.stdout.write(describe(TABLE) + "\n")
            return 0
        case _:
            sys.stderr.write(
                "usage: python -m fieldstone.algorithms.image_classification --image-version TAG "
                "{train|serve|describe}\n"
            )
            return 2


def _train(job: Job) -> None:
    options = validate(job.hyperparameters)
    if (missing := find_missing()) is not None:
        raise UserError(missing)
    os.environ.setdefault(*_WAITING)
    from fieldstone.algorithms.image_classification.train import train  # noqa: PLC0415 - it needs the extra

    train(job, options)


def _serve() -> int:
    if (missing := find_missing()) is not None:
        sys.stderr.write(f"Unable to load model: {missing}\n")
        return 1
    os.environ.setdefault(*_WAITING)
    from fieldstone.algorithms.image_classification.serve import serve  # noqa: PLC0415 - it needs the extra

    return serve()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
