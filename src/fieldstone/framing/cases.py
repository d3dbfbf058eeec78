"""Cases: what is known of each when the decision is taken, and what became of it."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

ColumnKind = Literal["number", "boolean", "category", "time", "text", "identifier", "constant"]


@dataclass(frozen=True, slots=True)
class Column:
    """A feature.

    Attributes:
        name: As in the data.
        kind: What its values are. Text, identifiers and constants are described but are no features.
        missing: The share of cases in which it is empty, 0 to 1.
        distinct: How many different values it has.
        levels: The values of a category, in the order of their codes; empty for other kinds.
    """

    name: str
    kind: ColumnKind
    missing: float
    distinct: int
    levels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cases:
    """A table of cases, ready to learn from.

    Attributes:
        table: Everything that was read, one row a case, in the order of the arrays below.
        columns: The features, in the order of the matrix.
        features: Cases x columns, float32: numbers as they are, booleans 0 and 1, times as seconds since the epoch,
            categories as their codes; NaN where there is nothing.
        left_out: Columns that are no features (identifiers, text, constants, ignored, known later), described.
        target: What became of each case, float64: 0 or 1; a class's code; a number; or cases x labels of 0 and 1. None
            where nothing is to be foretold (segments, anomalies).
        classes: The names of the target's classes in the order of their codes (for several labels: their columns).
        time: When each case arose, datetime64[us]; None where the data do not tell.
        ids: Each case's name; None where the data have none.
        periods: For a time series: the regular step in seconds. None otherwise.
    """

    table: pa.Table
    columns: tuple[Column, ...]
    features: NDArray[np.float32]
    left_out: tuple[Column, ...] = ()
    target: NDArray[np.float64] | None = None
    classes: tuple[str, ...] = ()
    time: NDArray[np.datetime64] | None = None
    ids: NDArray[Any] | None = None
    periods: float | None = None

    def __len__(self) -> int:
        return self.table.num_rows
