"""Parquet: the label in the first column, null for what is missing."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import parquet

from fieldstone.algorithms.xgboost.rows import Piece, Rows
from fieldstone.contract.training import UserError

BATCH = 1 << 16
"""Rows that are taken from a row group at a time."""


def read_files(files: Sequence[Path]) -> Iterator[Piece]:
    """Read files of labelled rows; the columns of each are put into the order of the first's.

    Raises:
        UserError: One is no Parquet, has other columns than the first, or one that is not of numbers; the message
            names file and column.
    """
    names: list[str] | None = None
    for file in files:
        try:
            with parquet.ParquetFile(file) as source:
                schema = source.schema_arrow
                names = names or schema.names
                _check(file, schema, names)
                yield from _read(source, [schema.get_field_index(name) for name in names], file.name)
        except (pa.ArrowException, OSError) as error:
            raise _refuse(f"file {file.name} cannot be read: {error}") from error


def _check(file: Path, schema: Any, names: list[str]) -> None:
    if len(set(schema.names)) < len(schema):
        raise _refuse(f"two columns of file {file.name} have the same name")
    if set(schema.names) != set(names):
        raise _refuse(f"file {file.name} has the columns {_list(schema.names)} instead of {_list(names)}")
    if len(names) < 2:
        raise _refuse(f"file {file.name} has {len(names)} columns: there must be a label and a feature")
    for field in schema:
        if not _is_numeric(field.type):
            raise _refuse(f"column '{field.name}' of file {file.name} is of type {field.type} and not of numbers")


def _is_numeric(kind: Any) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    tests = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_decimal, pa.types.is_null)
    return any(test(kind) for test in tests)


def _read(source: Any, order: list[int], name: str) -> Iterator[Piece]:
    before = 0
    for batch in source.iter_batches(BATCH):
        numbers = np.empty((batch.num_rows, len(order)), np.float32)
        for place, index in enumerate(order):
            numbers[:, place] = _to_numbers(batch.column(index))
        yield Piece(Rows(labels=numbers[:, 0], features=numbers[:, 1:]), _locator(name, before))
        before += len(numbers)


def _to_numbers(column: Any) -> NDArray[np.float32]:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return pc.cast(column, pa.float32(), safe=False).to_numpy(zero_copy_only=False)


def _locator(name: str, before: int) -> Callable[[int], str]:
    return lambda row: f"row {before + row + 1} of file {name}"


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[:10]) + (", …" if len(names) > 10 else "")


def _refuse(reason: str) -> UserError:
    return UserError(f"Failed to load parquet data with exception:\n{reason}")
