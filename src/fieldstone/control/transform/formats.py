"""The formats whose records can be filtered and joined: JSON Lines and JSON here, CSV in ``delimited``."""

import json
from collections.abc import Callable
from typing import Any, Final, Protocol

from fieldstone.control.transform.jsonpath import NoMatchError, Path

_OUTPUT: Final = "SageMakerOutput"
_INPUT: Final = "SageMakerInput"


class AssociationError(Exception):
    """What came in, or what the model said of it, cannot be processed as the job asks."""


class Format(Protocol):
    """How bytes are records, and what joining two of them means. What ``read`` gives has a length.

    Attributes:
        has_names: Whether a record has attributes; else it is an array of columns.
    """

    has_names: bool

    def read(self, data: bytes, what: str) -> Any:
        """The records in some bytes, which are the ``input``, or the ``output from the algorithm``."""
        ...

    def write(self, records: Any) -> bytes:
        """The bytes of some records."""
        ...

    def select(self, path: Path, records: Any) -> Any:
        """What a path names in each record."""
        ...

    def join(self, given: Any, answered: Any) -> Any:
        """Each record with the model's answer to it; there are as many of both."""
        ...


class JsonLines:
    """A document a line."""

    has_names = True

    def read(self, data: bytes, what: str) -> list[Any]:
        """The documents; lines without anything on them are none."""
        return [_parse(line, what, "JSON Lines") for line in decode(data, what).split("\n") if line.strip()]

    def write(self, records: list[Any]) -> bytes:
        """A line each."""
        return b"".join(_dump(record) + b"\n" for record in records)

    def select(self, path: Path, records: list[Any]) -> list[Any]:
        """What a path names in each document."""
        return each(path.select, records)

    def join(self, given: list[Any], answered: list[Any]) -> list[Any]:
        """An object takes the answer in; anything else is put beside it."""
        return [_joined(*pair) for pair in zip(given, answered, strict=True)]


class Json(JsonLines):
    """One document, whatever lines it has."""

    def read(self, data: bytes, what: str) -> list[Any]:
        """The document."""
        return [_parse(decode(data, what), what, "JSON")]

    def write(self, records: list[Any]) -> bytes:
        """The document."""
        return b"".join(map(_dump, records))


def each(select: Callable[[Any], Any], records: list[Any]) -> list[Any]:
    """What is selected in each record.

    Raises:
        AssociationError: One has not what is asked for.
    """
    selected: list[Any] = []
    for number, record in enumerate(records, 1):
        try:
            selected.append(select(record))
        except NoMatchError as error:
            raise unmatched(error, number) from None
    return selected


def unmatched(error: NoMatchError, number: int) -> AssociationError:
    """The error for a record that has not what a path names."""
    return AssociationError(f"{error}, in record {number} of the payload")


def decode(data: bytes, what: str) -> str:
    """The text of some bytes.

    Raises:
        AssociationError: They are none.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise AssociationError(f"Fail to parse {what}: it is no UTF-8: {error}") from None


def _joined(given: Any, answered: Any) -> Any:
    if isinstance(given, dict):
        return {**given, _OUTPUT: answered}
    return {_INPUT: given, _OUTPUT: answered}


def _parse(text: str, what: str, name: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise AssociationError(f"Fail to parse {what} as {name}: {error}") from None


def _dump(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
