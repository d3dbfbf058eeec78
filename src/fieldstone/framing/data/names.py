"""Names that a problem file gives: found in the data, or answered with the nearest ones."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from fieldstone.framing.mistakes import ProblemError

_SHOWN = 12


def must_have(columns: Sequence[str], wanted: Iterable[str], where: str) -> None:
    """See to it that the data have every wanted column.

    Args:
        columns: The names of the columns that there are.
        wanted: The names that the problem file gives.
        where: The key of the problem file that gives them, such as ``data.ignore``.

    Raises:
        ProblemError: A name is no column; it says which are nearest.
    """
    for name in wanted:
        if name not in columns:
            raise ProblemError(f"{where}: the data have no column {name!r}. {suggest(name, columns)}")


def suggest(name: str, known: Sequence[str]) -> str:
    """What the author may have meant: the nearest of the known names, or what there is."""
    folded = {each.casefold(): each for each in known}
    near = get_close_matches(name.casefold(), list(folded), n=3, cutoff=0.6)
    if near:
        return f"Did you mean {' or '.join(repr(folded[each]) for each in near)}?"
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return f"There are {', '.join(repr(each) for each in known[:_SHOWN])}{more}."
