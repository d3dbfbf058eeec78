"""Environments beside the tests' own, made by ``make clients`` and ``make torch``, and lines of Python run in them."""

import subprocess
from pathlib import Path
from typing import Any


def python_of(name: str) -> Path:
    """The interpreter of an environment, which may not be there."""
    return Path(__file__).parents[1] / f".venv-{name}" / "bin" / "python"


def run(python: Path, lines: str, *arguments: Any) -> str:
    """Run lines that end well; the last line that they print."""
    done = subprocess.run([str(python), "-c", lines, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout.splitlines()[-1] if done.stdout else ""
