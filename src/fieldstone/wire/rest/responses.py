"""REST responses: members bound to the status, headers and the body.

result --> status, headers, prefixed headers
       --> payload as it is | payload as a document | a document of all other members
"""

from collections.abc import Callable
from typing import Any

from fieldstone.wire.http import Response
from fieldstone.wire.models import OperationModel, Shape
from fieldstone.wire.rest.formats import FORMATS, Format
from fieldstone.wire.scalars import writer

Headers = dict[str, str]
Result = dict[str, Any]
BodyWriter = Callable[[Result, Headers], Any]


def renderer(operation: OperationModel) -> Callable[[Result, str], Response]:
    """What makes the response out of an operation's result and the request's id."""
    form = FORMATS[operation.wire]
    shape, status = operation.output, operation.http.response_code
    status_member = next(iter(shape.located("statusCode")), None) if shape else None
    write_headers = header_writer(shape) if shape else _no_headers
    write_body = _body_writer(operation, form) if operation.http.method != "HEAD" else _no_body

    def render(result: Result, request_id: str) -> Response:
        headers = form.identify(request_id)
        write_headers(result, headers)
        said = result.get(status_member) if status_member else None
        return Response(said or status, headers, write_body(result, headers))

    return render


def _no_headers(result: Result, headers: Headers) -> None:
    """Nothing of the result travels in headers."""


def _no_body(result: Result, headers: Headers) -> bytes:  # noqa: ARG001 (one of the body writers)
    return b""


def header_writer(shape: Shape) -> Callable[[Result, Headers], None]:
    """What writes a structure's members into the headers where they are bound to."""
    named = [(name, m.wire_name(name).lower(), _text_writer(m)) for name, m in shape.located("header").items()]
    prefixed = [(name, member.wire_name(name).lower()) for name, member in shape.located("headers").items()]

    def write(result: Result, headers: Headers) -> None:
        for name, wire, text in named:
            if (value := result.get(name)) is not None:
                headers[wire] = text(value)
        for name, prefix in prefixed:
            for key, value in (result.get(name) or {}).items():
                headers[prefix + key] = value

    return write


def _text_writer(shape: Shape) -> Callable[[Any], str]:
    """What writes a value into a header; of a list, items that a comma would tear apart stand in quotes."""
    if shape.type != "list":
        return writer(shape, "rfc822")
    item = writer(shape.member, "rfc822")
    plain = shape.member.type == "timestamp"
    return lambda items: ", ".join([text if plain else _quoted(text) for text in map(item, items)])


def _quoted(text: str) -> str:
    if "," not in text and '"' not in text:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _body_writer(operation: OperationModel, form: Format) -> BodyWriter:
    shape = operation.output
    if shape is None or operation.http.response_code == 204:
        return _no_body
    payload = shape.traits.payload
    if payload is None:
        inside = shape.located(None) or form.content_type == "application/json"
        return _document_writer(None, form, form.encoder(operation, shape, shape.name)) if inside else _no_body
    member = shape.members[payload]
    if member.type == "structure" and not member.traits.eventstream:
        return _document_writer(payload, form, form.encoder(operation, member, member.wire_name(payload)))
    return _raw_writer(payload)


def _document_writer(payload: str | None, form: Format, encode: Callable[[Result], bytes]) -> BodyWriter:
    def write(result: Result, headers: Headers) -> bytes:
        headers["content-type"] = form.content_type
        said = result if payload is None else result.get(payload)
        return encode({} if said is None else said)

    return write


def _raw_writer(payload: str) -> BodyWriter:
    """Bytes and streams go out as they are; text is encoded."""

    def write(result: Result, headers: Headers) -> Any:  # noqa: ARG001 (one of the body writers)
        body = result.get(payload)
        return b"" if body is None else body.encode() if isinstance(body, str) else body

    return write
