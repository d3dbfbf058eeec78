"""``fieldstone ab``: plan an A/B test, assign who sees what, and find out what came of it."""

import csv
import json
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click
from msgspec import UNSET, structs

from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Data, Test

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class _Number(click.ParamType[float]):
    """A number; 5% is 0.05."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it."""
        text = str(value).strip()
        try:
            return float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            self.fail(f"{value!r} is not a number; write 0.05 or 5%.", param, ctx)


class _Colons(click.ParamType[tuple[str, float, str, str]]):
    """Parts between colons, such as refunds:0.01."""

    name = "parts"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, float, str, str]:
        """Read a name, a number and up to two more parts."""
        name, margin, third, fourth = (*str(value).split(":"), "", "", "")[:4]
        if not name or not margin:
            self.fail(f"{value!r}: write NAME:MARGIN, such as refund_rate:0.01.", param, ctx)
        return name, NUMBER.convert(margin, param, ctx), third, fourth


NUMBER = _Number()


def _options(*options: Callable[[Any], Any]) -> Callable[[Decorated], Decorated]:
    """Several options at once, in the order in which they are shown."""

    def decorate(command: Decorated) -> Decorated:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


_shared = _options(
    click.option("--problem", type=click.Path(path_type=Path), help="A problem file; its success.test is the test."),
    click.option("--effect", type=NUMBER, help="The smallest change worth the work: 0.05, 5%, or -0.05 for a fall."),
    click.option("--significance", type=NUMBER, help="How often to see a change where there is none. [default: 0.05]"),
    click.option("--power", type=NUMBER, help="How often to see the effect if it is there. [default: 0.8]"),
    click.option("--share", type=NUMBER, help="The treatment's share of the cases. [default: 0.5]"),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON document."),
)


@click.group()
def ab() -> None:
    """Plan an A/B test, assign who sees what, and find out what came of it."""


@ab.command()
@_options(
    click.option("--metric", help="What is compared. [default: the metric]"),
    click.option("--metric-kind", type=click.Choice(["proportion", "mean", "ratio"]), help="[default: found out]"),
    click.option("--baseline", type=NUMBER, help="The metric today: 0.8, 80%, or an average."),
    click.option("--deviation", type=NUMBER, help="The standard deviation of one case; not for proportions."),
    click.option("--traffic", type=NUMBER, help="New cases a day."),
    click.option("--days", type=click.IntRange(1), help="The time there is: tells what it can find."),
    click.option("--outcome-days", type=NUMBER, help="Days until a case's outcome is known."),
    click.option("--correlation", type=NUMBER, help="Of the metric with what is known before the test."),
    click.option("--guardrail", "guardrails", type=_Colons(), multiple=True, help="NAME:MARGIN:BASELINE[:DEVIATION]"),
    click.option("--from", "past", help="Past cases (CSV, Parquet) to measure baseline and deviation in."),
    click.option("--outcome", help="The metric's column there."),
    click.option("--denominator", help="For ratios: the column that it is divided by."),
    click.option("--pre", help="A column known earlier, to measure the correlation."),
)
@_shared
def plan(**options: Any) -> None:
    """Tell how many cases a test needs, and for how long. What is missing comes back as questions.

    \b
    fieldstone ab plan --baseline 80% --effect 5% --traffic 150
    fieldstone ab plan --from visits.csv --outcome spend --effect 2 --traffic 900
    """
    from fieldstone.framing.experiments.wording import as_document, describe  # noqa: PLC0415 - scipy is slow to load

    with _told():
        planned = _plan(options)
        click.echo(json.dumps(as_document(planned)) if options["as_json"] else "\n".join(describe(planned)))


@ab.command()
@click.argument("file")
@_options(
    click.option("--arm", required=True, metavar="COLUMN", help="Who saw what."),
    click.option("--outcome", required=True, metavar="COLUMN", help="What came of it: yes and no, or a number."),
    click.option("--control", default="control", show_default=True, help="The old way's name in the arm column."),
    click.option("--treatment", default="treatment", show_default=True, help="The new way's name there."),
    click.option("--leave-out", multiple=True, help="Another arm of the same test, not compared here."),
    click.option("--denominator", metavar="COLUMN", help="For ratios: what the outcome is divided by."),
    click.option("--pre", metavar="COLUMN", help="A number known of each unit before the test."),
    click.option("--unit", metavar="COLUMN", help="Who was assigned, if a unit has several rows."),
    click.option("--better", type=click.Choice(["higher", "lower"]), help="[default: as the effect's sign; higher]"),
    click.option("--guardrail", "guardrails", type=_Colons(), multiple=True, help="COLUMN:MARGIN[:higher|lower]"),
)
@_shared
def analyse(file: str, **options: Any) -> None:
    """Tell what came of a test: FILE has one row a unit (CSV, Parquet or s3://).

    \b
    fieldstone ab analyse test.csv --arm arm --outcome stayed --effect 5%
    """
    from fieldstone.framing.experiments.analysis import analyse as find  # noqa: PLC0415 - scipy is slow to load
    from fieldstone.framing.experiments.conclusion import as_document, conclude  # noqa: PLC0415 - the same

    with _told():
        planned = _plan(options | {"metric": options["outcome"], "guardrails": ()})
        table = _table(file)
        columns = _columns(options, planned, table)
        for name in _unmeasured(planned, columns):
            click.echo(f"Guardrail {name} is planned, but nothing measures it: --guardrail COLUMN:MARGIN.", err=True)
        found = find(table, columns, planned)
        click.echo(json.dumps(as_document(found)) if options["as_json"] else "\n".join(conclude(found).sentences))


