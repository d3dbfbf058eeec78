"""Scalars as text: in headers, query strings, forms and XML.

Readers raise ValueError with a reason; whoever reads turns it into the words of the protocol at hand.
"""

import base64
import binascii
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import formatdate, parsedate_to_datetime
from typing import Any, Final

import msgspec

from fieldstone.wire.models import Shape

Reader = Callable[[str], Any]
Writer = Callable[[Any], str]

_MOST_DIGITS: Final = 100
_INTEGER: Final = re.compile(r"[+-]?[0-9]+")
INTEGERS: Final = {"integer": 1 << 31, "long": 1 << 63}
"""The types of integers, and the first number that each has no room for."""

FLOATS: Final = frozenset(("float", "double"))
NON_FINITE: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def seconds(moment: Any) -> float:
    """A moment as seconds since the epoch, given as such or as an aware datetime."""
    return moment.timestamp() if isinstance(moment, datetime) else moment


def read_iso8601(text: str) -> float:
    """``2026-01-02T03:04:05Z`` as seconds since the epoch; without a zone it is UTC."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def read_http_date(text: str) -> float:
    """``Fri, 02 Jan 2026 03:04:05 GMT`` as seconds since the epoch."""
    return parsedate_to_datetime(text).timestamp()


def write_iso8601(moment: Any) -> str:
    """Whole seconds as ``2026-01-02T03:04:05Z``, others with milliseconds."""
    at = seconds(moment)
    stamp = datetime.fromtimestamp(at, UTC)
    return stamp.isoformat(timespec="milliseconds" if stamp.microsecond else "seconds")[:-6] + "Z"


def write_iso8601_millis(moment: Any) -> str:
    """Always with milliseconds, as S3 writes it and some of its clients insist on."""
    return datetime.fromtimestamp(seconds(moment), UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def write_http_date(moment: Any) -> str:
    """As HTTP's own headers have it; a string is taken to be one already (S3 keeps Expires as it was given)."""
    return moment if isinstance(moment, str) else formatdate(seconds(moment), usegmt=True)


def write_epoch(moment: Any) -> str:
    """Seconds, without a fraction where there is none."""
    at = seconds(moment)
    return str(int(at) if at == int(at) else at)


TIME_READERS: Final[dict[str, Reader]] = {
    "iso8601": read_iso8601,
    "rfc822": read_http_date,
    "unixTimestamp": float,
}
TIME_WRITERS: Final[dict[str, Writer]] = {
    "iso8601": write_iso8601,
    "rfc822": write_http_date,
    "unixTimestamp": write_epoch,
}


def integer_reader(kind: str) -> Reader:
    """What reads an ``integer`` or a ``long``: digits, with a sign before them at most."""
    room = INTEGERS[kind]

    def read(text: str) -> int:
        if not _INTEGER.fullmatch(text) or len(text) > _MOST_DIGITS or not -room <= int(text) < room:
            raise ValueError(f"{text[:_MOST_DIGITS]!r} is no {kind}")
        return int(text)

    return read


def read_boolean(text: str) -> bool:
    """``true`` or ``false``, in any case."""
    match text.strip().lower():
        case "true":
            return True
        case "false":
            return False
        case _:
            raise ValueError("boolean must follow xsd1.1 definition")


def read_blob(text: str) -> bytes:
    """Base64, strictly."""
    try:
        return binascii.a2b_base64(text.strip(), strict_mode=True)
    except binascii.Error as error:
        raise ValueError(f"not base-64: {error}") from None


def write_blob(value: bytes) -> str:
    """Base64."""
    return base64.b64encode(value).decode()


def read_json(text: str) -> Any:
    """A JSON document that travels as base64 in a header."""
    return msgspec.json.decode(read_blob(text))


def write_json(value: Any) -> str:
    """A JSON document as base64."""
    return write_blob(msgspec.json.encode(value))


def write_boolean(value: object) -> str:
    """``true`` or ``false``."""
    return "true" if value else "false"


def write_float(value: float) -> str:
    """A number, or AWS's names for those that are none."""
    return repr(value) if math.isfinite(value) else non_finite(value)


def non_finite(value: float) -> str:
    """What AWS calls a float that is no finite number."""
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def reader(shape: Shape, time_format: str) -> Reader:
    """What makes a scalar shape's value out of text; ``time_format`` holds where the shape names none."""
    if shape.type in INTEGERS:
        return integer_reader(shape.type)
    if shape.type in FLOATS:
        return float
    if shape.type == "timestamp":
        return TIME_READERS[shape.traits.timestamp_format or time_format]
    if shape.traits.jsonvalue:
        return read_json
    return {"string": str, "boolean": read_boolean, "blob": read_blob}[shape.type]


def writer(shape: Shape, time_format: str) -> Writer:
    """What makes text out of a scalar shape's value; ``time_format`` holds where the shape names none."""
    if shape.type in INTEGERS:
        return str
    if shape.type in FLOATS:
        return write_float
    if shape.type == "timestamp":
        form = shape.traits.timestamp_format or time_format
        millis = form == "iso8601" and shape.model.metadata.wire == "rest-xml"
        return write_iso8601_millis if millis else TIME_WRITERS[form]
    if shape.traits.jsonvalue:
        return write_json
    return {"string": str, "boolean": write_boolean, "blob": write_blob}[shape.type]
