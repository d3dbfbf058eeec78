"""libsvm: `label[:weight] [qid:group] index:value …`, the indices counted from 0; what is not given is missing.

XGBoost's own reader takes whatever it finds for numbers, and can end the process over it; this one names the mistake.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import methodcaller
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from fieldstone.algorithms.amazon.pieces import PIECE, take_lines, take_pieces
from fieldstone.algorithms.xgboost import pairs
from fieldstone.algorithms.xgboost.rows import Piece, Rows, singles, whole
from fieldstone.contract.training import UserError


def read_file(file: Path, size: int = PIECE) -> Iterator[Piece]:
    """Read one file of labelled rows, so many bytes at a time.

    Raises:
        UserError: A line is not libsvm; the message names file and row.
    """
    before = 0
    for body in take_pieces(file, take_lines(bytes), size):
        try:
            rows = pairs.read(body) or parse(body.splitlines(), before=before)
        except ValueError as error:
            raise UserError(
                f"Failed to load libsvm data with exception:\n{error}. "
                f"Please ensure the file {file.name} is in 'LIBSVM' format."
            ) from error
        if len(rows):
            yield Piece(rows, _locator(body, file.name, before))
        before += body.count(b"\n")


def parse(lines: Sequence[bytes], *, labelled: bool = True, before: int = 0) -> Rows:
    """Read lines of libsvm; blank ones and what follows a `#` do not count.

    Args:
        lines: The lines, with or without their ends.
        labelled: Whether every row begins with its label; if not, it may, and a label not given is 0.
        before: The lines that came before these.

    Raises:
        ValueError: A line is not libsvm; the message begins with its number, counted from 1.
    """
    try:
        return _read(lines, labelled=labelled)
    except ValueError:
        # Whole columns are converted at once, which is fast and forgets the lines: look for the one to blame.
        for number, line in enumerate(lines, before + 1):
            try:
                _read([line], labelled=labelled)
            except ValueError as error:
                raise ValueError(f"row {number}: {error}") from error
        raise


def _locator(body: bytes, name: str, before: int) -> Callable[[int], str]:
    def locate(row: int) -> str:
        filled = (number for number, line in enumerate(body.splitlines(), before + 1) if _tokens(line))
        return f"row {next(islice(filled, row, None))} of file {name}"

    return locate


def _tokens(line: bytes) -> list[bytes]:
    return (line.partition(b"#")[0] if b"#" in line else line).split()


@dataclass(slots=True)
class _Columns:
    labels: list[bytes] = field(default_factory=list[bytes])
    weights: list[bytes] = field(default_factory=list[bytes])
    groups: list[bytes] = field(default_factory=list[bytes])
    pairs: list[bytes] = field(default_factory=list[bytes])
    ends: list[int] = field(default_factory=lambda: [0])


def _read(lines: Sequence[bytes], *, labelled: bool) -> Rows:
    columns = _Columns()
    for line in lines:
        if tokens := _tokens(line):
            _add(columns, tokens, labelled=labelled)
    return _assemble(columns)


def _add(columns: _Columns, tokens: list[bytes], *, labelled: bool) -> None:
    start = 0
    label, colon, weight = tokens[0].partition(b":")
    if labelled or not colon:
        start = 1
    columns.labels.append(label if start else b"0")
    columns.weights.append(weight if start and colon else b"1")
    if len(tokens) > start and tokens[start].startswith(b"qid:"):
        columns.groups.append(tokens[start][4:])
        start += 1
    columns.pairs += tokens[start:]
    columns.ends.append(len(columns.pairs))


def _assemble(columns: _Columns) -> Rows:
    indices, values = _split_pairs(columns.pairs)
    if columns.groups and len(columns.groups) != len(columns.labels):
        raise ValueError("some rows have a qid and some have none")
    shape = (len(columns.labels), int(indices.max(initial=-1)) + 1)
    features: Any = csr_matrix((singles(values), indices, np.array(columns.ends)), shape=shape)
    weighted = any(weight != b"1" for weight in columns.weights)
    return Rows(
        labels=singles(_floats(columns.labels)),
        features=features,
        weights=singles(_floats(columns.weights)) if weighted else None,
        groups=_floats(columns.groups).astype(np.uint32) if columns.groups else None,
    )


def _split_pairs(pairs: list[bytes]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    colons = set(map(methodcaller("count", b":"), pairs))
    if colons - {1}:
        raise ValueError("a feature is not of the form index:value")
    numbers = _floats(b":".join(pairs).split(b":")) if pairs else np.empty(0)
    indices = whole(numbers[::2])
    if indices is None:
        raise ValueError("the index of a feature is not a whole number from 0")
    return indices, numbers[1::2]


def _floats(texts: list[bytes]) -> NDArray[np.float64]:
    return np.array(list(map(float, texts)))
