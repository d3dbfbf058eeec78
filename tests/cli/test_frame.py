"""`fieldstone frame`, as a person types it."""

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest
from tests.conftest import FIELDSTONE

EXAMPLES = Path(__file__).parents[2] / "examples" / "framing"
CTRL_D = "\x04"


def run(*arguments: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*FIELDSTONE, "frame", *arguments], cwd=folder, capture_output=True, text=True, check=False)


def test_the_verdict_is_printed_and_the_page_written(tmp_path: Path) -> None:
    """The verdict comes first."""
    page = tmp_path / "page.html"
    result = run(str(EXAMPLES / "fifty_rows" / "problem.yaml"), "--report", str(page), folder=tmp_path)

    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("Do not use machine learning: there is not enough data.")
    assert page.read_text().startswith("<!doctype html>")


@pytest.mark.slow
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


def test_a_page_that_has_no_place_is_refused_before_the_work(tmp_path: Path) -> None:
    """Nobody waits for a report that cannot be written."""
    result = run(str(EXAMPLES / "churn_table" / "problem.yaml"), "--report", "nowhere/page.html", folder=tmp_path)

    assert result.returncode == 2
    assert "there is no folder nowhere" in result.stderr
    assert "reading" not in result.stderr


def test_without_a_terminal_nobody_is_asked(tmp_path: Path) -> None:
    """Scripts do not hang."""
    result = run(folder=tmp_path)

    assert result.returncode == 2
    assert "nobody to ask" in result.stderr


def typed(*lines: str, folder: Path) -> tuple[str, int]:
    """What a terminal shows where these lines are typed, each after a prompt, and how it ends."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([*FIELDSTONE, "frame"], cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = ""
    for line in lines:
        shown += _read(ours, until="\n> ")
        os.write(ours, line.encode())
    shown += _read(ours)
    os.close(ours)
    return shown, process.wait()


def _read(terminal: int, until: str = "") -> str:
    """What comes until this is shown last, or until the end."""
    shown = ""
    while not until or not shown.endswith(until):
        try:
            read = os.read(terminal, 65536).decode().replace("\r\n", "\n")
        except OSError:  # the other side is gone
            break
        shown += read
    return shown


def test_an_interview_broken_off_keeps_what_was_answered(tmp_path: Path) -> None:
    """Ctrl-D in the middle, as Ctrl-C: the file is written, and it says what is open and how to go on."""
    shown, status = typed("Which customers will leave?\n", "I don't know yet\n", CTRL_D, folder=tmp_path)

    assert status == 0, shown
    assert "Written to problem.yaml" in shown
    assert "(decision.action)" in shown
    assert "Traceback" not in shown
    assert 'question: "Which customers will leave?"' in (tmp_path / "problem.yaml").read_text()


def test_an_interview_broken_off_at_once_writes_nothing(tmp_path: Path) -> None:
    """There is no problem without a question."""
    shown, status = typed(CTRL_D, folder=tmp_path)

    assert status == 1
    assert "ended before there was a question" in shown
    assert not (tmp_path / "problem.yaml").exists()


def test_an_interview_without_data_lists_what_is_open(tmp_path: Path) -> None:
    """Nothing is examined, and nothing fails, where there are no data yet."""
    shown, status = typed("Which customers will leave?\n", "stop\n", folder=tmp_path)

    assert status == 0, shown
    assert "`fieldstone frame problem.yaml` examines the data" in shown
    assert "(data.path)" in shown
