"""The documentation says what is true."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from tests.conftest import FIELDSTONE

ROOT = Path(__file__).parents[2]
ALGORITHMS = ROOT / "docs" / "algorithms" / "README.md"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").glob("*.md")])


def test_the_coverage_page_is_what_the_command_prints() -> None:
    """`fieldstone coverage --markdown > docs/coverage.md` makes it."""
    printed = subprocess.run([*FIELDSTONE, "coverage", "--markdown"], capture_output=True, text=True, check=True)

    assert (ROOT / "docs" / "coverage.md").read_text() == printed.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    """Links within the repository."""
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text())

    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_named_source_file_exists(page: Path) -> None:
    """Paths like `control/training.py` in the text."""
    paths = re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.py)`", page.read_text())
    roots = (ROOT, ROOT / "src" / "fieldstone", page.parent)

    assert [path for path in paths if not any((root / path).exists() for root in roots)] == []


def test_every_command_of_the_command_line_is_in_the_readme_or_its_help() -> None:
    """`fieldstone --help` lists each with a sentence."""
    printed = subprocess.run([*FIELDSTONE, "--help"], capture_output=True, text=True, check=True).stdout

    commands = re.findall(r"^  ([a-z]+)  +\S", printed, re.MULTILINE)
    assert {"up", "down", "status", "env", "doctor", "coverage"} <= set(commands)


def test_the_architecture_page_names_every_folder() -> None:
    """A folder that appears, or goes, changes the page in the same commit."""
    folders = {path.name for path in (ROOT / "src" / "fieldstone").iterdir() if (path / "__init__.py").exists()}
    page = (ROOT / "ARCHITECTURE.md").read_text()

    assert {folder for folder in folders if f"  {folder}/ " not in page} == set()


def test_the_page_of_algorithms_lists_those_that_the_command_lists() -> None:
    """Each with its images."""
    printed = subprocess.run([*FIELDSTONE, "algorithms", "--json"], capture_output=True, text=True, check=True).stdout
    listed = {image for algorithm in json.loads(printed) for image in algorithm["images"]}
    rows = re.findall(r"^\| \[[^]]+\]\([a-z-]+\.md\) \| (.*?) \|", ALGORITHMS.read_text(), re.MULTILINE)

    assert {image for row in rows for image in re.findall(r"`([^`]+)`", row)} == listed
