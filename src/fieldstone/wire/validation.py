"""Whether parameters meet everything the model says of them, in the words AWS has for what they fail.

One function is made for each shape, when it is first needed. It returns nothing for a good value and a list of
violations for a bad one; paths are put together only on the way out of a failure. Values of the wrong JSON type are
no violations: AWS answers them before it looks at constraints, and so do we.

Lists and maps of scalars fail as a whole (``Member must satisfy constraint: [...]``), as they do at AWS.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from fieldstone.core.errors import AwsError
from fieldstone.wire import sqsrules
from fieldstone.wire.constraints import Constraint, constraints, shown
from fieldstone.wire.jsonshape import mismatch
from fieldstone.wire.models import OperationModel, Shape, per_shape
from fieldstone.wire.rest import s3rules
from fieldstone.wire.scalars import FLOATS, INTEGERS

# Where below the value, how the value is shown, what it fails.
Violation = tuple[str, str, str]
Check = Callable[[Any], list[Violation]]
PartsCheck = Callable[[Any, Iterable[tuple[object, Any]]], list[Violation]]

NOT_NULL: Final = "Member must not be null"

# What services answer whatever their models list; each was seen in AWS's own answers.
_CODES: Final = {
    "ecr": "InvalidParameterException",
    "logs": "InvalidParameterException",
    "transcribe": "BadRequestException",
}

_PYTHON_TYPES: Final[dict[str, tuple[type, ...]]] = (
    dict.fromkeys(INTEGERS, (int,))
    | dict.fromkeys(FLOATS, (float, int))
    | {"boolean": (bool,), "timestamp": (float, int), "string": (str,)}
)


def operation_check(operation: OperationModel, *, lenient: bool) -> Callable[[dict[str, Any]], None]:
    """What raises for parameters the operation would not take; lenient looks at presence, type and enums only."""
    if operation.input is None:
        return lambda _: None
    if operation.wire == "rest-xml":
        return s3rules.operation_check(operation.input)
    check = structure_check(operation.input, lenient=lenient)
    if operation.model.name == "sqs":
        return sqsrules.operation_check(check, NOT_NULL)
    code, tell = _error_code(operation), _one_parameter if operation.model.name == "ecr" else summary

    def validate(params: dict[str, Any]) -> None:
        if found := check(params):
            raise AwsError(code, tell(found))

    return validate


def summary(found: list[Violation]) -> str:
    """The message for a number of violations."""
    words = "; ".join(f"Value{shown} at '{path}' failed to satisfy constraint: {what}" for path, shown, what in found)
    return f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: {words}"


def _one_parameter(found: list[Violation]) -> str:
    """ECR tells the first violation alone, in words of its own."""
    path, _, what = found[0]
    kind, _, pattern = what.removeprefix("Member ").partition(" pattern: ")
    constraint = f"{kind} '{pattern}'" if pattern else kind
    return f"Invalid parameter at '{path}' failed to satisfy constraint: '{constraint}'"


def _error_code(operation: OperationModel) -> str:
    """The code of a failed validation: the service's own, else what its model has for it, else its protocol's."""
    own = _CODES.get(operation.model.name)
    if own is not None:
        return own
    as_query = operation.wire == "query" or operation.model.metadata.aws_query_compatible is not None
    usual = "ValidationError" if as_query else "ValidationException"
    return next((code for code in ("ValidationException", "ValidationError") if code in operation.errors), usual)


@per_shape
def structure_check(shape: Shape, *, lenient: bool) -> Check:
    """What checks a structure: its required members, then every member that is there."""
    members: dict[str, tuple[str, Check]] | None = None
    required = shape.traits.required

    def check(value: Any) -> list[Violation]:
        nonlocal members
        if type(value) is not dict:
            raise mismatch(value, shape)
        if members is None:
            members = {
                name: (_lower_first(name), shape_check(member, lenient=lenient))
                for name, member in shape.members.items()
            }
        found = [(_lower_first(name), " null", NOT_NULL) for name in required if value.get(name) is None]
        for name, item in value.items():
            if item is not None and (known := members.get(name)) is not None and (below := known[1](item)):
                found += _under(known[0], below)
        return found

    return check


def _lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]


def _under(name: str, below: list[Violation]) -> list[Violation]:
    return [(f"{name}.{path}" if path else name, shown, what) for path, shown, what in below]


def shape_check(shape: Shape, *, lenient: bool) -> Check:
    """What checks a value of a shape."""
    match shape.type:
        case "structure":
            free = shape.traits.eventstream or shape.traits.document
            return _pass if free else structure_check(shape, lenient=lenient)
        case "list":
            return _list_check(shape, lenient=lenient)
        case "map":
            return _map_check(shape, lenient=lenient)
        case "blob":
            return _blob_check(shape, constraints(shape, lenient=lenient))
        case _:
            return _scalar_check(shape, constraints(shape, lenient=lenient))


def _pass(value: Any) -> list[Violation]:  # noqa: ARG001 (a stream is for whoever reads it, a document may be anything)
    return []


def _scalar_check(shape: Shape, asked: list[Constraint]) -> Check:
    types, room = _PYTHON_TYPES[shape.type], INTEGERS.get(shape.type)

    def check(value: Any) -> list[Violation]:
        if type(value) not in types or (room is not None and not -room <= value < room):
            raise mismatch(value, shape)
        for holds, _ in asked:
            if not holds(value):
                break
        else:
            return []
        return _violations(shape, value, asked)

    return check


def _violations(shape: Shape, value: Any, asked: list[Constraint]) -> list[Violation]:
    return [("", shown(shape, value), what) for holds, what in asked if not holds(value)]


def _blob_check(shape: Shape, asked: list[Constraint]) -> Check:
    """Only bytes can be measured; a stream is passed by."""
    return lambda value: _violations(shape, value, asked) if isinstance(value, bytes) else []


def _list_check(shape: Shape, *, lenient: bool) -> Check:
    asked = constraints(shape, lenient=lenient)
    check_items = _items_check(shape, shape.member, lenient=lenient, words="Member must satisfy constraint")

    def check(value: Any) -> list[Violation]:
        if type(value) is not list:
            raise mismatch(value, shape)
        return _violations(shape, value, asked) + check_items(value, enumerate(value, 1))

    return check


def _map_check(shape: Shape, *, lenient: bool) -> Check:
    asked = constraints(shape, lenient=lenient)
    check_keys = _items_check(shape, shape.key, lenient=lenient, words="Map keys must satisfy constraint")
    check_values = _items_check(shape, shape.value, lenient=lenient, words="Map value must satisfy constraint")

    def check(value: Any) -> list[Violation]:
        if type(value) is not dict:
            raise mismatch(value, shape)
        keys = check_keys(value, zip(value, value, strict=True))
        return _violations(shape, value, asked) + keys + check_values(value, value.items())

    return check


def _items_check(whole: Shape, part: Shape, *, lenient: bool, words: str) -> PartsCheck:
    """What checks the parts of a list or map: scalars fail as a whole, others each at its own path."""
    check = shape_check(part, lenient=lenient)
    if part.type in ("structure", "list", "map"):
        return lambda _, parts: [violation for at, item in parts for violation in _at_place(check, at, item)]
    asked = [what for _, what in constraints(part, lenient=lenient)]

    def check_together(value: Any, parts: Iterable[tuple[object, Any]]) -> list[Violation]:
        for _, item in parts:
            if item is None:
                return [("", shown(whole, value), f"{words}: [{', '.join([*asked, NOT_NULL])}]")]
            if check(item):
                return [("", shown(whole, value), f"{words}: [{', '.join(asked)}]")]
        return []

    return check_together


def _at_place(check: Check, at: object, item: Any) -> list[Violation]:
    below = check(item) if item is not None else [("", " null", NOT_NULL)]
    return _under(f"{at}.member", below) if below else below
