"""A picture: a chart with its caption and its numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from fieldstone.framing.report.charts import Bar, Caption

_LETTERS = 58
"""So many letters fit above a bar."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart, a caption to read with it, and its numbers as a table."""

    caption: Caption
    svg: Markup
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def short(rows: Sequence[Bar]) -> list[Bar]:
    """Bars with names cut to what fits."""
    return [
        row if len(row.name) <= _LETTERS else replace(row, name=row.name[: _LETTERS - 1].rstrip() + "…") for row in rows
    ]
