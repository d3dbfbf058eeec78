"""Figures with their spread, and tables of them."""

from collections.abc import Iterable, Sequence
from statistics import median


def spread(values: Iterable[float]) -> str:
    """The median of some tries, and the lowest and highest of them."""
    tries = list(values)
    return f"{number(median(tries))} ({number(min(tries))} to {number(max(tries))})"


def ratios(ours: Iterable[float], theirs: Iterable[float]) -> list[float]:
    """Try by try, how many times theirs ours is: only what ran side by side is compared."""
    return [mine / other for mine, other in zip(ours, theirs, strict=True)]


def number(value: float) -> str:
    """A number in about three digits."""
    if abs(value) >= 1000:
        return f"{round(value, 2 - len(str(int(abs(value)))) + 1):,.0f}"
    return f"{value:.3g}"


def show(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table that reads well in a terminal and in Markdown."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    print(f"\n### {title}\n")
    print(_line(header, widths))
    print(_line(["-" * width for width in widths], widths))
    for row in rows:
        print(_line(row, widths))
    print(flush=True)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return f"| {' | '.join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))} |"
