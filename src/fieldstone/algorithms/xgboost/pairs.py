"""libsvm of the plainest kind, `label index:value …`, read by Arrow: many times sooner than line by line.

Whatever is more than that, or may be wrong, is left to `sparse`, which has a word for it.
"""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from fieldstone.algorithms.xgboost.rows import Rows, singles, whole

_LINE, _COLON = b"\n:"
_GAPS = np.isin(np.arange(256), list(b" \t\r\n"))
"""Which bytes stand between words."""
_UNUSUAL = (b"#", b"qid", b"\x0b", b"\x0c", b'"')
_APART = bytes.maketrans(b" \t\r:", b"\n\n\n\n")


def read(body: bytes) -> Rows | None:
    """The rows of some whole lines; None where they are not all of a label and pairs."""
    if any(mark in body for mark in _UNUSUAL) or body.count(b"\r") != body.count(b"\r\n"):
        return None
    counts = _count_pairs(body)
    numbers = None if counts is None else _read_numbers(body)
    if counts is None or numbers is None or len(numbers) != len(counts) + 2 * counts.sum():
        return None
    ends = np.concatenate([[0], np.cumsum(counts)])
    labels = np.arange(len(counts)) + 2 * ends[:-1]
    others = np.ones(len(numbers), np.bool_)
    others[labels] = False
    pairs = numbers[others].reshape(-1, 2)
    indices = whole(pairs[:, 0])
    if indices is None:
        return None
    from scipy.sparse import csr_matrix  # noqa: PLC0415 - only sparse data need it

    shape = (len(counts), int(indices.max(initial=-1)) + 1)
    features: Any = csr_matrix((singles(pairs[:, 1]), indices, ends), shape=shape)
    return Rows(singles(numbers[labels]), features)


def _count_pairs(body: bytes) -> NDArray[np.int64] | None:
    """How many pairs each row has; None where a row has a first word with a colon, or another without just one."""
    view = np.frombuffer(body, np.uint8)
    gaps = np.concatenate([[True], _GAPS[view], [True]])
    words = np.cumsum(~gaps[1:-1] & gaps[:-2], dtype=np.int64)
    if not len(words) or not words[-1]:
        return None
    colons = np.flatnonzero(view == _COLON)
    if gaps[colons].any() or gaps[colons + 2].any():
        return None
    through = np.append(words[np.flatnonzero(view == _LINE)], words[-1])
    counts = np.diff(np.concatenate([[0], through]))
    counts = counts[counts > 0]
    paired = np.zeros(words[-1], np.int64)
    np.add.at(paired, words[colons] - 1, 1)
    first = np.zeros(words[-1], np.bool_)
    first[np.cumsum(counts) - counts] = True
    return counts - 1 if (paired == ~first).all() else None


def _read_numbers(body: bytes) -> NDArray[np.float64] | None:
    try:
        table = csv.read_csv(
            pa.BufferReader(body.translate(_APART)),
            csv.ReadOptions(column_names=["number"]),
            csv.ParseOptions(quote_char=False),
            csv.ConvertOptions(column_types={"number": pa.float64()}, null_values=[]),
        )
    except pa.ArrowInvalid:
        return None
    return table.column(0).to_numpy()
