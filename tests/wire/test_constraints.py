"""Every constraint of operations' models broken, one at a time: AWS's words, in the right envelope, with 400."""

import json

import pytest
from tests.wire.conftest import SERVICES

from fieldstone.core.errors import AwsError
from fieldstone.wire.constraints import pattern
from fieldstone.wire.models import read_metadata

NOT_NULL = "Member must not be null"
CODES = {"ecr": "InvalidParameterException", "logs": "InvalidParameterException", "transcribe": "BadRequestException"}
STRANGE = ("!", "~ ~", " ", "\t", "é", "a b!", "-", "漢", "\\", "0", "A", "a")
LONGEST = 100_000
MOST_ITEMS = 2_000
EVERY = pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.slow)], ids=["a fifth", "all"])
SCALARS = {"string", "integer", "long", "float", "double", "boolean", "timestamp", "blob"}


class Breaker:
    """Breaks a good value at one place at a time.

    Yields the value, the path of the place in AWS's notation, and what AWS says of it.
    """

    def broken(self, shape, value, where=()):
        match shape.type_name:
            case "structure" if not shape.is_document_type and not shape.serialization.get("eventstream"):
                yield from self._structure(shape, value, where)
            case "list":
                yield from ((new, where, words) for new, words in self._sizes(shape, value))
                yield from self._items(shape, value, where)
            case "map":
                yield from ((new, where, words) for new, words in self._sizes(shape, value))
                yield from self._entries(shape, value, where)
            case "string" | "integer" | "long" | "float" | "double" | "blob":
                yield from ((new, where, words) for new, words in self._scalar(shape, value))

    def _structure(self, shape, value, where):
        for name in shape.required_members:
            if name in value and not in_path(shape.members[name]):
                yield {k: v for k, v in value.items() if k != name}, (*where, lower_first(name)), NOT_NULL
        for name, item in value.items():
            for new, at, words in self.broken(shape.members[name], item, (*where, lower_first(name))):
                if not (in_path(shape.members[name]) and new == ""):
                    yield {**value, name: new}, at, words

    def _items(self, shape, value, where):
        if not value:
            return
        if shape.member.type_name in SCALARS:
            asked = words_of(shape.member)
            for new, _ in self._scalar(shape.member, value[0]):
                yield [*value[1:], new], where, f"Member must satisfy constraint: [{', '.join(asked)}]"
            return
        for new, at, words in self.broken(shape.member, value[0], (*where, "1", "member")):
            yield [new, *value[1:]], at, words

    def _entries(self, shape, value, where):
        key, item = next(iter(value.items()), (None, None))
        if key is None:
            return
        rest = {k: v for k, v in value.items() if k != key}
        asked = ", ".join(words_of(shape.key))
        for new, _ in self._scalar(shape.key, key):
            yield {**rest, new: item}, where, f"Map keys must satisfy constraint: [{asked}]"
        if shape.value.type_name in SCALARS:
            asked = ", ".join(words_of(shape.value))
            for new, _ in self._scalar(shape.value, item):
                yield {**rest, key: new}, where, f"Map value must satisfy constraint: [{asked}]"
            return
        for new, at, words in self.broken(shape.value, item, (*where, key, "member")):
            yield {**rest, key: new}, at, words

    def _sizes(self, shape, value):
        low, high = shape.metadata.get("min", 0), shape.metadata.get("max")
        if low:
            yield type(value)(), length_words("greater", low)
        if high is not None and high < MOST_ITEMS and value:
            yield self._many(value, high + 1), length_words("less", high)

    def _many(self, value, count):
        if isinstance(value, list):
            return [value[0]] * count
        item = next(iter(value.values()))
        return {f"key{number}": item for number in range(count)}

    def _scalar(self, shape, value):
        if shape.type_name in {"integer", "long", "float", "double"}:
            yield from self._numbers(shape)
            return
        low, high = shape.metadata.get("min", 0), shape.metadata.get("max")
        if isinstance(value, str) and shape.enum:
            yield "no-such-value", f"Member must satisfy enum value set: [{', '.join(allowed(shape))}]"
        if high is not None and high < LONGEST:
            yield (b"x" if isinstance(value, bytes) else "x") * (high + 1), length_words("less", high)
        if low > 0 and not isinstance(value, bytes):
            yield "x" * (low - 1), length_words("greater", low)
        if (expression := shape.metadata.get("pattern")) and (strange := misfit(expression, low, high)):
            yield strange, f"Member must satisfy regular expression pattern: {expression}"

    def _numbers(self, shape):
        low, high = shape.metadata.get("min"), shape.metadata.get("max")
        if low is not None:
            yield low - 1, f"Member must have value greater than or equal to {low}"
        if high is not None:
            yield high + 1, f"Member must have value less than or equal to {high}"


def words_of(shape):
    """All that is asked of the items of a list or map, in AWS's order."""
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    number = shape.type_name in {"integer", "long", "float", "double"}
    say = (lambda word, n: f"Member must have value {word} than or equal to {n}") if number else length_words
    found = [f"Member must satisfy enum value set: [{', '.join(allowed(shape))}]"] if shape_enum(shape) else []
    found += [say("less", high)] if high is not None else []
    found += [say("greater", low)] if low is not None else []
    expression = shape.metadata.get("pattern")
    return found + ([f"Member must satisfy regular expression pattern: {expression}"] if expression else [])


