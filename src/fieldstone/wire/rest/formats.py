"""The documents of the two REST protocols, JSON and XML, and what else they do differently."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from xml.etree import ElementTree as ET

from fieldstone.core.errors import AwsError
from fieldstone.wire import jsonshape, xmlshape
from fieldstone.wire.models import OperationModel, Shape
from fieldstone.wire.rest import s3

XML: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'


_DEEPEST: Final = 64
"""Elements within each other."""


@dataclass(frozen=True, slots=True)
class Format:
    """How a REST protocol writes documents.

    Attributes:
        content_type: Of an answer with a document.
        decoder: Given a shape and its root's name, what reads a body that is not empty.
        encoder: Given an operation and the shape of its body, what writes it.
        refusal: The error for a text (of that shape, under that name) that is none of its type.
        identify: The headers that name an answer.
    """

    content_type: str
    decoder: Callable[[Shape, str], Callable[[bytes], Any]]
    encoder: Callable[[OperationModel, Shape, str], Callable[[dict[str, Any]], bytes]]
    refusal: Callable[[Shape, str, str], AwsError]
    identify: Callable[[str], dict[str, str]]


def _json_decoder(shape: Shape, root: str) -> Callable[[bytes], Any]:  # noqa: ARG001 (JSON's roots have no name)
    if shape.traits.document:
        return jsonshape.read_value
    decode = jsonshape.structure_decoder(shape)
    return lambda body: decode(jsonshape.read_document(body)) if decode else jsonshape.read_document(body)


def _json_encoder(operation: OperationModel, shape: Shape, root: str) -> Callable[[dict[str, Any]], bytes]:  # noqa: ARG001
    if shape.traits.document:
        return jsonshape.dumps
    encode = jsonshape.structure_encoder(shape)
    return lambda value: jsonshape.dumps(encode(value))


def _json_refusal(shape: Shape, wire: str, text: str) -> AwsError:  # noqa: ARG001 (AWS does not say which)
    return jsonshape.mismatch(text, shape)


class _Tree(ET.TreeBuilder):
    """The elements of a document that is no deeper than requests are."""

    _depth = 0

    def start(self, tag: Any, attrs: Any, /) -> ET.Element:
        """Go down."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ET.ParseError
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> ET.Element:
        """Go up."""
        self._depth -= 1
        return super().end(tag)


def _xml_decoder(shape: Shape, root: str) -> Callable[[bytes], Any]:
    decode = xmlshape.structure_decoder(shape)

    def read(body: bytes) -> Any:
        # A document type is never part of a request; without one there are no entities to expand.
        if b"<!DOCTYPE" in body:
            raise s3.malformed_xml()
        try:
            element = ET.fromstring(body, ET.XMLParser(target=_Tree()))  # noqa: S314 (see above; expat bounds the rest)
            if xmlshape.local_name(element.tag) not in (root, shape.name):
                raise s3.malformed_xml()
            return decode(element)
        except (ET.ParseError, ValueError, LookupError):
            raise s3.malformed_xml() from None

    return read


def _xml_encoder(operation: OperationModel, shape: Shape, root: str) -> Callable[[dict[str, Any]], bytes]:
    if (special := s3.BODIES.get(operation.name)) is not None:
        return lambda value: (XML + special(value)).encode()
    tag = s3.ROOTS.get(operation.name, root) if operation.output is shape else root
    write = xmlshape.element_encoder(shape, tag, f' xmlns="{s3.NAMESPACE}"')
    return lambda value: (XML + write(value)).encode()


def _name_json(request_id: str) -> dict[str, str]:
    return {"x-amzn-requestid": request_id}


def _name_s3(request_id: str) -> dict[str, str]:
    return {"x-amz-request-id": request_id, "x-amz-id-2": request_id}


FORMATS: Final = {
    "rest-json": Format("application/json", _json_decoder, _json_encoder, _json_refusal, _name_json),
    "rest-xml": Format("application/xml", _xml_decoder, _xml_encoder, s3.invalid_argument, _name_s3),
}
