"""``fieldstone algorithms``: AWS's built-in algorithms, and what they can be told."""

import json
import shutil
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from fieldstone.engine.images import BuiltIn


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def algorithms(name: str | None, as_json: bool) -> None:
    """List AWS's built-in algorithms that run here, or tell what NAME reads, answers and can be told.

    NAME is an algorithm's title or its image, with or without registry and tag. An image needs no registry: any
    account's and region's will do, as sagemaker.image_uris gives it.

    \b
    fieldstone algorithms kmeans
    """
    from fieldstone.engine.images import built_ins  # noqa: PLC0415  # other commands start without it

    there = built_ins()
    if name is None:
        told = [_summary(each) for each in there]
        click.echo(json.dumps(told) if as_json else _list(told))
        return
    wanted = name.lower().rpartition("/")[2].partition(":")[0]
    found = [each for each in there if wanted in {each.title.lower(), *each.repositories}]
    if not found:
        names = ", ".join(each.repositories[0] for each in there)
        raise click.UsageError(f"There is no algorithm {name} here; there are {names}.")
    told = _summary(found[0]) | {"hyperparameters": found[0].hyperparameters()}
    click.echo(json.dumps(told) if as_json else _page(told))


def _summary(algorithm: "BuiltIn") -> dict[str, Any]:
    manifest = algorithm.manifest
    return {
        "title": algorithm.title,
        "purpose": algorithm.purpose,
        "images": algorithm.repositories,
        "versions": manifest["versions"],
        "training": manifest["training"],
        "inference": manifest["inference"],
        "metrics": [metric["name"] for metric in manifest.get("metrics", [])],
    }


def _list(algorithms: list[dict[str, Any]]) -> str:
    rows = [("algorithm", "image", "what it makes")]
    rows += [(each["title"], each["images"][-1], each["purpose"]) for each in algorithms]
    told = "channels, content types, metrics and hyperparameters"
    return f"{_table(rows)}\n`fieldstone algorithms IMAGE` tells its {told}."


def _page(algorithm: dict[str, Any]) -> str:
    training, inference = algorithm["training"], algorithm["inference"]
    required = set(training["required_channels"])
    facts = [
        ("images", ", ".join(algorithm["images"])),
        ("versions", ", ".join(algorithm["versions"])),
        ("channels", ", ".join(f"{name} (required)" if name in required else name for name in training["channels"])),
        ("reads", ", ".join(training["content_types"])),
        ("input modes", ", ".join(training["input_modes"])),
        ("is asked in", ", ".join(inference["content_types"])),
        ("answers in", ", ".join(inference["accepts"])),
        ("metrics", ", ".join(algorithm["metrics"])),
    ]
    rows = [("hyperparameter", "type", "default", "accepted")]
    rows += [
        (
            each["name"],
            each["type"],
            "required" if each["required"] else each["default"] or "",
            each["accepted"] or "",
        )
        for each in algorithm["hyperparameters"]
    ]
    wrapped = click.HelpFormatter(width=max(80, shutil.get_terminal_size().columns))
    wrapped.write_dl(facts)
    own = "" if any(each["default"] for each in algorithm["hyperparameters"]) else "\nDefaults are the library's own."
    return f"{algorithm['title']}: {algorithm['purpose']}\n\n{wrapped.getvalue()}\n{_table(rows)}{own}"


def _table(rows: list[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