def shape_enum(shape):
    return shape.type_name == "string" and shape.enum


def allowed(shape):
    """The enum; SageMaker's instance types have two more here."""
    local = shape.name.endswith("InstanceType") and any(kind.startswith("ml.") for kind in shape.enum)
    return [*shape.enum, *(("local", "local_gpu") if local else ())]


def length_words(word, bound):
    return f"Member must have length {word} than or equal to {bound}"


def misfit(expression, low, high):
    """A text of the right length that is not of the pattern, if one of the strange ones is none."""
    matches = pattern(expression)
    fitting = (text + text[-1] * (low - len(text)) for text in STRANGE)
    return next((text for text in fitting if len(text) <= (high or LONGEST) and not matches(text)), None)


def in_path(shape):
    return shape.serialization.get("location") == "uri"


def lower_first(name):
    return name[:1].lower() + name[1:]


def cases(operation, make):
    """Every broken request of an operation."""
    if operation.input_shape is None or operation.has_event_stream_input:
        return
    yield from Breaker().broken(operation.input_shape, make(operation.input_shape))


def code_of(operation, protocol):
    service = operation.service_model
    if service.service_name in CODES:
        return CODES[service.service_name]
    listed = {shape.name: shape.metadata.get("error", {}).get("code", shape.name) for shape in operation.error_shapes}
    as_query = protocol == "query" or "awsQueryCompatible" in service.metadata
    usual = "ValidationError" if as_query else "ValidationException"
    return next((listed[name] for name in ("ValidationException", "ValidationError") if name in listed), usual)


def told(operation, path, words):
    """The piece of the message that speaks of a place; ECR's own speaks of the first alone."""
    if operation.service_model.service_name != "ecr":
        return f"at '{path}' failed to satisfy constraint: {words}"
    words = words.removeprefix("Member ").replace("regular expression pattern: ", "regular expression '")
    return f"at '{path}' failed to satisfy constraint: '{words}'"


def check(catalog, peer, operation, case):
    """A broken request is refused in the words of its constraint, and botocore reads the refusal."""
    params, path, words = case
    request = peer.request(operation, params)
    routed = catalog.route(request)
    parsed = routed.parse(request)
    if parsed != params:  # forms and fields cannot say that something is there and empty
        assert peer.protocol in {"query", "rest-json"}
        return
    with pytest.raises(AwsError) as refused:
        routed.validate(parsed)
    read = peer.read(None, routed.render_error(refused.value, "request-1"))

    assert read["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert read["Error"]["Code"] == code_of(operation, peer.protocol), operation.name
    assert told(operation, ".".join(path), words) in read["Error"]["Message"], operation.name


@EVERY
def test_a_broken_constraint_is_told_in_awss_words(catalog, peer, make, every):
    """One constraint at a time, whatever its place."""
    if peer.model.service_name == "s3":
        pytest.skip("S3 has words of its own: rest/test_s3rules.py")
    for operation in peer.operations[::every]:
        for case in cases(operation, make):
            check(catalog, peer, operation, case)


@EVERY
def test_lenient_looks_at_presence_and_enums_alone(catalog, peer, make, every):
    """Of the same broken requests; those whose items fail together are left out, since they may fail both ways."""
    if peer.model.service_name == "s3":
        pytest.skip("S3 is held to presence and enums anyway")
    for operation in peer.operations[::every]:
        ours = catalog.operation(peer.model.service_name, operation.name, peer.protocol)
        for params, path, words in cases(operation, make):
            if words == NOT_NULL or words.startswith("Member must satisfy enum"):
                with pytest.raises(AwsError):
                    ours.validate(params, lenient=True)
            elif not words.startswith(("Member must satisfy constraint", "Map ")) and not is_listed(operation, path):
                ours.validate(params, lenient=True)


def is_listed(operation, path):
    """Whether the broken member or its keys have an enum, which a text of the wrong length fails too."""
    shape = operation.input_shape
    for step in path:
        if shape.type_name == "structure":
            shape = next(member for name, member in shape.members.items() if lower_first(name) == step)
        elif step == "member":
            shape = shape.member if shape.type_name == "list" else shape.value
    return bool(shape_enum(shape.key if shape.type_name == "map" else shape))


@pytest.mark.parametrize("service", [name for name in SERVICES if "json" in read_metadata(name).spoken])
def test_a_member_of_the_wrong_type_is_told_before_every_constraint(catalog, peers, make, service):
    """Each member of each operation in turn: a list where there is none, a text where there is no text."""
    peer = peers(service, "json")
    for operation in (operation for operation in peer.operations if operation.input_shape):
        request = peer.request(operation, make(operation.input_shape))
        routed, document = catalog.route(request), json.loads(request.body)
        for name, member in operation.input_shape.members.items():
            wire = member.serialization.get("name", name)
            request.body = json.dumps(document | {wire: "~" if member.type_name in NO_TEXT else [[]]}).encode()
            with pytest.raises(AwsError) as refused:
                routed.validate(routed.parse(request))
            assert (refused.value.code, refused.value.status) == ("SerializationException", 400), (operation.name, name)


NO_TEXT = {"structure", "map", "list", "boolean"}
