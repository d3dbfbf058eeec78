"""The policy document of a browser's form: what its owner lets others upload, and until when."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec

from fieldstone.core.errors import AwsError

_EXPIRATION: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
_RANGE: Final = "content-length-range"
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,18}")
_UNCOVERED: Final[frozenset[str]] = frozenset(
    ("awsaccesskeyid", "bucket", "file", "policy", "signature", "x-amz-signature")
)
"""Fields that no condition has to speak of; the bucket is the address's."""
_IGNORED: Final = "x-ignore-"


class Condition(NamedTuple):
    """One thing that is asked of a form, as the policy spells it."""

    operator: str
    operands: tuple[Any, ...]

    @property
    def shown(self) -> str:
        """The condition as errors name it."""
        return f"[{', '.join(msgspec.json.encode(part).decode() for part in (self.operator, *self.operands))}]"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a form has to be.

    Attributes:
        expires: Until when, in seconds since the epoch.
        conditions: What is asked of its fields.
        sizes: What is asked of the size of its file.
    """

    expires: float
    conditions: tuple[Condition, ...]
    sizes: tuple[Condition, ...]

    def check(self, fields: Mapping[str, str], now: float) -> None:
        """Hold a form's fields, by name in lower case, against the policy.

        Raises:
            AwsError: AccessDenied: it expired, a condition does not hold, or there are fields it says nothing of.
        """
        if self.expires <= now:
            raise _denied("Policy expired.")
        covered: set[str] = set(_UNCOVERED)
        for condition in self.conditions:
            name = str(condition.operands[0])
            if not name.startswith("$") or not _holds(condition, fields.get(name[1:].lower())):
                raise _failed(condition)
            covered.add(name[1:].lower())
        extra = [name for name in fields if name not in covered and not name.startswith(_IGNORED)]
        if extra:
            raise _denied(f"Extra input fields: {', '.join(extra)}")

    def check_size(self, size: int) -> None:
        """Hold the size of a file, in bytes, against the policy.

        Raises:
            AwsError: EntityTooSmall, EntityTooLarge.
        """
        for condition in self.sizes:
            least, most = _bounds(condition)
            if size < least:
                words = "Your proposed upload is smaller than the minimum allowed size"
                raise AwsError("EntityTooSmall", words, ProposedSize=size, MinSizeAllowed=least)
            if size > most:
                words = "Your proposed upload exceeds the maximum allowed size"
                raise AwsError("EntityTooLarge", words, ProposedSize=size, MaxSizeAllowed=most)

    @property
    def largest(self) -> int | None:
        """Bytes of the largest file the policy lets in; None where it says nothing."""
        return min((_bounds(condition)[1] for condition in self.sizes), default=None)


def read_policy(encoded: str) -> Policy:
    """Read a policy document from the form's field.

    Raises:
        AwsError: InvalidPolicyDocument.
    """
    document = _document(encoded)
    _check_members(document)
    conditions = [found for part in document["conditions"] for found in _conditions(part)]
    sizes = tuple(condition for condition in conditions if condition.operator.lower() == _RANGE)
    for condition in sizes:
        _bounds(condition)
    others = tuple(condition for condition in conditions if condition.operator.lower() != _RANGE)
    return Policy(_expiration(document["expiration"]), others, sizes)


def _document(encoded: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(base64.b64decode(encoded, validate=True), type=dict[str, Any])
    except binascii.Error:
        raise _invalid("invalid Base64 encoding.") from None
    except (ValueError, RecursionError):
        raise _invalid("Invalid JSON.") from None


def _check_members(document: dict[str, Any]) -> None:
    strange = [name for name in document if name not in ("expiration", "conditions")]
    if strange:
        raise _invalid(f"Unexpected: '{strange[0]}'")
    for name in ("expiration", "conditions"):
        if name not in document:
            raise _invalid(f"Policy missing {name}.")
    if not isinstance(document["conditions"], list):
        raise _invalid("Invalid 'conditions' value: must be a List.")


def _expiration(text: Any) -> float:
    try:
        if isinstance(text, str) and _EXPIRATION.fullmatch(text):
            return datetime.fromisoformat(text).timestamp()
    except ValueError:
        pass
    raise _invalid(f"Invalid 'expiration' value: '{text}'")


def _conditions(part: Any) -> list[Condition]:
    if isinstance(part, dict):
        return [_simple(part)]
    if not isinstance(part, list):
        raise _invalid("Invalid condition test: must be a List or Object.")
    if not part or not isinstance(part[0], str):
        raise _invalid("Invalid Condition: missing operation identifier.")
    operator, *operands = part
    if operator.lower() not in ("eq", "starts-with", _RANGE):
        raise _invalid(f"Invalid Condition: unknown operation '{operator}'.")
    if len(operands) != 2:
        raise _invalid(f"Invalid {operator}: wrong number of arguments.")
    if any(not isinstance(item, (str, int)) for item in operands):
        raise _invalid("Invalid JSON.")
    return [Condition(operator, tuple(operands))]


def _simple(part: dict[str, Any]) -> Condition:
    if len(part) != 1:
        words = "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."
        raise _invalid(words)
    ((name, text),) = part.items()
    if not isinstance(text, str):
        raise _invalid("Invalid Simple-Condition: value must be a string.")
    return Condition("eq", (f"${name}", text))


def _holds(condition: Condition, value: str | None) -> bool:
    wanted = condition.operands[1]
    if value is None or not isinstance(wanted, str):
        return False
    if condition.operator.lower() == "eq":
        return value == wanted
    listed = str(condition.operands[0]).lower() == "$content-type"
    return all(item.startswith(wanted) for item in (value.split(",") if listed else (value,)))


def _bounds(condition: Condition) -> tuple[int, int]:
    if not all(_WHOLE.fullmatch(str(bound)) for bound in condition.operands):
        raise _failed(condition)
    least, most = condition.operands
    return int(least), int(most)


def _failed(condition: Condition) -> AwsError:
    return _denied(f"Policy Condition failed: {condition.shown}")


def _denied(words: str) -> AwsError:
    return AwsError("AccessDenied", f"Invalid according to Policy: {words}", 403)


def _invalid(words: str) -> AwsError:
    return AwsError("InvalidPolicyDocument", f"Invalid Policy: {words}")
