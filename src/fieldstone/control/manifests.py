"""Manifests: objects that name the objects of a channel."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from fieldstone.core.s3uri import S3Uri, parse_s3_uri

_REFERENCE: Final = "-ref"


class ManifestError(ValueError):
    """A manifest is not what it has to be; the text says where."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An object that a manifest names, and its path in the channel's folder."""

    uri: S3Uri
    name: str


def read_manifest(data: bytes) -> list[Entry]:
    """The objects that a manifest names: paths below the prefix that comes first, or whole addresses without one.

    Raises:
        ManifestError: It is not such a list.
    """
    try:
        items: Any = json.loads(data.decode("utf-8-sig"))
    except ValueError as error:
        raise ManifestError(f"it is not JSON: {error}") from None
    if not isinstance(items, list) or not items:
        raise ManifestError("it is not a JSON list of a prefix and the paths below it")
    first, *others = items
    if isinstance(first, dict):
        return _below(first.get("prefix"), others)
    return [Entry(uri, uri.key) for uri in map(_address, items)]


def read_augmented_manifest(lines: Iterable[bytes], attributes: list[str]) -> Iterator[list[S3Uri | str]]:
    """The records of an augmented manifest: the attributes that are wanted, in the order they are wanted.

    An attribute named ``...-ref`` is the object it names; any other is what it says, in JSON unless it is words.

    Raises:
        ManifestError: A line is no JSON object, lacks an attribute, or names no object where it should.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield [_attribute(json.loads(line), name) for name in attributes]
            except (ValueError, TypeError, KeyError) as error:
                raise ManifestError(f"line {number}: {_told(error)}") from None


def _below(prefix: Any, paths: list[Any]) -> list[Entry]:
    if not isinstance(prefix, str) or not all(isinstance(path, str) for path in paths):
        raise ManifestError('it has to begin with {"prefix": "s3://..."}, and to go on with paths')
    return [Entry(_address(prefix + path), path) for path in paths]


def _address(text: Any) -> S3Uri:
    try:
        if isinstance(text, str):
            return parse_s3_uri(text)
    except ValueError:
        pass
    raise ManifestError(f"{text!r} is no address of an S3 object")


def _attribute(record: Any, name: str) -> S3Uri | str:
    value = record[name]
    if name.endswith(_REFERENCE):
        return _address(value)
    return value if isinstance(value, str) else json.dumps(value)


def _told(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"it has no attribute {error.args[0]!r}"
    return "it is no JSON object" if isinstance(error, TypeError) else str(error)
