"""Smithy's protocol vectors, the way round that a server sees them: requests to parameters, results to responses."""

import base64
import json
import lzma
import tomllib
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest
from botocore import parsers
from botocore.awsrequest import HeadersDict
from botocore.model import OperationModel as BotocoreOperation
from botocore.model import ServiceModel as BotocoreService
from botocore.utils import parse_timestamp

from fieldstone.core.errors import AwsError
from fieldstone.wire import cbor
from fieldstone.wire.http import Request
from fieldstone.wire.models import decode_model
from fieldstone.wire.operation import Operation

VECTORS = Path(__file__).parent / "vectors"
CBOR = "smithy-rpc-v2-cbor"


@dataclass(frozen=True)
class Vector:
    """One case, with the model that is made for it."""

    file: str
    suite: dict[str, Any]
    case: dict[str, Any]

    @property
    def protocol(self) -> str:
        return self.suite["metadata"]["protocol"]

    @property
    def model(self):
        """The service of this one operation, as botocore writes them."""
        given = {"http": {"method": "POST", "requestUri": "/"}} | deepcopy(self.case["given"])
        if self.protocol == "query" and "output" in given:
            given["output"]["resultWrapper"] = f"{self.name}Result"
        metadata = {"endpointPrefix": "example", "apiVersion": "2026-01-01", **self.suite["metadata"]}
        return {"metadata": metadata, "operations": {self.name: given}, "shapes": self.suite["shapes"]}

    @property
    def name(self) -> str:
        return self.case["given"].get("name", "OperationName")

    @property
    def operation(self):
        return decode_model("example", json.dumps(self.model).encode()).operation(self.name)

    def body(self, text):
        """A body of the vectors: text, or, for CBOR, base64."""
        return base64.b64decode(text or "") if self.protocol == CBOR else (text or "").encode()


@cache
def vectors(kind):
    documents = json.loads(lzma.decompress((VECTORS / "protocols.json.xz").read_bytes()))
    return [
        Vector(file.partition("/")[2], suite, case)
        for file, suites in documents.items()
        if file.startswith(f"{kind}/")
        for suite in suites
        for case in suite["cases"]
    ]


@cache
def exceptions(kind):
    """The reason for each case that is not held, by file and id."""
    groups = tomllib.loads((VECTORS / "exceptions.toml").read_text())[kind]
    return {(group["file"], case): group["reason"] for group in groups for case in group["cases"]}


def held(kind):
    """The vectors that hold, each as a test's parameter."""
    some = vectors("input" if kind == "input" else "output")
    return [
        pytest.param(vector, id=f"{vector.file}-{vector.case['id']}") for vector in some if not listed(kind, vector)
    ]


def listed(kind, vector):
    return (vector.file, vector.case["id"]) in exceptions(kind)


def as_ours(shape, value):
    """A value of the vectors as we have it: blobs are bytes, floats are floats, what is null is not there."""
    match shape.type:
        case "structure" if not shape.traits.document:
            known = {name: item for name, item in value.items() if item is not None and name in shape.members}
            return {name: as_ours(shape.members[name], item) for name, item in known.items()}
        case "list":
            return [item if item is None else as_ours(shape.member, item) for item in value]
        case "map":
            return {key: as_ours(shape.value, item) for key, item in value.items() if item is not None}
        case "blob":
            return value.encode()
        case "float" | "double":
            return float(value)
        case _:
            return value


@pytest.mark.parametrize("vector", held("input"))
def test_a_request_is_read_as_its_parameters(vector):
    """Every request that a client may write gives the parameters it was written from."""
    check_request(vector)


def check_request(vector):
    sent = vector.case["serialized"]
    path, _, query = sent.get("uri", "/").partition("?")
    headers = {name.lower(): text for name, text in sent.get("headers", {}).items()}
    request = Request(sent.get("method", "POST"), path, query, headers, vector.body(sent.get("body")))
    operation = vector.operation
    expected = as_ours(operation.input, vector.case["params"]) if operation.input else {}

    assert repr(in_order(Operation(operation).parse(request))) == repr(in_order(expected))


