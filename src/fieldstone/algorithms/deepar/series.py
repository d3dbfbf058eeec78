"""One series, whatever it was read from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
_MOST = 1 << 31
"""Categories that there may be."""


class SeriesError(ValueError):
    """What is wrong with a series; its text tells."""


@dataclass(frozen=True, slots=True)
class Series:
    """A series.

    Attributes:
        start: When its first point is, to the minute.
        values: (t,) its points; where one is missing, the one before it, and 0 before the first.
        observed: (t,) which of them are not missing.
        cat: Its categories, as numbers from 0.
        dynamic: (k, l) what else is known of each point, and of some that are still to come.
        place: Where it was found, for messages.
    """

    start: np.datetime64
    values: Floats
    observed: NDArray[np.bool_]
    cat: tuple[int, ...]
    dynamic: Floats
    place: str = ""

    def __len__(self) -> int:
        return len(self.values)

    def cut(self, length: int) -> "Series":
        """The same with only its first points; what else is known stays."""
        return Series(self.start, self.values[:length], self.observed[:length], self.cat, self.dynamic, self.place)


def build(start: str | date, target: Any, cat: Any = None, dynamic: Any = None, place: str = "") -> Series:
    """A series of what its fields say.

    Args:
        start: As `YYYY-MM-DD HH:MM:SS`, or the day alone.
        target: Numbers; None and "NaN" are missing.
        cat: One number, or one for each category; None for none.
        dynamic: As many lists of numbers as there are features; None for none.
        place: Where it was found.

    Raises:
        SeriesError: One of them is not what it should be.
    """
    if not isinstance(target, list):
        raise SeriesError("target is not a list of numbers")
    values = _numbers(target, "target")
    observed = np.isfinite(values)
    if np.isinf(values).any():
        raise SeriesError("target has a number that is too large")
    return Series(
        _read_start(start), _fill(values, observed), observed, _read_categories(cat), _read_dynamic(dynamic), place
    )


def _read_start(start: Any) -> np.datetime64:
    try:
        moment = start if isinstance(start, date) else datetime.fromisoformat(start.strip())
    except (AttributeError, ValueError) as error:
        raise SeriesError(f"start '{start}' is not a time as YYYY-MM-DD HH:MM:SS") from error
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        raise SeriesError(f"start '{start}' has a time zone, and may have none")
    return np.datetime64(moment, "m")


def _numbers(given: Any, name: str) -> Floats:
    plain = np.array(given)
    if plain.dtype.kind not in "fiu" and plain.size:
        plain = np.array([_number(value, name, number) for number, value in enumerate(given)])
    with np.errstate(over="ignore"):  # what is too large becomes infinite
        return plain.astype(np.float32).reshape(-1)


def _number(value: Any, name: str, number: int) -> float:
    if value is None or (isinstance(value, str) and value.strip().lower() == "nan"):
        return np.nan
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    raise SeriesError(f"'{value}' in {name}, position {number + 1} is not a number")


def _fill(values: Floats, observed: NDArray[np.bool_]) -> Floats:
    """The last point that there was in place of each that is missing."""
    if observed.all():
        return values
    last = np.maximum.accumulate(np.where(observed, np.arange(len(values)), -1))
    return np.where(last >= 0, np.where(observed, values, 0)[last], np.float32(0))


def _read_categories(cat: Any) -> tuple[int, ...]:
    if cat is None:
        return ()
    listed: Sequence[Any] = [cat] if isinstance(cat, int) else cat
    for category in listed:
        if not isinstance(category, int) or isinstance(category, bool) or not 0 <= category < _MOST:
            raise SeriesError(f"cat has '{category}', which is not an integer from 0 to {_MOST - 1}")
    return tuple(listed)


def _read_dynamic(dynamic: Any) -> Floats:
    if dynamic is None or not len(dynamic):
        return np.empty((0, 0), np.float32)
    rows = [_numbers(row, "dynamic_feat") for row in dynamic]
    if len({len(row) for row in rows}) > 1:
        lengths = ", ".join(str(len(row)) for row in rows)
        raise SeriesError(f"the lists of dynamic_feat differ in length: {lengths}")
    features = np.stack(rows)
    if not np.isfinite(features).all():
        raise SeriesError("dynamic_feat has a missing value, which is not supported")
    return features
