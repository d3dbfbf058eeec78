"""Shapes as JSON and as CBOR: what must be changed in a decoded document, and what a result looks like as one.

A request costs only what JSON cannot say: members with timestamps, blobs, floats or another name on the wire
somewhere inside are visited, all others stay as the decoder left them. A result is walked in full, since services
return whole documents and only the modelled members may leave. Types are checked later, by ``validation``; the words
for a wrong one are here.

A decoded CBOR document is a JSON one whose blobs are bytes already; written, it differs in times and in floats that are
no finite numbers.
"""

import binascii
import math
from collections.abc import Callable
from typing import Any, Final, Literal

import msgspec

from fieldstone.core.errors import AwsError
from fieldstone.wire import cbor
from fieldstone.wire.models import Shape, per_shape
from fieldstone.wire.scalars import FLOATS, NON_FINITE, TIME_READERS, TIME_WRITERS, non_finite, seconds

Convert = Callable[[Any], Any]
Form = Literal["json", "cbor"]

dumps: Final = msgspec.json.Encoder().encode

_JAVA_NAMES: Final = {
    "string": "a String",
    "integer": "an Integer",
    "long": "a Long",
    "float": "a Float",
    "double": "a Double",
    "boolean": "a Boolean",
    "timestamp": "a Date",
}
_TOKENS: Final[dict[type, str]] = {str: "STRING_VALUE", int: "NUMBER_VALUE", float: "DECIMAL_VALUE"}


def serialization_error(message: str) -> AwsError:
    """The error for a body that says something else than the operation's input."""
    return AwsError("SerializationException", message)


def mismatch(value: object, shape: Shape) -> AwsError:
    """The error for a JSON value of the wrong type."""
    if isinstance(value, dict):
        return serialization_error("Start of structure or map found where not expected")
    if isinstance(value, list):
        return serialization_error("Start of list found where not expected")
    if shape.type == "blob":
        return serialization_error("only base-64-encoded strings are convertible to bytes")
    if shape.type not in _JAVA_NAMES:
        return serialization_error("Unexpected field type")
    token = _TOKENS.get(type(value), "BINARY_VALUE") if not isinstance(value, bool) else f"{value}_VALUE".upper()
    return serialization_error(f"{token} can not be converted to {_JAVA_NAMES[shape.type]}")


def read_document(body: bytes) -> dict[str, Any]:
    """A body as a JSON object; nothing at all is an empty one, and members that are null are absent.

    Raises:
        AwsError: SerializationException, where it is no object.
    """
    if not body:
        return {}
    document = read_value(body)
    return as_object(without_nulls(document) if b"null" in body else document)


def read_value(body: bytes) -> Any:
    """A body as any JSON value.

    Raises:
        AwsError: SerializationException, where it is none.
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise serialization_error(f"Could not parse request body into json: {error}") from None


def as_object(document: Any) -> dict[str, Any]:
    """A decoded document, which has to be an object.

    Raises:
        AwsError: SerializationException, where it is none.
    """
    if type(document) is not dict:
        words = "Start of list found where not expected" if isinstance(document, list) else "Unexpected field type"
        raise serialization_error(words)
    return document


def without_nulls(value: Any) -> Any:
    """A decoded document without the members that are null, at any depth."""
    if isinstance(value, dict):
        return {name: without_nulls(item) for name, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


@per_shape
def structure_decoder(shape: Shape) -> Convert | None:
    """What turns a decoded JSON object into a structure in place, or None where nothing needs to be turned."""
    if not _differs(shape, set()):
        return None
    turns: list[tuple[str, str, Convert | None]] | None = None

    def decode(document: Any) -> Any:
        nonlocal turns
        if turns is None:
            turns = _turns(shape)
        if type(document) is dict:
            for wire, name, convert in turns:
                if (item := document.get(wire)) is not None:
                    if wire != name:
                        del document[wire]
                    document[name] = item if convert is None else convert(item)
        return document

    return decode


def _turns(shape: Shape) -> list[tuple[str, str, Convert | None]]:
    members = ((member.wire_name(name), name, decoder(member)) for name, member in shape.located(None).items())
    return [(wire, name, turn) for wire, name, turn in members if turn or wire != name]


def _differs(shape: Shape, seen: set[str]) -> bool:
    """Whether a shape's JSON is not its value, somewhere inside."""
    if shape.type in ("blob", "timestamp") or shape.type in FLOATS:
        return True
    if shape.type == "list":
        return _differs(shape.member, seen)
    if shape.type == "map":
        return _differs(shape.value, seen)
    if shape.type != "structure" or shape.name in seen:
        return False
    seen.add(shape.name)
    members = shape.located(None).items()
    return any(member.wire_name(name) != name or _differs(member, seen) for name, member in members)


