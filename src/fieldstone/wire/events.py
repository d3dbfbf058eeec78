"""Event streams: an answer in pieces, each a message of ``application/vnd.amazon.eventstream``.

    length of all │ length of headers │ CRC │ headers │ payload │ CRC
    name, kind of value, value │ …

An event is a structure with one member, as boto3 has it: ``{"PayloadPart": {"Bytes": b"…"}}``. Its type travels in a
header, its other members in headers, as the payload or in a document. What fails while events are sent is an event too.
"""

import struct
from binascii import crc32
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable, Mapping
from typing import Any, Final

from fieldstone.core.errors import AwsError
from fieldstone.wire import cbor, jsonshape, xmlshape
from fieldstone.wire.http import Response
from fieldstone.wire.models import OperationModel, Shape, per_shape
from fieldstone.wire.scalars import seconds

CONTENT_TYPE: Final = "application/vnd.amazon.eventstream"

Event = dict[str, Any]
Encode = Callable[[Event], bytes]
Render = Callable[[dict[str, Any], str], Response]

_LONGEST_TEXT: Final = 0xFFFF


def stream_member(shape: Shape | None) -> str | None:
    """The member of a structure that is a stream of events, if there is one."""
    members = shape.members.items() if shape else ()
    return next((name for name, member in members if member.traits.eventstream), None)


def message(headers: Mapping[str, Any], payload: bytes) -> bytes:
    """One message; header values are text, bytes, booleans, integers, or moments as floats."""
    packed = b"".join([_header(name, value) for name, value in headers.items()])
    prelude = struct.pack(">II", 16 + len(packed) + len(payload), len(packed))
    content = prelude + struct.pack(">I", crc32(prelude)) + packed + payload
    return content + struct.pack(">I", crc32(content))


def _header(name: str, value: Any) -> bytes:
    return struct.pack(">B", len(name.encode())) + name.encode() + _header_value(value)


def _header_value(value: Any) -> bytes:
    match value:
        case bool():
            return b"\x00" if value else b"\x01"
        case int():
            return struct.pack(">Bq", 5, value)
        case float():
            return struct.pack(">Bq", 8, round(value * 1000))
        case bytes():
            return struct.pack(">BH", 6, len(value)) + value
        case _:
            text = str(value).encode()[:_LONGEST_TEXT]
            return struct.pack(">BH", 7, len(text)) + text


def encoder(stream: Shape, wire: str) -> Encode:
    """What makes the message of an event, documents in it being those of a protocol.

    Raises:
        KeyError: From the encoder, for an event that the stream does not have.
    """
    kinds = {name: _kind_encoder(member, name, wire) for name, member in stream.members.items()}

    def encode(event: Event) -> bytes:
        ((name, members),) = event.items()
        return kinds[name](members or {})

    return encode


def _kind_encoder(shape: Shape, name: str, wire: str) -> Encode:
    """What makes the message of one kind of event, or of an error of that name."""
    word = "exception" if shape.traits.exception else "event"
    kind = {":message-type": word, f":{word}-type": name}
    in_headers = [(member, part.type) for member, part in shape.members.items() if part.traits.eventheader]
    payload = next((member for member, part in shape.members.items() if part.traits.eventpayload), None)
    content_type, write = _payload_writer(shape.members[payload] if payload else shape, wire)

    def encode(members: dict[str, Any]) -> bytes:
        named = {n: seconds(v) if of == "timestamp" else v for n, of in in_headers if (v := members.get(n)) is not None}
        rest = members.get(payload) if payload else {n: v for n, v in members.items() if n not in named}
        headers = kind | ({":content-type": content_type} if shape.members else {})
        return message(headers | named, b"" if rest is None or not shape.members else write(rest))

    return encode


def _payload_writer(shape: Shape, wire: str) -> tuple[str, Callable[[Any], bytes]]:
    match shape.type:
        case "blob":
            return "application/octet-stream", bytes
        case "string":
            return "text/plain", str.encode
        case _:
            return _document_writer(shape, wire)


@per_shape
def _document_writer(shape: Shape, wire: str) -> tuple[str, Callable[[Any], bytes]]:
    if wire == "rest-xml":
        write = xmlshape.element_encoder(shape, shape.name)
        return "text/xml", lambda value: write(value).encode()
    if wire == "smithy-rpc-v2-cbor":
        encode = jsonshape.structure_encoder(shape, "cbor")
        return "application/cbor", lambda value: cbor.write(encode(value))
    as_object = jsonshape.structure_encoder(shape)
    return "application/json", lambda value: jsonshape.dumps(as_object(value))


def renderer(operation: OperationModel, name: str, plain: Render) -> Render:
    """What makes the response of an operation whose output has a stream of events.

    Events that come as an async iterable leave as one, each when it is there; others are sent at once. In the
    protocols without members in headers, all other members are the first event.

    Args:
        operation: The operation.
        name: The output's member that is the stream.
        plain: What renders the output without it.
    """
    assert operation.output is not None
    stream = operation.output.members[name]
    encode = encoder(stream, operation.wire)
    starts = not operation.wire.startswith("rest-")

    def render(result: dict[str, Any], request_id: str) -> Response:
        response = plain({member: value for member, value in result.items() if member != name}, request_id)
        kind = {":message-type": "event", ":event-type": "initial-response"}
        kind[":content-type"] = response.headers.get("content-type", "")
        first = message(kind, response.body) if starts else b""
        events: AsyncIterable[Event] | Iterable[Event] = result.get(name) or ()
        response.headers["content-type"] = CONTENT_TYPE
        if isinstance(events, AsyncIterable):
            response.body = _flow(first, events, encode, stream)
        else:
            response.body = first + b"".join([encode(event) for event in events])
        return response

    return render


async def _flow(
    first: bytes, events: AsyncIterable[Event], encode: Encode, stream: Shape
) -> AsyncGenerator[bytes, None]:
    """The messages, to the last event or to the error that ends them; closing it closes the events."""
    try:
        if first:
            yield first
        async for event in events:
            yield encode(event)
    except AwsError as error:
        yield failure(error, encode, stream)
    except Exception:
        yield failure(AwsError("InternalFailure", "We encountered an internal error.", 500), encode, stream)
        raise
    finally:
        if isinstance(events, AsyncGenerator):
            await events.aclose()


def failure(error: AwsError, encode: Encode, stream: Shape) -> bytes:
    """The message for an error: an exception where the stream has it as a member, else with code and words alone."""
    shape = stream.members.get(error.code)
    if shape is None:
        kind = {":message-type": "error", ":error-code": error.code, ":error-message": error.message}
        return message(kind, b"")
    word = next((name for name in shape.members if name.lower() == "message"), "message")
    return encode({error.code: {**error.members, word: error.message}})
