"""Shapes as XML: elements to values and values to elements.

A structure is read in one pass over its children, whatever their order and namespace; it is written in the model's
order. Lists and maps are *flattened* (their items stand where they would) or wrapped in an element of their own.
"""

import re
from collections.abc import Callable
from typing import Any, Final
from xml.etree.ElementTree import Element

from fieldstone.wire.models import Shape, per_shape
from fieldstone.wire.scalars import reader, writer

Read = Callable[[Element], Any]
Write = Callable[[Any], str]

_SPECIAL: Final = re.compile(r"[&<>\"\r\x00-\x08\x0b\x0c\x0e-\x1f]")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


def escape(text: str) -> str:
    """Text as it may stand in an element or attribute; control characters become references, as S3 writes them."""
    return _SPECIAL.sub(lambda found: _ENTITIES.get(found[0]) or f"&#{ord(found[0])};", text)


def printable(text: str) -> str:
    """Text of an error, which has to be read whatever a client sent: no XML parser takes control characters."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def local_name(tag: str) -> str:
    """A tag or attribute name without its namespace."""
    return tag.rpartition("}")[2]


def decoder(shape: Shape) -> Read:
    """What makes a shape's value out of its element; raises ValueError for text that is none of its type."""
    match shape.type:
        case "structure":
            return structure_decoder(shape)
        case "list":
            item = decoder(shape.member)
            return lambda element: [item(child) for child in element]
        case "map":
            entry = _entry_decoder(shape)
            return lambda element: dict(entry(child) for child in element)
        case _:
            read = reader(shape, "iso8601")
            return lambda element: read(element.text or "")


def _entry_decoder(shape: Shape) -> Callable[[Element], tuple[Any, Any]]:
    key_name, value_name = shape.key.wire_name("key"), shape.value.wire_name("value")
    key, value = decoder(shape.key), decoder(shape.value)

    def decode(element: Element) -> tuple[Any, Any]:
        children = {local_name(child.tag): child for child in element}
        if key_name not in children or value_name not in children:
            raise ValueError(f"an entry needs {key_name} and {value_name}")
        return key(children[key_name]), value(children[value_name])

    return decode


@per_shape
def structure_decoder(shape: Shape) -> Read:
    """What makes a structure out of an element, leaving out the children it does not know."""
    members: dict[str, Callable[[dict[str, Any], Element], None]] | None = None
    attributes = {
        member.wire_name(name).rpartition(":")[2]: name
        for name, member in shape.members.items()
        if member.traits.xml_attribute
    }

    def decode(element: Element) -> dict[str, Any]:
        nonlocal members
        if members is None:
            located = shape.located(None).items()
            members = {member.wire_name(name): _taker(name, member) for name, member in located}
        value: dict[str, Any] = {}
        for child in element:
            if (take := members.get(local_name(child.tag))) is not None:
                take(value, child)
        if attributes:
            value |= {
                attributes[n]: text for key, text in element.attrib.items() if (n := local_name(key)) in attributes
            }
        return value

    return decode


def _taker(name: str, member: Shape) -> Callable[[dict[str, Any], Element], None]:
    """What puts a member's element into the structure: once, or once for each item where it is flattened."""
    if member.traits.flattened and member.type == "list":
        item = decoder(member.member)
        return lambda value, child: value.setdefault(name, []).append(item(child))
    if member.traits.flattened and member.type == "map":
        entry = _entry_decoder(member)
        return lambda value, child: value.setdefault(name, {}).update((entry(child),))
    decode = decoder(member)
    return lambda value, child: value.__setitem__(name, decode(child))


def encoder(shape: Shape, tag: str) -> Write:
    """What writes a shape's value as the element ``tag``, or, flattened, as a row of them."""
    match shape.type:
        case "structure":
            return element_encoder(shape, tag)
        case "list":
            return _list_encoder(shape, tag)
        case "map":
            return _map_encoder(shape, tag)
        case kind:
            write = writer(shape, "iso8601")
            if kind == "string":
                return lambda value: f"<{tag}>{escape(value)}</{tag}>"
            return lambda value: f"<{tag}>{write(value)}</{tag}>"


def element_encoder(shape: Shape, tag: str, said: str = "") -> Write:
    """What writes a structure as an element, with what is said in its tag and the members that are attributes."""
    content = structure_encoder(shape)
    attributes = [
        (name, member.wire_name(name)) for name, member in shape.members.items() if member.traits.xml_attribute
    ]
    if not attributes:
        return lambda value: f"<{tag}{said}>{content(value)}</{tag}>"
    own = shape.traits.xml_namespace
    namespace = f' xmlns:{own["prefix"]}="{own["uri"]}"' if isinstance(own, dict) and "prefix" in own else ""

    def write(value: dict[str, Any]) -> str:
        pairs = ((wire, value.get(name)) for name, wire in attributes)
        inside = "".join(f' {wire}="{escape(text)}"' for wire, text in pairs if text is not None)
        return f"<{tag}{said}{namespace}{inside}>{content(value)}</{tag}>"

    return write


def _list_encoder(shape: Shape, tag: str) -> Write:
    if shape.traits.flattened:
        item = encoder(shape.member, tag)
        return lambda items: "".join([item(each) for each in items])
    item = encoder(shape.member, shape.member.traits.location_name or "member")
    return lambda items: f"<{tag}>{''.join([item(each) for each in items])}</{tag}>"


def _map_encoder(shape: Shape, tag: str) -> Write:
    key = encoder(shape.key, shape.key.wire_name("key"))
    value = encoder(shape.value, shape.value.wire_name("value"))
    around = tag if shape.traits.flattened else "entry"

    def write(entries: dict[str, Any]) -> str:
        written = "".join([f"<{around}>{key(k)}{value(v)}</{around}>" for k, v in entries.items()])
        return written if shape.traits.flattened else f"<{tag}>{written}</{tag}>"

    return write


@per_shape
def structure_encoder(shape: Shape) -> Write:
    """What writes a structure's members, without those that are None or not modelled."""
    members: list[tuple[str, Write]] | None = None

    def write(value: dict[str, Any]) -> str:
        nonlocal members
        if members is None:
            members = [
                (name, encoder(member, member.wire_name(name)))
                for name, member in shape.located(None).items()
                if not member.traits.xml_attribute
            ]
        return "".join([write(item) for name, write in members if (item := value.get(name)) is not None])

    return write
