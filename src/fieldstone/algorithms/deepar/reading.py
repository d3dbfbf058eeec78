"""The files of a channel, read into series: JSON Lines, also gzipped, and Parquet."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
from pyarrow import parquet

from fieldstone.algorithms.deepar.series import Series, SeriesError, build
from fieldstone.contract.training import Channel, UserError

_EXTENSIONS = {".json": "json", ".jsonl": "json", ".jsonlines": "json", ".json.gz": "json.gz", ".parquet": "parquet"}
_CONTENT_TYPES = {
    "json": "json",
    "json.gz": "json.gz",
    "parquet": "parquet",
    "application/json": "json",
    "application/jsonlines": "json",
    "application/x-parquet": "parquet",
}
_BATCH = 1024
"""Rows of Parquet that become Python's values at a time."""
_FIELDS = ("start", "target", "cat", "dynamic_feat")


class Line(msgspec.Struct):
    """One line of JSON."""

    start: str
    target: list[float | str | None]
    cat: int | list[int] | None = None
    dynamic_feat: list[list[float | str | None]] | None = None

    def read(self, place: str) -> Series:
        """The series that it says.

        Raises:
            SeriesError: One of its fields is not what it should be.
        """
        return build(self.start, self.target, self.cat, self.dynamic_feat, place)


DECODER = msgspec.json.Decoder(Line)


class Data(NamedTuple):
    """What a channel holds: the series of all its files, and the first file, which the log names."""

    series: list[Series]
    first: Path | None


def read(channel: Channel) -> Data:
    """All series of a channel, file by file in the order of their names.

    Raises:
        UserError: A file is of no known kind, or one of its rows is no series; the message names both.
    """
    if channel.mode == "Pipe":
        raise UserError(f"Pipe mode is not supported for channel '{channel.name}'. Please use File mode.")
    files = sorted(
        path for path in channel.path.rglob("*") if path.is_file() and path.name[0] != "." and path.name != "_SUCCESS"
    )
    series = [found for file in files for found in _read_file(file, _find_format(file, channel))]
    return Data(series, files[0] if files else None)


def _find_format(file: Path, channel: Channel) -> str:
    """What a file's name says; where it says nothing, what the channel does."""
    for ending, kind in sorted(_EXTENSIONS.items(), reverse=True):
        if file.name.endswith(ending):
            return kind
    given = (channel.content_type or "auto").partition(";")[0].strip().lower()
    if given in _CONTENT_TYPES:
        return _CONTENT_TYPES[given]
    if given == "auto":
        raise UserError(
            f"Unable to determine the format of file {file.name} in channel '{channel.name}': its extension is none of "
            ".json, .json.gz and .parquet. Set ContentType to one of json, json.gz, parquet."
        )
    raise UserError(f"ContentType '{channel.content_type}' of channel '{channel.name}' is not supported by DeepAR")


def _read_file(file: Path, kind: str) -> Iterator[Series]:
    yield from _read_parquet(file) if kind == "parquet" else _read_lines(file, kind)


def _read_lines(file: Path, kind: str) -> Iterator[Series]:
    with gzip.open(file) if kind == "json.gz" else file.open("rb") as lines:
        number = 0
        try:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield DECODER.decode(line).read(f"{file.name}, row {number}")
        except (msgspec.MsgspecError, UnicodeDecodeError, SeriesError) as error:
            raise UserError(f"Error when parsing json (source: {file.name}, row: {number}): {error}") from error
        except (OSError, EOFError, zlib.error) as error:
            raise UserError(f"Unable to read file {file.name}: {error}") from error


def _read_parquet(file: Path) -> Iterator[Series]:
    number = 0
    try:
        with parquet.ParquetFile(file) as table:
            names = table.schema_arrow.names
            if missing := [name for name in _FIELDS[:2] if name not in names]:
                raise UserError(f"Unable to read file {file.name}: it has no column '{missing[0]}'")
            columns = [name for name in _FIELDS if name in names]
            for batch in table.iter_batches(_BATCH, columns=columns):
                for row in batch.to_pylist():
                    number += 1
                    yield _build(row, f"{file.name}, row {number}")
    except SeriesError as error:
        raise UserError(f"Error when parsing parquet (source: {file.name}, row: {number}): {error}") from error
    except (pa.ArrowException, OSError) as error:
        raise UserError(f"Unable to read file {file.name}: {error}") from error


def _build(row: dict[str, Any], place: str) -> Series:
    for name in _FIELDS[:2]:
        if row[name] is None:
            raise SeriesError(f"{name} is missing")
    return build(row["start"], row["target"], row.get("cat"), row.get("dynamic_feat"), place)
