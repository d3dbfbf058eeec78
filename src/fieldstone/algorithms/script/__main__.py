"""The program's entry: `train` or `serve`, as the container contract starts it, or `run` and a command."""

import sys
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Run one command; gives back the exit code."""
    match arguments:
        case ["--framework", framework, "--image-version", tag, "train"]:
            return train(framework, tag)
        case ["--framework", framework, "--image-version", tag, "serve"]:
            return serve(framework, tag)
        case ["--framework", framework, "--image-version", tag, "run", *command] if command:
            return run(framework, tag, command)
        case ["pip", home, *rest]:
            return _run_pip(home, rest)
        case _:
            usage = "--framework NAME --image-version TAG {train | serve | run COMMAND ...}"
            sys.stderr.write(f"usage: python -m fieldstone.algorithms.script {usage}\n")
            return 2


def train(framework: str, tag: str) -> int:
    """Run a user's script to its end; gives back the exit code."""
    from fieldstone.algorithms.script import train as training  # noqa: PLC0415 - only this command needs it
    from fieldstone.contract import training as contract  # noqa: PLC0415 - only this command needs it

    return contract.run(lambda job: training.train(job, framework, tag))


def serve(framework: str, tag: str) -> int:
    """Serve the model of a user's script until the end; gives back the exit code."""
    from fieldstone.algorithms.script.serve import load  # noqa: PLC0415 - only this command needs it
    from fieldstone.contract import serving  # noqa: PLC0415 - only this command needs it

    return serving.serve(lambda layout: load(layout, framework, tag), apart=True)


def run(framework: str, tag: str, command: list[str]) -> int:
    """Run a job's own command to its end; gives back the exit code."""
    from fieldstone.algorithms.script.commands import run_command  # noqa: PLC0415 - only this command needs it
    from fieldstone.contract.paths import Layout  # noqa: PLC0415 - only this command needs it

    return run_command(Layout.from_environment(), command, framework, tag)


def _run_pip(home: str, arguments: list[str]) -> int:
    from fieldstone.algorithms.script.installing import run_pip  # noqa: PLC0415 - only this command needs it

    return run_pip(Path(home), arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
