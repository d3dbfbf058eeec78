"""The formats whose records can be filtered and joined: CSV, JSON Lines, JSON."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any, Final, Protocol

from fieldstone.control.transform.jsonpath import Path

_OUTPUT: Final = "SageMakerOutput"
_INPUT: Final = "SageMakerInput"


class AssociationError(Exception):
    """What came in, or what the model said of it, cannot be processed as the job asks."""


class Format(Protocol):
    """How bytes are records, and what joining two of them means."""

    def read(self, data: bytes, what: str) -> list[Any]:
        """The records in some bytes, which are the ``input``, or the ``output from the algorithm``."""
        ...

    def write(self, records: Iterable[Any]) -> bytes:
        """The bytes of some records."""
        ...

    def select(self, path: Path, record: Any) -> Any:
        """What a path names in a record."""
        ...

    def join(self, given: Any, answered: Any) -> Any:
        """A record and the model's answer to it."""
        ...


class Csv:
    """Rows of text; fields stay as they are written."""

    def __init__(self) -> None:
        self._getters: dict[tuple[str, int], Callable[[Sequence[str]], Any]] = {}

    def read(self, data: bytes, what: str) -> list[Any]:
        """The rows; lines without anything on them are none."""
        text = _decode(data, what)
        lines = (line for line in text.split("\n") if line.strip())
        if '"' not in text:
            return [line.rstrip("\r").split(",") for line in lines]
        try:
            return list(csv.reader(lines, strict=True))
        except csv.Error as error:
            raise AssociationError(f"Fail to parse {what} as CSV: {error}") from None

    def write(self, records: Iterable[Any]) -> bytes:
        """A line a row."""
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n").writerows(records)
        return buffer.getvalue().encode()

    def select(self, path: Path, record: Any) -> Any:
        """The columns that a path names."""
        key = path.text, len(record)
        if key not in self._getters:
            self._getters[key] = _getter(path.columns(len(record)))
        return self._getters[key](record)

    def join(self, given: Any, answered: Any) -> Any:
        """The columns of both."""
        return [*given, *answered]


class JsonLines:
    """A document a line."""

    def read(self, data: bytes, what: str) -> list[Any]:
        """The documents; lines without anything on them are none."""
        return [_parse(line, what, "JSON Lines") for line in _decode(data, what).split("\n") if line.strip()]

    def write(self, records: Iterable[Any]) -> bytes:
        """A line each."""
        return b"".join(_dump(record) + b"\n" for record in records)

    def select(self, path: Path, record: Any) -> Any:
        """What a path names in a document."""
        return path.select(record)

    def join(self, given: Any, answered: Any) -> Any:
        """An object takes the answer in; anything else is put beside it."""
        if isinstance(given, dict):
            return {**given, _OUTPUT: answered}
        return {_INPUT: given, _OUTPUT: answered}


class Json(JsonLines):
    """One document, whatever lines it has."""

    def read(self, data: bytes, what: str) -> list[Any]:
        """The document."""
        return [_parse(_decode(data, what), what, "JSON")]

    def write(self, records: Iterable[Any]) -> bytes:
        """The document."""
        return b"".join(map(_dump, records))


def format_of(content_type: str, *, by_line: bool) -> Format:
    """The format of a content type; JSON whose records are lines is JSON Lines.

    Raises:
        AssociationError: It has none of these.
    """
    match content_type.partition(";")[0].strip().lower():
        case "text/csv":
            return Csv()
        case "application/jsonlines":
            return JsonLines()
        case "application/json":
            return JsonLines() if by_line else Json()
        case _:
            raise AssociationError(
                f"DataProcessing needs a ContentType and an Accept of text/csv, application/json or "
                f"application/jsonlines, not {content_type or 'none'}"
            )


def _getter(columns: Sequence[int]) -> Callable[[Sequence[str]], Any]:
    if len(columns) > 1:
        return itemgetter(*columns)
    return lambda row: [row[column] for column in columns]


def _decode(data: bytes, what: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise AssociationError(f"Fail to parse {what}: it is no UTF-8: {error}") from None


def _parse(text: str, what: str, name: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise AssociationError(f"Fail to parse {what} as {name}: {error}") from None


def _dump(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
