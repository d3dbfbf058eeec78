"""REST requests: members bound to the path, the query, headers and the body.

request --> labels, query fields, headers, prefixed headers --> parameters
        --> payload as it is | payload as a document | a document of all other members
"""

import csv
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

from fieldstone.core.errors import AwsError
from fieldstone.wire.http import Request
from fieldstone.wire.models import OperationModel, Shape
from fieldstone.wire.rest.formats import FORMATS, Format
from fieldstone.wire.rest.routing import read_query, read_template
from fieldstone.wire.scalars import reader

Parameters = dict[str, Any]
Step = Callable[[Request, Parameters], None]


def parser(operation: OperationModel) -> Callable[[Request], Parameters]:
    """What makes an operation's parameters out of a request."""
    shape = operation.input
    if shape is None:
        return lambda _: {}
    form = FORMATS[operation.wire]
    steps = [
        *_label_step(operation.http.request_uri, shape, form),
        *_query_step(shape.located("querystring"), form),
        *_query_map_steps(shape.located("querystring")),
        *_header_step(shape.located("header"), form),
        *_prefix_steps(shape.located("headers")),
        *_body_step(shape, form),
    ]

    def parse(request: Request) -> Parameters:
        params: Parameters = {}
        for step in steps:
            step(request, params)
        return params

    return parse


def _scalar(shape: Shape, wire: str, time_format: str, form: Format) -> Callable[[str], Any]:
    """What reads a member's text, or raises the protocol's error."""
    if shape.type == "list":
        each = _scalar(shape.member, wire, time_format, form)
        dates = shape.member.type == "timestamp" and (shape.member.traits.timestamp_format or time_format) == "rfc822"
        split = _split_dates if dates else _split
        return lambda text: [each(item) for item in split(text)]
    read = reader(shape, time_format)
    if read is str:
        return str

    def convert(text: str) -> Any:
        try:
            return read(text)
        except ValueError:
            raise form.refusal(shape, wire, text) from None

    return convert


def _split(text: str) -> list[str]:
    """The items of a header, some of them perhaps in quotes."""
    if not text:
        return []
    if '"' not in text:
        return [item.strip() for item in text.split(",")]
    return next(csv.reader([text], skipinitialspace=True, escapechar="\\", doublequote=False))


def _split_dates(text: str) -> list[str]:
    """The items of a header of dates, each with a comma of its own."""
    parts = text.split(",")
    return [",".join(parts[at : at + 2]).strip() for at in range(0, len(parts), 2)]


def _label_step(uri: str, shape: Shape, form: Format) -> list[Step]:
    template = read_template(uri)
    named = {member.wire_name(name): (name, member) for name, member in shape.located("uri").items()}
    labels = [(named[wire][0], _scalar(named[wire][1], wire, "iso8601", form)) for wire in template.labels]

    def step(request: Request, params: Parameters) -> None:
        found = template.path.fullmatch(request.path)
        if found is None:
            raise AwsError("InvalidURI", "Couldn't parse the specified URI.")
        try:
            for (name, convert), raw in zip(labels, found.groups(), strict=True):
                # Bytes beyond ASCII arrive as HTTP has them, one character each.
                params[name] = convert(unquote_to_bytes(raw.encode("latin-1")).decode())
        except UnicodeError:
            raise AwsError("InvalidURI", "Couldn't parse the specified URI.") from None

    return [step] if labels else []


def _query_step(members: dict[str, Shape], form: Format) -> list[Step]:
    members = {name: member for name, member in members.items() if member.type != "map"}
    lists = {name: member for name, member in members.items() if member.type == "list"}
    fields = [
        (
            member.wire_name(name),
            name,
            _scalar(lists[name].member if name in lists else member, member.wire_name(name), "iso8601", form),
        )
        for name, member in members.items()
    ]

    def step(request: Request, params: Parameters) -> None:
        query = read_query(request.query)
        for wire, name, convert in fields if query else ():
            if wire in query:
                texts = query[wire]
                if name in lists:
                    params[name] = [convert(text) for text in texts]
                elif texts[0] or convert is str:
                    params[name] = convert(texts[0])

    return [step] if fields else []


def _query_map_steps(members: dict[str, Shape]) -> list[Step]:
    """A map in the query is all of the query, the fields that have members of their own included."""
    return [
        _query_map_step(name, lists=member.value.type == "list")
        for name, member in members.items()
        if member.type == "map"
    ]


def _query_map_step(name: str, *, lists: bool) -> Step:
    def step(request: Request, params: Parameters) -> None:
        if query := read_query(request.query):
            params[name] = query if lists else {key: texts[0] for key, texts in query.items()}

    return step


def _header_step(members: dict[str, Shape], form: Format) -> list[Step]:
    fields = [
        (member.wire_name(name).lower(), name, _scalar(member, member.wire_name(name), "rfc822", form))
        for name, member in members.items()
    ]

    def step(request: Request, params: Parameters) -> None:
        headers = request.headers
        for wire, name, convert in fields:
            if (text := headers.get(wire)) is not None:
                params[name] = convert(text)

    return [step] if fields else []


def _prefix_steps(members: dict[str, Shape]) -> list[Step]:
    return [_prefix_step(name, member.wire_name(name).lower()) for name, member in members.items()]


def _prefix_step(name: str, prefix: str) -> Step:
    def step(request: Request, params: Parameters) -> None:
        found = {wire[len(prefix) :]: text for wire, text in request.headers.items() if wire.startswith(prefix)}
        if found:
            params[name] = found

    return step


def _body_step(shape: Shape, form: Format) -> list[Step]:
    payload = shape.traits.payload
    if payload is None:
        return [_document_step(None, form.decoder(shape, shape.wire_name(shape.name)))] if shape.located(None) else []
    member = shape.members[payload]
    if member.type == "structure" and not member.traits.eventstream:
        return [_document_step(payload, form.decoder(member, member.wire_name(payload)))]
    return [_text_step(payload) if member.type == "string" else _raw_step(payload)]


def _document_step(payload: str | None, decode: Callable[[bytes], Any]) -> Step:
    def step(request: Request, params: Parameters) -> None:
        if request.body and payload is None:
            params |= decode(request.body)
        elif request.body:
            params[str(payload)] = decode(request.body)

    return step


def _text_step(payload: str) -> Step:
    def step(request: Request, params: Parameters) -> None:
        if request.body:
            params[payload] = request.body.decode(errors="replace")

    return step


def _raw_step(payload: str) -> Step:
    def step(request: Request, params: Parameters) -> None:
        params[payload] = request.body

    return step
