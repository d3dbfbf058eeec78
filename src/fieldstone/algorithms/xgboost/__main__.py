"""The program's entry: `train` or `serve`, as the container contract starts it, `run` and a command, or `describe`.

AWS's image is two: the built-in algorithm, and a framework for the user's own script where one is named.
"""

import os
import sys
from typing import NoReturn

from fieldstone.algorithms.xgboost import log
from fieldstone.contract.paths import Layout
from fieldstone.contract.training import Job


def main(arguments: list[str]) -> int:  # noqa: PLR0911 - one for each command
    """Run one command; gives back the exit code."""
    match arguments:
        case ["--image-version", tag, "train"] if _names_a_script():
            from fieldstone.algorithms.script.__main__ import train  # noqa: PLC0415 - only a script needs it

            return train("xgboost", tag)
        case ["--image-version", tag, "run", *command]:
            from fieldstone.algorithms.script.__main__ import run  # noqa: PLC0415 - only a command needs it

            return run("xgboost", tag, command)
        case ["--image-version", tag, "train"]:
            return _train(tag)
        case ["--image-version", tag, "serve"] if os.environ.get("SAGEMAKER_PROGRAM"):
            from fieldstone.algorithms.script.__main__ import serve  # noqa: PLC0415 - only a script needs it

            return serve("xgboost", tag)
        case ["--image-version", tag, "serve"]:
            return _serve(tag)
        case ["--image-version", tag, "describe"]:
            return _describe(tag)
        case _:
            sys.stderr.write(
                "usage: python -m fieldstone.algorithms.xgboost --image-version TAG {train|serve|run ...|describe}\n"
            )
            return 2


def _names_a_script() -> bool:
    hyperparameters = Job.read(Layout.from_environment()).hyperparameters
    return bool(os.environ.get("SAGEMAKER_PROGRAM") or hyperparameters.get("sagemaker_program"))


def _train(tag: str) -> NoReturn:
    # Who follows the job's log sees it start at once; what takes half a second to import comes after.
    log.info("Running XGBoost Sagemaker in algorithm mode")
    _go_without("pandas", "sklearn")
    # XGBoost's threads wait for each other by spinning, unless told otherwise: on a machine that has something else to
    # do, a training of one second then takes ten or more. OpenMP reads this when XGBoost is imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from fieldstone.algorithms.xgboost.ring import leave  # noqa: PLC0415 - see above
    from fieldstone.algorithms.xgboost.train import train  # noqa: PLC0415 - see above
    from fieldstone.algorithms.xgboost.versions import Version  # noqa: PLC0415 - see above
    from fieldstone.contract.training import run  # noqa: PLC0415 - see above

    leave(run(lambda job: train(job, Version.parse(tag))))


def _serve(tag: str) -> int:
    _go_without("pandas", "sklearn")
    from fieldstone.algorithms.xgboost.serve import load  # noqa: PLC0415 - only this command needs it
    from fieldstone.algorithms.xgboost.versions import Version  # noqa: PLC0415 - only this command needs it
    from fieldstone.contract.serving import serve  # noqa: PLC0415 - only this command needs it

    return serve(lambda layout: load(layout, Version.parse(tag)))


def _describe(tag: str) -> int:
    from fieldstone.algorithms.amazon.describing import describe  # noqa: PLC0415 - only this command needs it
    from fieldstone.algorithms.xgboost.hyperparameters import known_to  # noqa: PLC0415 - only this command needs it
    from fieldstone.algorithms.xgboost.versions import Version  # noqa: PLC0415 - only this command needs it

    sys.stdout.write(describe(known_to(Version.parse(tag))) + "\n")
    return 0


def _go_without(*modules: str) -> None:
    # XGBoost imports scikit-learn when it is there, which doubles the time to start; and when pandas is not there, it
    # looks for it at every prediction, which doubles that time. We need neither: None forbids the import.
    for module in modules:
        sys.modules[module] = None  # pyright: ignore[reportArgumentType] - the stubs do not know of None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
