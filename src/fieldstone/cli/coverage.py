"""``fieldstone coverage``: how far each operation is built."""

import json

import click

Table = dict[str, dict[str, str | None]]


@click.command()
@click.argument("service", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--markdown", is_flag=True, help="Print the page that stands in the documentation.")
def coverage(service: str | None, as_json: bool, markdown: bool) -> None:
    """Tell which operations of SERVICE, or of all services, are real, which only keep documents, which are absent."""
    from fieldstone.gateway.coverage import coverage as measure  # noqa: PLC0415  # reads AWS's models

    table: Table = {name: dict(operations) for name, operations in measure().items()}
    if service is not None and service not in table:
        raise click.UsageError(f"There is no service {service} here; there are {', '.join(table)}.")
    shown = table if service is None else {service: table[service]}
    if as_json:
        click.echo(json.dumps(shown))
    elif markdown:
        click.echo(_page(shown), nl=False)
    elif service is not None:
        click.echo(_service(service, shown[service]), nl=False)
    else:
        click.echo(_summary(shown), nl=False)


def _named(operations: dict[str, str | None], depth: str | None) -> list[str]:
    return [name for name, found in operations.items() if found == depth]


def _summary(table: Table) -> str:
    lines = [f"{'service':<32} {'real':>5} {'document':>9} {'absent':>7}"]
    for name, operations in table.items():
        real, documents, absent = (len(_named(operations, depth)) for depth in ("real", "document", None))
        lines.append(f"{name:<32} {real:>5} {documents:>9} {absent:>7}")
    lines.append("`fieldstone coverage SERVICE` names them.")
    return "\n".join(lines) + "\n"


def _service(name: str, operations: dict[str, str | None]) -> str:
    lines: list[str] = []
    for depth, words in (("real", "real"), ("document", "only keep documents"), (None, "absent (501)")):
        found = _named(operations, depth)
        lines += [f"{name}: {len(found)} {words}", *(f"  {operation}" for operation in found)]
    return "\n".join(lines) + "\n"


def _page(table: Table) -> str:
    lines = [
        "# What is served",
        "",
        "Made by `fieldstone coverage --markdown` from the registry; a test holds it to the code.",
        "A *real* operation does what it says. One that *only keeps documents* takes, checks, keeps and shows them,",
        "and nothing else happens because of it. Every other one is *absent*: it answers 501 `NotImplemented` in its",
        "protocol's envelope, which no AWS client retries, and changes nothing. What differs from AWS in a built",
        "operation is said in its docstring, and in [differences](differences.md).",
        "",
        "| service | real | documents | absent | real operations | that only keep documents |",
        "|---|---:|---:|---:|---|---|",
    ]
    for service, operations in table.items():
        real, documents, absent = (_named(operations, depth) for depth in ("real", "document", None))
        counts = f"{len(real)} | {len(documents)} | {len(absent)}"
        lines.append(f"| {service} | {counts} | {', '.join(real)} | {', '.join(documents)} |")
    return "\n".join(lines) + "\n"
