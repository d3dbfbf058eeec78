"""Conditions of policies, as far as they can be told from what a simulation is given.

Known operators: String (Equals, Like, with IgnoreCase and Not), Arn, Numeric, Bool and Null, each with IfExists. Dates,
IP addresses, ForAllValues and ForAnyValue are not evaluated: a statement that asks for them does not apply.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from fieldstone.services.iam.patterns import as_list, matches

Known = Mapping[str, list[str]]
"""The values of condition keys, by key in small letters."""

Test = Callable[[str, str], bool]


def _same_letters(wanted: str, value: str) -> bool:
    return wanted.lower() == value.lower()


def _number(compare: Callable[[float, float], bool]) -> Test:
    def test(wanted: str, value: str) -> bool:
        try:
            return compare(float(value), float(wanted))
        except ValueError:
            return False

    return test


_TESTS: Final[dict[str, Test]] = {
    "StringEquals": operator.eq,
    "StringEqualsIgnoreCase": _same_letters,
    "StringLike": matches,
    "ArnEquals": matches,
    "ArnLike": matches,
    "Bool": _same_letters,
    "NumericEquals": _number(operator.eq),
    "NumericLessThan": _number(operator.lt),
    "NumericLessThanEquals": _number(operator.le),
    "NumericGreaterThan": _number(operator.gt),
    "NumericGreaterThanEquals": _number(operator.ge),
}
_NEGATED: Final = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
}


def holds(condition: Mapping[str, Mapping[str, Any]], known: Known, missing: set[str]) -> bool:
    """Whether a statement's condition holds; keys it asks for that are not known are added to ``missing``."""
    found = [
        _one_holds(name, key, as_list(wanted), known, missing)
        for name, asked in condition.items()
        for key, wanted in asked.items()
    ]
    return all(found)


def _one_holds(name: str, key: str, wanted: list[str], known: Known, missing: set[str]) -> bool:
    values = known.get(key.lower())
    if name == "Null":
        return (values is None) is ("true" in (each.lower() for each in wanted))
    plain = name.removesuffix("IfExists")
    if values is None:
        missing.add(key)
        return plain != name or plain in _NEGATED
    test = _TESTS.get(_NEGATED.get(plain, plain))
    if test is None:
        return False
    found = any(test(each, value) for each in wanted for value in values)
    return found is not (plain in _NEGATED)
