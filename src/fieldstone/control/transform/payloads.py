"""Cutting input objects into the payloads of a batch transform."""

import codecs
import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, Literal, TypeAlias, cast

from fieldstone.control.transform.framing import MalformedError, Record, read_recordio, read_tfrecord

Strategy = Literal["MultiRecord", "SingleRecord"]
Stream: TypeAlias = "io.BufferedReader[Any] | gzip.GzipFile"

_BINARY: Final[dict[str, Callable[[BinaryIO], Iterator[Record]]]] = {
    "RecordIO": read_recordio,
    "TFRecord": read_tfrecord,
}


DAMAGE: Final = (gzip.BadGzipFile, EOFError, zlib.error)
"""What reading a compressed object raises when it is damaged."""


class RecordTooLargeError(Exception):
    """A record, or an object that is sent whole, is larger than a payload may be."""


@dataclass(frozen=True, slots=True)
class Cut:
    """How objects are cut.

    Attributes:
        split: ``None`` sends an object whole, the others say what a record is: ``Line``, ``RecordIO``, ``TFRecord``.
        strategy: As many records as fit, or one record, a payload.
        most: Bytes of the largest payload; None for any number.
    """

    split: str
    strategy: Strategy
    most: int | None


@dataclass(frozen=True, slots=True)
class Payload:
    """What is sent to the model at a time.

    Attributes:
        body: The bytes.
        first: The number of its first record in the object, from 1; of its first line, where records are lines.
    """

    body: bytes
    first: int = 1


def cut(stream: Stream, how: Cut) -> Iterator[Payload]:
    """The payloads of one object, in order; an object without bytes has none.

    Raises:
        RecordTooLargeError: A record, or the whole object, does not fit.
        MalformedError: It is not in the format that it should be in.
    """
    try:
        if how.split in _BINARY:
            yield from _framed(_BINARY[how.split](cast(BinaryIO, stream)), how)
        elif how.split == "Line":
            _pass_over_mark(stream)
            yield from (_lines if how.strategy == "SingleRecord" else _blocks)(stream, how.most)
        else:
            yield from _whole(stream, how.most)
    except DAMAGE as error:
        raise damaged(error) from None


def damaged(error: Exception) -> MalformedError:
    """What is said of a compressed object whose reading raised this."""
    return MalformedError(f"Fail to decompress input as Gzip: {error}")


def numbered_records(payload: Payload, how: Cut) -> list[tuple[int, bytes]]:
    """The records of a payload with their numbers; lines without anything on them are none."""
    if how.split == "None" or how.strategy == "SingleRecord":
        return [(payload.first, payload.body)]
    if how.split == "Line":
        lines = enumerate(payload.body.split(b"\n"), payload.first)
        return [(number, line + b"\n") for number, line in lines if line.strip()]
    frames = [record.frame for record in _BINARY[how.split](io.BytesIO(payload.body))]
    return list(enumerate(frames, payload.first))


def _pass_over_mark(stream: Stream) -> None:
    """A byte order mark at the beginning of a text is no part of its first record."""
    if stream.peek(len(codecs.BOM_UTF8)).startswith(codecs.BOM_UTF8):
        stream.read(len(codecs.BOM_UTF8))


def _whole(stream: Stream, most: int | None) -> Iterator[Payload]:
    body = stream.read() if most is None else stream.read(most + 1)
    if most is not None and len(body) > most:
        raise _too_large("the object", most, " Split it into records by SplitType.")
    if body:
        yield Payload(body)


def _blocks(stream: Stream, most: int | None) -> Iterator[Payload]:
    """As many whole lines as fit at a time, without a look at each."""
    if most is None:
        yield from _whole(stream, None)
        return
    rest, first = b"", 1
    while block := rest + stream.read(most - len(rest)):
        end = len(block)
        if end == most and not block.endswith(b"\n"):
            following = stream.read(1)
            end = block.rfind(b"\n") + 1 if following else end
            block += following
        if end == 0:
            raise _too_large(f"line {first}", most)
        if not block[:end].isspace():
            yield Payload(block[:end], first)
        first += block.count(b"\n", 0, end)
        rest = block[end:]


def _lines(stream: Stream, most: int | None) -> Iterator[Payload]:
    for number, line in enumerate(stream, 1):
        if most is not None and len(line) > most:
            raise _too_large(f"line {number}", most)
        if line.strip():
            yield Payload(line, number)


def _framed(records: Iterator[Record], how: Cut) -> Iterator[Payload]:
    single = how.strategy == "SingleRecord"
    gathered: list[bytes] = []
    size, first = 0, 1
    for number, record in enumerate(records, 1):
        piece = record.content if single else record.frame
        if how.most is not None and len(piece) > how.most:
            raise _too_large(f"record {number}", how.most)
        if gathered and (single or (how.most is not None and size + len(piece) > how.most)):
            yield Payload(b"".join(gathered), first)
            gathered, size, first = [], 0, number
        gathered.append(piece)
        size += len(piece)
    if gathered:
        yield Payload(b"".join(gathered), first)


def _too_large(what: str, most: int, hint: str = "") -> RecordTooLargeError:
    return RecordTooLargeError(f"Too much data for max payload size: {what} has more than {most} bytes.{hint}")
