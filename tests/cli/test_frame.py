"""`fieldstone frame`, as a person types it."""

import json
import subprocess
from pathlib import Path

from tests.conftest import FIELDSTONE

EXAMPLES = Path(__file__).parents[2] / "examples" / "framing"


def run(*arguments: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*FIELDSTONE, "frame", *arguments], cwd=folder, capture_output=True, text=True, check=False)


def test_the_verdict_is_printed_and_the_page_written(tmp_path: Path) -> None:
    """The verdict comes first."""
    page = tmp_path / "page.html"
    result = run(str(EXAMPLES / "fifty_rows" / "problem.yaml"), "--report", str(page), folder=tmp_path)

    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("Do not use machine learning: there is not enough data.")
    assert page.read_text().startswith("<!doctype html>")


def test_json_is_one_document(tmp_path: Path) -> None:
    """On standard output, with the progress on standard error."""
    file = EXAMPLES / "fifty_rows" / "problem.yaml"
    result = run(str(file), "--json", "--report", str(tmp_path / "page.html"), folder=tmp_path)

    assert json.loads(result.stdout)["verdict"]["use_ml"] is False


def test_check_lists_what_is_open(tmp_path: Path) -> None:
    """The critical questions, each with its place in the file."""
    (tmp_path / "problem.yaml").write_text("question: Who will leave?\n")
    result = run("--check", "problem.yaml", folder=tmp_path)

    assert result.returncode == 0
    assert "(decision.action)" in result.stdout


def test_a_mistake_is_shown_without_a_traceback(tmp_path: Path) -> None:
    """File, line, and what to type."""
    (tmp_path / "problem.yaml").write_text("question: Who?\ndata:\n  pth: a.csv\n")
    result = run("problem.yaml", folder=tmp_path)

    assert result.returncode == 1
    assert "line 3" in result.stderr
    assert "Traceback" not in result.stderr


def test_without_a_terminal_nobody_is_asked(tmp_path: Path) -> None:
    """Scripts do not hang."""
    result = run(folder=tmp_path)

    assert result.returncode == 2
    assert "nobody to ask" in result.stderr
