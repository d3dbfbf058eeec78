"""The page on A/B tests says what the commands print."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.conftest import FIELDSTONE

PAGE = (Path(__file__).parents[3] / "docs" / "ab-testing.md").read_text()


def _blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_worked_example_prints_what_the_page_shows(tmp_path):
    """Its file, its program and its commands, one after the other."""
    (tmp_path / "problem.yaml").write_text(_blocks("yaml")[0])
    subprocess.run([sys.executable, "-c", _blocks("python")[0]], cwd=tmp_path, check=True)

    for block in _blocks("console"):
        command, shown = block.removeprefix("$ fieldstone ").split("\n", 1)
        printed = subprocess.run(
            [*FIELDSTONE, *shlex.split(command)], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        assert printed.stdout == shown
