"""The entry of an algorithm's program: `train` or `serve`, as the container contract starts it, or `describe`."""

import sys
from collections.abc import Sequence

from fieldstone.algorithms.amazon.algorithm import Algorithm, OwnAlgorithm
from fieldstone.algorithms.amazon.describing import describe


def main(algorithm: Algorithm | OwnAlgorithm, arguments: Sequence[str]) -> int:
    """Run one command; gives back the exit code.

    Args:
        algorithm: What to train or serve.
        arguments: Those of the command line.
    """
    match arguments:
        case ["--image-version", _, "train"]:
            from fieldstone.algorithms.amazon.training import train  # noqa: PLC0415 - only this command needs it

            return train(algorithm)
        case ["--image-version", _, "serve"]:
            from fieldstone.algorithms.amazon.serving import serve  # noqa: PLC0415 - only this command needs it

            return serve(algorithm)
        case ["--image-version", _, "describe"]:
            sys.stdout.write(describe(algorithm.hyperparameters) + "\n")
            return 0
        case _:
            sys.stderr.write("usage: python -m fieldstone.algorithms.NAME --image-version TAG {train|serve|describe}\n")
            return 2
