"""The query protocol's requests: a form whose names spell out the structure (``Tags.member.1.Key=…``).

The form is first made a tree, one level for each part of a name, then the tree is read by shape.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import parse_qsl

from fieldstone.core.errors import AwsError
from fieldstone.wire.compression import unpacked
from fieldstone.wire.http import Request
from fieldstone.wire.models import OperationModel, Shape, per_shape
from fieldstone.wire.scalars import reader

# A node of the tree: its branches by name; what stands at the node itself is under LEAF, which is no part of a name.
Node = dict[str, Any]
LEAF: Final = "."

Decode = Callable[[Node], Any]

FORM: Final = "application/x-www-form-urlencoded"
_MAX_FIELDS: Final = 10_000


def is_form(request: Request) -> bool:
    """Whether the request says it carries a form."""
    return request.headers.get("content-type", "").startswith(FORM)


def read_form(request: Request) -> dict[str, str]:
    """The fields of the query string and of a form in the body.

    Raises:
        AwsError: MalformedQueryString, where it is none.
    """
    body = unpacked(request).body if is_form(request) and isinstance(request.body, bytes) else b""
    try:
        text = f"{request.query}&{body.decode()}" if body else request.query
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict"))
    except ValueError as error:
        raise AwsError("MalformedQueryString", f"The query string could not be read: {error}") from None


def parser(operation: OperationModel) -> Callable[[Request], dict[str, Any]]:
    """What makes an operation's parameters out of a request."""
    decode = structure_decoder(operation.input) if operation.input else None

    def parse(request: Request) -> dict[str, Any]:
        if decode is None:
            return {}
        try:
            return decode(_tree(read_form(request).items()))
        except ValueError as error:
            raise AwsError("MalformedInput", str(error)) from None

    return parse


def _tree(fields: Iterable[tuple[str, str]]) -> Node:
    root: Node = {}
    for name, text in fields:
        node = root
        for part in name.split("."):
            node = node.setdefault(part, {})
        node[LEAF] = text
    return root


@per_shape
def structure_decoder(shape: Shape) -> Decode:
    """What makes a structure out of its node."""
    members: dict[str, tuple[str, Decode]] | None = None

    def decode(node: Node) -> dict[str, Any]:
        nonlocal members
        if members is None:
            members = {member.wire_name(name): (name, decoder(member)) for name, member in shape.members.items()}
        return {members[field][0]: members[field][1](branch) for field, branch in node.items() if field in members}

    return decode


def decoder(shape: Shape) -> Decode:
    """What makes a shape's value out of its node; raises ValueError for text that is none of its type."""
    match shape.type:
        case "structure":
            return structure_decoder(shape)
        case "list":
            return _list_decoder(shape)
        case "map":
            return _map_decoder(shape)
        case _:
            read = reader(shape, "iso8601")
            return lambda node: read(node.get(LEAF, ""))


def _list_decoder(shape: Shape) -> Decode:
    item = decoder(shape.member)
    below = None if shape.traits.flattened else shape.member.traits.location_name or "member"
    return lambda node: [item(each) for each in _numbered(node, below)]


def _map_decoder(shape: Shape) -> Decode:
    key_name, value_name = shape.key.wire_name("key"), shape.value.wire_name("value")
    key, value = decoder(shape.key), decoder(shape.value)
    below = None if shape.traits.flattened else "entry"
    return lambda node: {
        key(entry.get(key_name, {})): value(entry.get(value_name, {})) for entry in _numbered(node, below)
    }


def _numbered(node: Node, below: str | None) -> list[Node]:
    """The branches called 1, 2, 3, …, in that order; an empty list is a leaf and has none."""
    branches = node.get(below, {}) if below else node
    try:
        return [branches[number] for number in sorted(branches.keys() - {LEAF}, key=int)]
    except ValueError:
        raise ValueError("The members of a list are numbered from 1") from None
