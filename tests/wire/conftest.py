"""botocore as the other side of the wire: it makes the requests, signs them and reads the responses."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import botocore.loaders
import pytest
from botocore import UNSIGNED, parsers, serialize
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import HeadersDict, create_request_object, prepare_request_dict
from botocore.credentials import Credentials
from botocore.model import ServiceModel

import fieldstone.wire
from fieldstone.wire.catalog import Catalog
from fieldstone.wire.constraints import pattern
from fieldstone.wire.http import Request
from fieldstone.wire.models import read_metadata

# What is served, and what is yet to be: the protocols do not wait for the operations.
SERVICES = (
    "s3",
    "sagemaker",
    "sagemaker-runtime",
    "sts",
    "iam",
    "logs",
    "cloudwatch",
    "comprehend",
    "ecr",
    "forecast",
    "forecastquery",
    "frauddetector",
    "kms",
    "lookoutequipment",
    "lookoutmetrics",
    "lookoutvision",
    "personalize",
    "polly",
    "rekognition",
    "sagemaker-a2i-runtime",
    "sagemaker-edge",
    "sagemaker-featurestore-runtime",
    "sagemaker-metrics",
    "sagemakertrainingsessionruntime",
    "textract",
    "transcribe",
    "translate",
)
RETIRED = Path(fieldstone.wire.__file__).parent / "retired"
ACCESS_KEY, SECRET_KEY = "AKIAEXAMPLE", "a/secret+key"
EPOCH = 1_790_000_000

# What the little generator below cannot make up.
HAND_PICKED = (
    "a",
    "s3://bucket/key/",
    "https://example.com/a",
    "arn:aws:iam::123456789012:role/service-role/Example",
    "arn:aws:sagemaker:us-east-1:123456789012:model/example",
    "arn:aws:sagemaker:us-east-1:123456789012:hub/hub-1",
    "arn:aws:sagemaker:us-east-1:123456789012:hub-content/hub-1/Model/content-1/1.0.0",
    "arn:aws:lambda:us-east-1:123456789012:function:f",
    "123456789012.dkr.ecr.us-east-1.amazonaws.com/image:1",
    "sagemaker.example",
    "1.0.0",
    "2026-01-01T00:00:00Z",
    "us-east-1",
    "vpc-0a1b2c3d",
    "d-abcdefgh1234",
    "123456789012",
    "/path/",
    "10.0.0.0/16",
    "10.0.0.1",
    "ip-10-0-0-1.example",
    "session; Expires=2026-01-01T00:00:00Z",
    "a" * 20,
    "a" * 32,
    "1" * 36,
)


@dataclass(frozen=True)
class Peer:
    """One service as botocore knows it, in one of its protocols."""

    model: ServiceModel
    protocol: str

    @property
    def operations(self):
        return [self.model.operation_model(name) for name in self.model.operation_names]

    def request(self, operation, params, *, region="us-east-1", credentials=None, now=None):
        """What botocore sends, signed unless credentials are botocore's UNSIGNED."""
        serializer = serialize.create_serializer(self.protocol, include_validation=False)
        spoken = serializer.serialize_to_request(to_botocore(operation.input_shape, params), operation)
        spoken.pop("host_prefix", None)
        prepare_request_dict(spoken, endpoint_url="http://localhost:4566", context={"client_config": None})
        raw = create_request_object(spoken)
        if credentials is not UNSIGNED:
            kind = S3SigV4Auth if self.model.service_name == "s3" else SigV4Auth
            auth = kind(credentials or Credentials(ACCESS_KEY, SECRET_KEY), self.model.signing_name, region)
            auth.add_auth(raw)
        return received(raw.prepare())

    def read(self, operation, response):
        """What botocore makes of a response, without its metadata."""
        parser = parsers.create_parser(self.protocol)
        spoken = {"status_code": response.status, "headers": HeadersDict(response.headers), "body": response.body}
        return parser.parse(spoken, operation.output_shape if operation else None)


def received(prepared):
    """A prepared request as it arrives."""
    url = urlsplit(prepared.url)
    headers = {name.lower(): as_text(text) for name, text in prepared.headers.items()} | {"host": url.netloc}
    body = prepared.body if prepared.body is not None else b""
    body = body.read() if hasattr(body, "read") else body.encode() if isinstance(body, str) else bytes(body)
    return Request(prepared.method, url.path, url.query, headers, body)


def as_text(value):
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


@cache
def peer_of(service, protocol=None):
    model = model_of(service)
    return Peer(model, protocol or model.resolved_protocol)


@cache
def model_of(service):
    loader = botocore.loaders.Loader(extra_search_paths=[str(RETIRED)])
    return ServiceModel(loader.load_service_model(service, "service-2"), service)


def to_botocore(shape, value):
    """Our plain value as botocore takes it: timestamps are datetimes there."""
    match shape.type_name if shape else None:
        case "structure" if not shape.is_document_type:
            return {name: to_botocore(shape.members[name], item) for name, item in value.items()}
        case "list":
            return [to_botocore(shape.member, item) for item in value]
        case "map":
            return {key: to_botocore(shape.value, item) for key, item in value.items()}
        case "timestamp":
            return datetime.fromtimestamp(value, UTC)
        case _:
            return value


