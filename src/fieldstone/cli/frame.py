"""``fieldstone frame``: from a business question to a verdict."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from fieldstone.framing.problem import Problem

_SHOWN = 8
"""Open questions that are printed; the report has them all."""


@click.command()
@click.argument("problem_file", metavar="[PROBLEM.YAML]", required=False, type=click.Path(path_type=Path))
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Where the page goes; beside the file.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON document.")
@click.option("--check", is_flag=True, help="Only check the file and list what is still open.")
def frame(problem_file: Path | None, report: Path | None, as_json: bool, check: bool) -> None:
    """Frame a problem: examine its data, and say whether to use machine learning.

    \b
    fieldstone frame                  asks the questions one by one and writes problem.yaml
    fieldstone frame problem.yaml     examines it and writes problem.html
    """
    from fieldstone.framing.file.reading import read_problem  # noqa: PLC0415  # brings numerical libraries

    with _mistakes_shown():
        if report is not None and not report.absolute().parent.is_dir():
            raise click.UsageError(f"--report: there is no folder {report.parent}. Make it first.")
        if problem_file is None:
            problem_file = Path("problem.yaml")
            check = not _interview(problem_file) or check
        problem = read_problem(problem_file)
        if check:
            _list_open(problem)
        else:
            _examine(problem, problem_file, report or problem_file.with_suffix(".html"), as_json=as_json)


def _examine(problem: "Problem", file: Path, target: Path, *, as_json: bool) -> None:
    from fieldstone.framing.frame import frame as examine  # noqa: PLC0415  # brings numerical libraries
    from fieldstone.framing.report.page import render, to_json  # noqa: PLC0415  # the same

    found = examine(problem, file.parent, progress=lambda what: click.echo(f"  {what} ...", err=True))
    _write(target, render(found))
    if as_json:
        click.echo(to_json(found))
        return
    if found.verdict is not None:
        click.echo(found.verdict.sentence)
        if found.verdict.instead:
            click.echo(f"\n{'Instead' if found.verdict.use_ml is False else 'Next'}: {found.verdict.instead}")
    if found.choice is not None:
        click.echo(f"\n{found.choice.sentence}")
    if found.open_questions:
        click.echo("\nStill open:")
        for question in found.open_questions[:_SHOWN]:
            click.echo(f"  - {question}")
        if (more := len(found.open_questions) - _SHOWN) > 0:
            click.echo(f"  and {more} more, in the report")
    click.echo(f"\nThe whole report: {target}")


def _write(target: Path, page: str) -> None:
    try:
        target.write_text(page, encoding="utf-8")
    except OSError as error:
        told = f"{target} cannot be written ({error.strerror}). Name another place: --report PAGE.html"
        raise click.ClickException(told) from None


def _list_open(problem: "Problem") -> None:
    from fieldstone.framing.asking.questions import open_questions  # noqa: PLC0415  # only needed here

    still = open_questions(problem)
    click.echo("Nothing is open." if not still else "Still open:")
    for question in still:
        click.echo(f"  - {question.ask}  ({question.path})")


def _interview(target: Path) -> bool:
    """Ask the questions and write the file; whether there are data to be examined now."""
    from msgspec import UNSET  # noqa: PLC0415  # only needed here

    from fieldstone.framing.asking.interview import interview  # noqa: PLC0415  # the same
    from fieldstone.framing.data.loading import peek  # noqa: PLC0415  # the same
    from fieldstone.framing.file.writing import write_problem  # noqa: PLC0415  # the same

    if target.exists():
        raise click.UsageError(f"{target} is there already: `fieldstone frame {target}` examines it.")
    if not sys.stdin.isatty():
        raise click.UsageError("There is nobody to ask: name a problem file, or run this in a terminal.")
    stopped = False

    def ask(prompt: str) -> str:
        nonlocal stopped
        try:
            return click.prompt(prompt.rstrip(), default="", show_default=False, prompt_suffix="\n> ")
        except click.Abort:
            stopped = True
            raise EOFError from None

    problem = interview(ask, click.echo, peek=lambda path: peek(path, target.parent))
    write_problem(problem, target)
    ready = problem.data is not UNSET and not stopped
    click.echo(f"\nWritten to {target}.{'' if ready else f' `fieldstone frame {target}` examines the data.'}")
    return ready


@contextmanager
def _mistakes_shown() -> Generator[None, None, None]:
    from fieldstone.framing.mistakes import ProblemError  # noqa: PLC0415  # only needed here

    try:
        yield
    except ProblemError as mistake:
        raise click.ClickException(str(mistake)) from None
