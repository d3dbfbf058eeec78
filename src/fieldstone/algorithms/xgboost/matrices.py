"""From rows to XGBoost's matrices."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import xgboost
from xgboost import collective

from fieldstone.algorithms.xgboost import ring
from fieldstone.algorithms.xgboost.errors import explain
from fieldstone.algorithms.xgboost.reading import Parts, Table
from fieldstone.algorithms.xgboost.rows import Rows, concatenate, is_dense, widen
from fieldstone.contract.training import UserError

LARGE = 1 << 26
"""Numbers from which on a table is kept as bins alone: a byte for each instead of eight, and another way to them."""

Matrices = tuple[xgboost.DMatrix, xgboost.DMatrix | None]


def build(table: Table, options: Mapping[str, Any], *, binned: bool = False) -> Matrices:
    """XGBoost's matrices, as wide as the widest of all hosts in the ring; the rows are given up for them.

    Args:
        table: The rows; its lists are empty afterwards.
        options: The hyperparameters.
        binned: Whether the trees look at bins only, so that these are enough of the training data.

    Raises:
        UserError: The hosts' data differ in width, or XGBoost does not take them.
    """
    rows, checks = table
    width = _agree_on_width(table)
    large = sum(len(part) for part in rows) * width >= LARGE
    if binned and large and not collective.is_distributed() and all(is_dense(part.features) for part in rows):
        data = _build_binned(rows, options)
    else:
        data = _build(rows, width, options)
    return data, None if checks is None else _build(checks, width, options)


def merge(table: Table) -> Table:
    """All rows as training data; the lists of the table are used up."""
    rows, checks = table
    if checks is not None:
        rows += checks
        checks.clear()
    return rows, None


def _agree_on_width(table: Table) -> int:
    widths = ring.gather(np.array([part.features.shape[1] for parts in table if parts is not None for part in parts]))
    if is_dense(table[0][0].features) and widths.min() != widths.max():
        raise UserError(f"The data of the hosts differ: some have {widths.min()} features, others {widths.max()}.")
    return int(widths.max())


def _build(parts: Parts, width: int, options: Mapping[str, Any]) -> xgboost.DMatrix:
    rows = concatenate(parts)
    parts.clear()
    with _explained():
        return xgboost.DMatrix(
            widen(rows.features, width), nthread=options.get("nthread"), **_describe(rows, options), qid=rows.groups
        )


def _build_binned(parts: Parts, options: Mapping[str, Any]) -> xgboost.DMatrix:
    """The matrix of bins that XGBoost would make of the whole table for `hist`; made of the pieces, without it."""
    bins = {"max_bin": options["max_bin"]} if "max_bin" in options else {}
    with _explained():
        data = xgboost.QuantileDMatrix(_Pieces(parts, options), nthread=options.get("nthread"), **bins)
    parts.clear()
    return data


class _Pieces(xgboost.DataIter):
    """Rows in pieces, as XGBoost goes over them."""

    def __init__(self, parts: Parts, options: Mapping[str, Any]) -> None:
        super().__init__()
        self._parts = parts
        self._options = options
        self._next: Iterator[Rows] = iter(parts)

    def next(self, input_data: Any) -> bool:
        """Give the next piece to XGBoost, unless there is none."""
        rows = next(self._next, None)
        if rows is not None:
            input_data(data=rows.features, **_describe(rows, self._options))
        return rows is not None

    def reset(self) -> None:
        """Begin anew."""
        self._next = iter(self._parts)


def _describe(rows: Rows, options: Mapping[str, Any]) -> dict[str, Any]:
    """What XGBoost is told of rows beside their features.

    For `survival:aft` a label is the time of an event; a negative one says that until then there was none, as it does
    for `survival:cox`.
    """
    described: dict[str, Any] = {"label": rows.labels, "weight": rows.weights}
    if options.get("objective") == "survival:aft":
        times = np.abs(rows.labels)
        bounds = {"label_lower_bound": times, "label_upper_bound": np.where(rows.labels < 0, np.inf, times)}
        described |= {"label": times, **bounds}
    return described


@contextmanager
def _explained() -> Generator[None]:
    try:
        yield
    except (xgboost.core.XGBoostError, ValueError) as error:
        raise UserError(f"Failed to load data: {explain(error)}") from error