def in_order(value):
    """Maps sorted, and whole numbers all of one kind; with repr, NaN equals itself."""
    if isinstance(value, dict):
        return {key: in_order(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [in_order(item) for item in value]
    return float(value) if type(value) is int else value


@pytest.mark.parametrize("vector", held("read"))
def test_a_response_is_read_as_its_result(vector):
    """What we write is read by botocore as the result, or the error, that it was written from."""
    check_reading(vector)


def check_reading(vector):
    response, parser = rendered(vector), parsers.create_parser(vector.protocol)
    parser._timestamp_parser = lambda value: parse_timestamp(value).timestamp()
    model, case = BotocoreService(vector.model), vector.case
    failed = "error" in case
    shape = BotocoreOperation(vector.model["operations"][vector.name], model).output_shape
    spoken = {"status_code": response.status, "headers": HeadersDict(response.headers), "body": response.body}
    read = parser.parse(spoken | {"context": {"operation_name": vector.name}}, None if failed else shape)
    read.pop("ResponseMetadata")
    if failed:
        code, message = read["Error"]["Code"], read["Error"]["Message"]
        assert (code, message) == (case.get("errorCode", ""), case.get("errorMessage", ""))
    else:
        expected = as_ours(vector.operation.output, case["result"]) if shape else {}
        assert repr(in_order(read)) == repr(in_order(expected))


@pytest.mark.parametrize("vector", held("written"))
def test_a_response_is_written_as_the_vector_has_it(vector):
    """Status, headers and the document itself, but for white space, order and namespaces; errors are read only."""
    if "error" not in vector.case:
        check_writing(vector)


def check_writing(vector):
    response, expected = rendered(vector), vector.case["response"]
    headers = {name.lower(): text for name, text in expected.get("headers", {}).items()}

    assert response.status == expected.get("status_code", 200)
    assert {name: response.headers.get(name) for name in headers} == headers
    assert document(vector, response.body) == document(vector, vector.body(expected.get("body")))


def rendered(vector):
    """Our response to a case's result or error."""
    operation = vector.operation
    if "error" not in vector.case:
        result = as_ours(operation.output, vector.case["result"]) if operation.output else {}
        return Operation(operation).render(result, "request-1")
    members = {name: value for name, value in vector.case["error"].items() if name.lower() != "message"}
    error = AwsError(vector.case["errorCode"], vector.case.get("errorMessage", ""), **members)
    return Operation(operation).render_error(error, "request-1")


def document(vector, body):
    """A body in a form to compare: a value, or an element without namespaces; an empty object is as good as nothing."""
    if not body:
        return "None" if vector.protocol == CBOR else None
    if vector.protocol == CBOR:
        return repr(in_order(cbor.read(body)) or None)
    try:
        if vector.protocol in ("json", "rest-json"):
            return in_order(msgspec.json.decode(body)) or None
        return element(ET.fromstring(body))
    except (msgspec.DecodeError, ET.ParseError):
        return body


def element(node):
    children = [element(child) for child in node if not child.tag.endswith("ResponseMetadata")]
    attributes = sorted((name.rpartition("}")[2], text) for name, text in node.attrib.items())
    return node.tag.rpartition("}")[2], attributes, (node.text or "").strip(), sorted(children)


@pytest.mark.parametrize(
    ("kind", "check"), [("input", check_request), ("read", check_reading), ("written", check_writing)]
)
def test_the_list_of_exceptions_is_true(kind, check):
    """Every listed case is there and fails."""
    found = [vector for vector in vectors("input" if kind == "input" else "output") if listed(kind, vector)]
    for vector in found:
        with pytest.raises((AssertionError, AwsError, parsers.ResponseParserError)):
            check(vector)
    assert len(found) == len(exceptions(kind))
