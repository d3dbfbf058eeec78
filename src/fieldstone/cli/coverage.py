"""``fieldstone coverage``: which operations are built."""

import json

import click


@click.command()
@click.argument("service", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--markdown", is_flag=True, help="Print the page that stands in the documentation.")
def coverage(service: str | None, as_json: bool, markdown: bool) -> None:
    """Tell which operations of SERVICE, or of all services, are built."""
    from fieldstone.gateway.coverage import coverage as measure  # noqa: PLC0415  # reads AWS's models

    table = measure()
    if service is not None and service not in table:
        raise click.UsageError(f"There is no service {service} here; there are {', '.join(table)}.")
    shown = table if service is None else {service: table[service]}
    if as_json:
        click.echo(json.dumps(shown))
    elif markdown:
        click.echo(_page(shown), nl=False)
    else:
        for name, operations in shown.items():
            built = [operation for operation, there in operations.items() if there]
            click.echo(f"{name:<20} {len(built):>3} of {len(operations):>3}  {' '.join(built)}")


def _page(table: dict[str, dict[str, bool]]) -> str:
    lines = [
        "# What is served",
        "",
        "Made by `fieldstone coverage --markdown` from the registry; a test holds it to the code.",
        "A built operation does what it says. Every other one answers 501 `NotImplemented` in its protocol's envelope,",
        "which no AWS client retries, and changes nothing. What differs from AWS in a built operation is said in its",
        "docstring, and in [differences](differences.md).",
        "",
        "| service | built | of | operations |",
        "|---|---:|---:|---|",
    ]
    for service, operations in table.items():
        built = [name for name, there in operations.items() if there]
        lines.append(f"| {service} | {len(built)} | {len(operations)} | {', '.join(built)} |")
    return "\n".join(lines) + "\n"