def decoder(shape: Shape) -> Convert | None:
    """What makes a shape's value out of decoded JSON, or None where JSON's own value is the value."""
    match shape.type:
        case "structure":
            return structure_decoder(shape)
        case "list":
            return _each(decoder(shape.member))
        case "map":
            return _every_value(decoder(shape.value))
        case "blob":
            return _read_blob(shape)
        case "timestamp":
            return _read_time(shape)
        case kind:
            return _read_float if kind in FLOATS else None


def _each(convert: Convert | None) -> Convert | None:
    if convert is None:
        return None
    return lambda items: [item if item is None else convert(item) for item in items] if type(items) is list else items


def _every_value(convert: Convert | None) -> Convert | None:
    if convert is None:
        return None

    def convert_values(entries: Any) -> Any:
        if type(entries) is not dict:
            return entries
        return {key: convert(item) for key, item in entries.items()}

    return convert_values


def _read_float(value: Any) -> Any:
    return NON_FINITE.get(value, value) if type(value) is str else value


def _read_blob(shape: Shape) -> Convert:
    def convert(value: Any) -> bytes:
        if type(value) is bytes:
            return value
        if type(value) is not str:
            raise mismatch(value, shape)
        try:
            return binascii.a2b_base64(value, strict_mode=True)
        except (binascii.Error, ValueError) as error:
            raise serialization_error(f"only base-64-encoded strings are convertible to bytes: {error}") from None

    return convert


def _read_time(shape: Shape) -> Convert:
    """Epoch seconds as the protocol has them; a string is read in the shape's format, else as ISO 8601."""
    read = TIME_READERS[shape.traits.timestamp_format or "iso8601"]

    def convert(value: Any) -> float:
        if type(value) in (int, float):
            return float(value)
        if type(value) is not str:
            raise mismatch(value, shape)
        try:
            return read(value)
        except ValueError:
            raise mismatch(value, shape) from None

    return convert


@per_shape
def structure_encoder(shape: Shape, form: Form = "json") -> Convert:
    """What makes the object of a structure, without members that are None or not modelled."""
    members: dict[str, tuple[str, Convert | None]] | None = None

    def encode(value: Any) -> dict[str, Any]:
        nonlocal members
        if members is None:
            located = shape.located(None).items()
            members = {name: (member.wire_name(name), encoder(member, form)) for name, member in located}
        document: dict[str, Any] = {}
        for name, item in value.items():
            if item is not None and (known := members.get(name)) is not None:
                wire, convert = known
                document[wire] = item if convert is None else convert(item)
        return document

    return encode


def encoder(shape: Shape, form: Form = "json") -> Convert | None:
    """What makes a shape's value fit to be written, or None where it is: blobs are, JSON makes base64 of them."""
    match shape.type:
        case "structure":
            return None if shape.traits.document else structure_encoder(shape, form)
        case "list":
            each = encoder(shape.member, form)
            return each and (lambda items: [each(item) for item in items])
        case "map":
            every = encoder(shape.value, form)
            return every and (lambda entries: {key: every(item) for key, item in entries.items()})
        case "timestamp":
            return cbor.write_time if form == "cbor" else _time_writer(shape)
        case kind:
            return _write_float if kind in FLOATS and form == "json" else None


def _time_writer(shape: Shape) -> Convert:
    format_ = shape.traits.timestamp_format or "unixTimestamp"
    return seconds if format_ == "unixTimestamp" else TIME_WRITERS[format_]


def _write_float(value: float) -> float | str:
    return value if math.isfinite(value) else non_finite(value)
