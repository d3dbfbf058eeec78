"""From a report to one HTML file, or to JSON."""

import json
import re
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from fieldstone.framing.choice.wording import figure, percent
from fieldstone.framing.report.pictures import pictures
from fieldstone.framing.report.record import Report

_HERE = Path(__file__).parent


def render(report: Report) -> str:
    """One self-contained page: no script, nothing from the network, for light and dark, phone and paper."""
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"figure": figure, "percent": _unbroken, "words": _words}
    return environment.get_template("page.html.j2").render(
        report=report,
        pictures=pictures(report),
        style=Markup((_HERE / "page.css").read_text()),  # noqa: S704  our own file
    )


def to_json(report: Report) -> str:
    """The whole report for programs: records as objects, what is not known (NaN, infinite) as null.

    What is as long as there are cases (each case's probability) is left out.
    """
    return json.dumps(_plain(report), ensure_ascii=False, indent=1)


def _words(said: str) -> Markup:
    """Escape a sentence; what stands in backticks is code."""
    coded = re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(said)))
    return Markup(re.sub(r"(?<=\d) %", "\N{NO-BREAK SPACE}%", coded))  # noqa: S704  escaped just now


def _unbroken(share: float) -> str:
    return percent(share).replace(" ", "\N{NO-BREAK SPACE}")


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        kept = (field for field in fields(value) if not field.metadata.get("by case"))
        return {field.name: _plain(getattr(value, field.name)) for field in kept}
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(one) for one in value]
    if isinstance(value, Enum):
        return value.value
    return _number(value.item() if isinstance(value, np.generic) else value)


def _number(value: Any) -> Any:
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
