"""The program's part of a job's log, in the form of AWS's toolkits."""

import sys
import time
from typing import Final

_NAME: Final = "sagemaker-training-toolkit"


def info(text: str) -> None:
    """Say what is going on."""
    _write("INFO", text)


def warn(text: str) -> None:
    """Say what the user may not have meant."""
    _write("WARNING", text)


def _write(level: str, text: str) -> None:
    now = time.time()
    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now))
    sys.stdout.write(f"{moment},{int(now % 1 * 1000):03d} {_NAME} {level:<8} {text}\n")
    sys.stdout.flush()