@ab.command()
@click.argument("file")
@_options(
    click.option("--unit", required=True, metavar="COLUMN", help="Who is assigned: a customer, not a visit."),
    click.option("--test", "experiment", required=True, metavar="NAME", help="Units draw anew in each test."),
    click.option("--share", type=NUMBER, default=0.5, show_default=True, help="The treatment's share of the units."),
    click.option("--control", default="control", show_default=True, help="The old way's name."),
    click.option("--treatment", default="treatment", show_default=True, help="The new way's name."),
)
def assign(file: str, unit: str, experiment: str, share: float, control: str, treatment: str) -> None:
    """Draw by lot who sees what: prints each unit of FILE with its arm, as CSV. The same unit always draws the same.

    \b
    fieldstone ab assign customers.csv --unit customer_id --test winter-offer > arms.csv
    """
    from fieldstone.framing.data.names import must_have  # noqa: PLC0415 - pyarrow is slow to load
    from fieldstone.framing.experiments.assignment import assign as draw  # noqa: PLC0415 - only needed here

    with _told():
        if not 0 < share < 1:
            raise ProblemError(f"--share: {share:g} leaves one arm empty. Write a share between 0 and 1, such as 0.5.")
        table = _table(file)
        must_have(table.column_names, [unit], "--unit")
        rows = csv.writer(sys.stdout)
        rows.writerow([unit, "arm"])
        arms = {control: 1 - share, treatment: share}
        for each in dict.fromkeys(table[unit].drop_null().to_pylist()):
            rows.writerow([each, draw(str(each), experiment, arms)])


@contextmanager
def _told() -> Generator[None]:
    """What an author must put right, told without a traceback."""
    try:
        yield
    except ProblemError as mistake:
        raise click.ClickException(str(mistake)) from mistake


def _plan(options: dict[str, Any]) -> Any:
    from fieldstone.framing.experiments.design import design, setup_of  # noqa: PLC0415 - scipy is slow to load

    past = _history(options) if options.get("past") else None
    stated = _test(options["problem"])
    given = {name: options.get(name) for name in ("metric", "baseline", "effect", "deviation", "significance", "power")}
    given["traffic_a_day"] = options.get("traffic")
    measured: dict[str, Any] = {}
    if past is not None:
        measured["baseline"] = past.baseline
        measured |= {} if past.kind == "proportion" else {"deviation": past.deviation}
    test = structs.replace(stated, **measured, **{name: value for name, value in given.items() if value is not None})
    run = {name: options.get(name) for name in ("share", "days", "outcome_days", "correlation")}
    run |= {"kind": options.get("metric_kind"), "guardrails": _planned_guardrails(options) or None}
    if past is not None:
        run["kind"] = run["kind"] or past.kind
        run["correlation"] = past.correlation if run["correlation"] is None else run["correlation"]
    setup = replace(setup_of(test), **{name: value for name, value in run.items() if value is not None})
    return design(test, setup)


def _planned_guardrails(options: dict[str, Any]) -> tuple[Any, ...]:
    from fieldstone.framing.experiments.samples import Guardrail  # noqa: PLC0415 - pyarrow is slow to load

    return tuple(
        Guardrail(
            name,
            margin,
            baseline=NUMBER.convert(baseline, None, None) if baseline else None,
            deviation=NUMBER.convert(deviation, None, None) if deviation else None,
        )
        for name, margin, baseline, deviation in options["guardrails"]
    )


def _test(problem: Path | None) -> Test:
    """The test of a problem file; without a file, one of which nothing is known."""
    from fieldstone.framing.file.reading import read_problem  # noqa: PLC0415 - only needed with a file

    if problem is None:
        return Test(metric="the metric")
    test = read_problem(problem).success.test
    if test is UNSET:
        raise ProblemError(
            f"{problem}: there is no success.test. Write for example:\n"
            "success:\n  test: {metric: retention rate, baseline: 0.8, effect: 0.05, traffic_a_day: 150}"
        )
    return test


def _history(options: dict[str, Any]) -> Any:
    from fieldstone.framing.experiments.history import measure  # noqa: PLC0415 - scipy is slow to load

    if options["outcome"] is None:
        raise ProblemError("--from needs --outcome: the column that holds the metric in past cases.")
    return measure(_table(options["past"]), options["outcome"], denominator=options["denominator"], pre=options["pre"])


def _unmeasured(planned: Any, columns: Any) -> list[str]:
    """The planned guardrails that no column measures, unless the command names columns of its own."""
    measured = {each.name for each in columns.guardrails}
    planned_names = [each.name for each in planned.setup.guardrails]
    return [] if measured - set(planned_names) else [name for name in planned_names if name not in measured]


def _columns(options: dict[str, Any], planned: Any, table: Any) -> Any:
    from fieldstone.framing.experiments.samples import Columns, Guardrail  # noqa: PLC0415 - pyarrow is slow to load

    guardrails: list[Guardrail] = []
    for name, margin, way, _ in options["guardrails"]:
        if way not in ("", "higher", "lower"):
            raise ProblemError(f"--guardrail {name}: write COLUMN:MARGIN:higher or COLUMN:MARGIN:lower, not {way!r}.")
        guardrails.append(Guardrail(name, margin, way or "higher"))
    if not guardrails:
        guardrails += [each for each in planned.setup.guardrails if each.name in table.column_names]
    same = ("arm", "outcome", "control", "treatment", "denominator", "pre", "unit", "leave_out")
    named = {name: options[name] for name in same}
    named["left_out"] = named.pop("leave_out")
    return Columns(**named, better=options["better"] or planned.better, guardrails=tuple(guardrails))


def _table(file: str) -> Any:
    from fieldstone.framing.data.loading import load  # noqa: PLC0415 - DuckDB is slow to load

    return load(Data(path=file), Path())
