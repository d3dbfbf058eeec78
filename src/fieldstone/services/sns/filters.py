"""Filter policies: which messages a subscription wants, by their attributes or by what is in their bodies.

A policy is read into a tree of conditions when it is set, and when it is asked. A key of it holds a list of conditions,
one of which must hold of one of the values there; all keys must. In a body, keys may lie within keys.
"""

import ipaddress
import operator
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from fieldstone.services.sns.rows import invalid

Attributes = dict[str, dict[str, Any]]
Holds = Callable[[list[Any]], bool]
"""Whether a condition holds of the values of a key; of none at all, where the key is not there."""

_MOST_KEYS: Final = 5
_COMPARE: Final = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TEXTS: Final[dict[str, Callable[[str, str], bool]]] = {
    "prefix": str.startswith,
    "suffix": str.endswith,
    "equals-ignore-case": lambda value, wanted: value.casefold() == wanted.casefold(),
}
_LARGEST: Final = 1_000_000_000
_MOST_BRACKETS: Final = 150
"""AWS counts combinations of values; this is what keeps a policy from being nested without end."""


def check_filter(text: str, scope: str) -> None:
    """Refuse what is no filter policy; an empty text is none at all.

    Raises:
        AwsError: InvalidParameter.
    """
    if text:
        policy = _read(text)
        if text.count("{") + text.count("[") > _MOST_BRACKETS:
            raise invalid("FilterPolicy: Filter policy is too complex")
        if len(policy) > _MOST_KEYS:
            raise invalid(f"FilterPolicy: Filter policy can not have more than {_MOST_KEYS} keys")
        _compile(policy, nested=scope == "MessageBody")


def wants(text: str, scope: str, message: str, attributes: Attributes) -> bool:
    """Whether a subscription with a filter policy wants a message."""
    if not text:
        return True
    if scope != "MessageBody":
        return _compile(_read(text), nested=False)([_values(attributes)])
    try:
        body = msgspec.json.decode(message, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return False
    return _compile(_read(text), nested=True)([body])


def _values(attributes: Attributes) -> dict[str, Any]:
    """What a policy sees of message attributes: numbers as such, the items of arrays, nothing of bytes."""
    values: dict[str, Any] = {}
    for name, attribute in attributes.items():
        kind, text = attribute["DataType"], attribute.get("StringValue", "")
        if kind.startswith("Number") or kind == "String.Array":
            try:
                values[name] = msgspec.json.decode(text)
            except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
                values[name] = text
        elif kind.startswith("String"):
            values[name] = text
    return values


def _compile(policy: dict[str, Any], *, nested: bool) -> Holds:
    """What tells whether one of a number of objects meets a policy; where there is none, whether an empty one does."""
    parts = [_either(value, nested=nested) if key == "$or" else _of_key(key, value, nested=nested)
             for key, value in policy.items()]  # fmt: skip
    return lambda found: any(isinstance(one, dict) and all(part([one]) for part in parts) for one in found or [{}])


def _either(choices: Any, *, nested: bool) -> Holds:
    if not isinstance(choices, list) or not choices or not all(isinstance(one, dict) for one in choices):
        raise invalid("FilterPolicy: $or must be an array of objects")
    policies = [_compile(one, nested=nested) for one in choices]
    return lambda found: any(policy(found) for policy in policies)


def _of_key(key: str, value: Any, *, nested: bool) -> Holds:
    if isinstance(value, dict) and nested:
        inside = _compile(value, nested=True)
        return lambda found: inside(_below(found, key))
    if not isinstance(value, list) or not value:
        raise invalid(f'FilterPolicy: "{key}" must be an object or an array')
    conditions = [_condition(key, one) for one in value]
    return lambda found: any(holds(_below(found, key)) for holds in conditions)


def _below(found: Iterable[Any], key: str) -> list[Any]:
    """What lies under a key; the items of a list, each by itself."""
    values: list[Any] = []
    for one in found:
        if isinstance(one, dict) and key in one:
            value = one[key]
            values += value if isinstance(value, list) else [value]
    return values


def _condition(key: str, condition: Any) -> Holds:
    if not isinstance(condition, dict):
        return lambda values: any(_same(value, condition) for value in values)
    if len(condition) != 1:
        raise invalid(f'FilterPolicy: Only one key allowed in match expression of "{key}"')
    ((name, wanted),) = condition.items()
    if name == "exists" and isinstance(wanted, bool):
        return lambda values: bool(values) is wanted
    if name == "anything-but":
        return _but(key, wanted)
    matches = _match(name, wanted)
    if matches is None:
        raise invalid(f'FilterPolicy: Unrecognized match type {name} of "{key}"')
    return lambda values: any(map(matches, values))


def _but(key: str, wanted: Any) -> Holds:
    """One of the values must be another one than what is named, as AWS has it of arrays."""
    unwanted = [_condition(key, one) for one in (wanted if isinstance(wanted, list) else [wanted])]
    return lambda values: any(not any(holds([value]) for holds in unwanted) for value in values)


def _match(name: str, wanted: Any) -> Callable[[Any], bool] | None:
    """What a condition of one value says; None where there is no such condition."""
    if name == "numeric":
        return _numeric(wanted)
    if name == "cidr" and isinstance(wanted, str):
        return _cidr(wanted)
    compare = _TEXTS.get(name) if isinstance(wanted, str) else None
    return None if compare is None else lambda value: isinstance(value, str) and compare(value, wanted)


def _cidr(wanted: str) -> Callable[[Any], bool] | None:
    try:
        network = ipaddress.ip_network(wanted)
    except ValueError:
        return None

    def inside(value: Any) -> bool:
        try:
            return isinstance(value, str) and ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return inside


def _numeric(wanted: Any) -> Callable[[Any], bool] | None:
    """One comparison or two: ``["=", 3]``, ``[">=", 1, "<", 5]``."""
    if not isinstance(wanted, list) or len(wanted) not in {2, 4}:
        return None
    pairs = list(zip(wanted[::2], wanted[1::2], strict=True))
    if not all(str(sign) in _COMPARE and _is_number(bound) and abs(bound) <= _LARGEST for sign, bound in pairs):
        return None
    return lambda value: _is_number(value) and all(_COMPARE[sign](value, bound) for sign, bound in pairs)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(value: Any, wanted: Any) -> bool:
    return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)


def _read(text: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        raise invalid("FilterPolicy: failed to parse JSON.") from None
