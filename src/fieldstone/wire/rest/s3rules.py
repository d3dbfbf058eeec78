"""What S3 asks of parameters, in its own words: of the model only presence and enums hold, at any depth.

What is wrong in a document is MalformedXML; a header or query field has words of its own. The fields without a line
here S3 passes over, or its operations answer.
"""

from collections.abc import Callable
from typing import Any, Final

from fieldstone.core.errors import AwsError
from fieldstone.wire.models import Shape, per_shape
from fieldstone.wire.rest import s3

Params = dict[str, Any]
Holds = Callable[[Any], bool]

# Enums that S3's operations answer for themselves, with other codes.
_ANSWERED: Final = frozenset(("BucketLocationConstraint", "Event"))

# By the name of the header or query field: the words for a value that is not in its enum.
_WORDS: Final = {
    "encoding-type": "Invalid Encoding Method specified in Request",
    "x-amz-acl": "",
    "x-amz-metadata-directive": "Unknown metadata directive.",
    "x-amz-object-attributes": "Invalid attribute name specified.",
    "x-amz-object-lock-legal-hold": "Legal Hold must be either of 'ON' or 'OFF'",
    "x-amz-object-lock-mode": "Unknown wormMode directive.",
    "x-amz-server-side-encryption": "The encryption method specified is not supported",
    "x-amz-tagging-directive": "Unknown tagging directive.",
}


def operation_check(shape: Shape) -> Callable[[Params], None]:
    """What raises for parameters that lack what must be there, or have what must not."""
    needed = {name: shape.members[name] for name in shape.traits.required}
    fields = [_field_check(name, member) for name, member in shape.members.items() if _enum(member)]
    inside = {name: check for name, member in shape.located(None).items() if (check := _soundness(member))}

    def validate(params: Params) -> None:
        for name, member in needed.items():
            if params.get(name) is None:
                raise s3.missing(member, member.wire_name(name))
        for check in fields:
            check(params)
        for name, sound in inside.items():
            if not sound(params.get(name)):
                raise s3.malformed_xml()

    return validate


def _enum(shape: Shape) -> tuple[str, ...]:
    """The enum of a header or query field, or of the items of one."""
    if shape.traits.location not in ("header", "querystring"):
        return ()
    return shape.member.traits.enum if shape.type == "list" else shape.traits.enum


def _field_check(name: str, shape: Shape) -> Callable[[Params], None]:
    wire, allowed = shape.wire_name(name), _enum(shape)
    folded = frozenset(text.casefold() for text in allowed)

    def check(params: Params) -> None:
        value = params.get(name)
        for text in value if isinstance(value, list) else () if value is None else (value,):
            if text.casefold() not in folded and (error := _refusal(wire, text, allowed)):
                raise error

    return check


def _refusal(wire: str, text: str, allowed: tuple[str, ...]) -> AwsError | None:
    match wire.lower():
        case "x-amz-storage-class":
            words = "The storage class you specified is not valid"
            return AwsError("InvalidStorageClass", words, StorageClassRequested=text)
        case "x-amz-checksum-algorithm" | "x-amz-sdk-checksum-algorithm":
            known = ", ".join(sorted(allowed))
            words = "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
            return AwsError("InvalidRequest", f"{words}[{known}]")
        case known if (message := _WORDS.get(known)) is not None:
            return AwsError("InvalidArgument", message, ArgumentName=wire, ArgumentValue=text)
        case _:
            return None


def _soundness(shape: Shape) -> Holds | None:
    """Whether a value and everything in it has what must be there; None for what need have nothing."""
    if shape.type == "structure" and not shape.traits.eventstream:
        return _structure_soundness(shape)
    if shape.type == "list" and (item := _soundness(shape.member)) is not None:
        return lambda values: values is None or all(item(value) for value in values)
    if shape.traits.enum and shape.name not in _ANSWERED:
        allowed = frozenset(shape.traits.enum)
        return lambda value: value is None or value in allowed
    return None


@per_shape
def _structure_soundness(shape: Shape) -> Holds:
    inside: dict[str, Holds] | None = None

    def sound(value: Any) -> bool:
        nonlocal inside
        if value is None:
            return True
        if inside is None:
            inside = {name: check for name, member in shape.members.items() if (check := _soundness(member))}
        return all(value.get(name) is not None for name in shape.traits.required) and all(
            check(value.get(name)) for name, check in inside.items()
        )

    return sound