def from_botocore(value):
    """What botocore's parsers give as our plain value."""
    if isinstance(value, dict):
        return {name: from_botocore(item) for name, item in value.items() if name != "ResponseMetadata"}
    if isinstance(value, list):
        return [from_botocore(item) for item in value]
    return value.timestamp() if isinstance(value, datetime) else value


def specimen(shape, path=()):
    """A value of a shape with every member there is, the same at every call; recursion ends where it begins."""
    return MAKERS.get(shape.type_name, a_string)(shape, path)


def a_structure(shape, path):
    here = (*path, shape.name)
    known = [(name, member) for name, member in shape.members.items() if not recursive(member, here)]
    known = known[:1] if shape.is_tagged_union else known
    return {name: specimen(member, here) for name, member in known}


def a_list(shape, path):
    count = min(max(2, shape.metadata.get("min", 0)), shape.metadata.get("max", 2))
    return [specimen(shape.member, path) for _ in range(count)]


def a_map(shape, path):
    keys = [specimen(shape.key, path) + more for more in ("", "x")[: max(1, shape.metadata.get("min", 1))]]
    return {key: specimen(shape.value, path) for key in keys}


def a_number(shape, path):
    usual = 0.5 if shape.type_name in ("float", "double") else 7
    low, high = shape.metadata.get("min", usual), shape.metadata.get("max", 10**9)
    return type(usual)(min(max(usual, low), high))


def a_string(shape, path):
    if shape.enum:
        return shape.enum[-1]
    return allowed(shape.metadata.get("pattern"), shape.metadata.get("min", 1), shape.metadata.get("max", 10_000))


MAKERS = {
    "structure": a_structure,
    "list": a_list,
    "map": a_map,
    "boolean": lambda shape, path: True,
    "timestamp": lambda shape, path: float(EPOCH),
    "blob": lambda shape, path: b"bytes \\ <&> {" + b"}" * shape.metadata.get("min", 1),
} | dict.fromkeys(("integer", "long", "float", "double"), a_number)


def recursive(shape, path):
    if shape.type_name == "list":
        return recursive(shape.member, path)
    if shape.type_name == "map":
        return recursive(shape.value, path)
    return shape.type_name == "structure" and shape.name in path


@cache
def allowed(expression, least, most):
    """A string of the pattern and length; a LookupError names the one that needs to be picked by hand."""
    plain = "text-" + "x" * (least - 5) if most >= 5 else "x" * max(least, 1)
    if expression is None:
        return plain[: max(most, 1)]
    matches = pattern(expression) or (lambda _: True)
    for candidate in (plain, *HAND_PICKED, *generated(expression, least), *("9" * n for n in range(1, 40))):
        if least <= len(candidate) <= most and matches(candidate):
            return candidate
    raise LookupError(f"no string of at least {least} and at most {most} for {expression}")


def generated(expression, least):
    """Strings of a pattern, short ones first; nothing where Python's own engine cannot read it."""
    for more in range(least + 4):
        try:
            yield "".join(_pieces(re._parser.parse(expression), more))
        except (re.error, KeyError, FutureWarning):
            return


def _pieces(tree, more):
    for kind, value in tree:
        yield from PIECES[str(kind)](value, more)


def _repeated(value, more):
    low, high, inner = value
    for _ in range(min(max(low, more), high)):
        yield from _pieces(inner, 1)


# By the names of the engine's own syntax tree; what is not here (back references and their kin) ends the attempt.
PIECES = {
    "LITERAL": lambda value, more: [chr(value)],
    "NOT_LITERAL": lambda value, more: ["x"],
    "ANY": lambda value, more: ["x"],
    "IN": lambda value, more: [_member(value)],
    "MAX_REPEAT": _repeated,
    "MIN_REPEAT": _repeated,
    "SUBPATTERN": lambda value, more: _pieces(value[3], more),
    "BRANCH": lambda value, more: _pieces(value[1][more % len(value[1])], more),
    "AT": lambda value, more: [],
    "ASSERT": lambda value, more: [],
    "ASSERT_NOT": lambda value, more: [],
}


def _member(members):
    kinds = [str(kind) for kind, _ in members]
    if "NEGATE" in kinds:
        return "x" if not any(kind == "LITERAL" and chr(v) == "x" for kind, v in members[1:]) else "y"
    for kind, value in members:
        if str(kind) == "RANGE":
            return chr(value[0])
        if str(kind) == "CATEGORY":
            return "1" if "DIGIT" in str(value) or "WORD" in str(value) else "x"
    return chr(members[0][1])


@pytest.fixture(scope="session")
def catalog():
    return Catalog(SERVICES)


def spoken():
    """Every service with each protocol it speaks."""
    return [(service, wire) for service in SERVICES for wire in read_metadata(service).spoken]


@pytest.fixture(params=spoken(), ids="-".join)
def peer(request):
    """Every service in each of its protocols in turn."""
    return peer_of(*request.param)


@pytest.fixture(scope="session")
def peers():
    """A service by name."""
    return peer_of


@pytest.fixture(scope="session")
def make():
    """Makes a value of a botocore shape."""
    return specimen


@pytest.fixture(scope="session")
def plain():
    """Makes our plain values of botocore's."""
    return from_botocore


@pytest.fixture(scope="session")
def arrive():
    """Makes our request of a prepared one."""
    return received
