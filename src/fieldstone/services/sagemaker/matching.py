"""Search expressions: which documents they hold for, and the values of a document's properties."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from operator import eq, ge, gt, le, lt
from typing import Any, Final

from fieldstone.core.errors import validation_error

Entity = dict[str, Any]
"""A resource's document, with its ``Tags``."""
Filter = dict[str, str]

_NAMED: Final = {"Tags": ("Tags", "Key"), "Metrics": ("FinalMetricDataList", "MetricName")}
"""Properties that are lists of names and values in the document: the list, and where a name stands."""
_ORDERS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "Equals": eq,
    "GreaterThan": gt,
    "GreaterThanOrEqualTo": ge,
    "LessThan": lt,
    "LessThanOrEqualTo": le,
}
_MOST_CONDITIONS: Final = 50


def matches(entity: Entity, expression: dict[str, Any]) -> bool:
    """Whether a search expression holds for a document."""
    conditions = [
        *(_holds(entity, condition) for condition in expression.get("Filters", [])),
        *(_holds_nested(entity, nested) for nested in expression.get("NestedFilters", [])),
        *(matches(entity, inner) for inner in expression.get("SubExpressions", [])),
    ]
    return any(conditions) if expression.get("Operator") == "Or" else all(conditions)


def check_expression(expression: dict[str, Any]) -> None:
    """Refuse an expression that says nothing, or too much.

    Raises:
        AwsError: ValidationException.
    """
    if _count(expression) > _MOST_CONDITIONS:
        raise validation_error(f"SearchExpression has more than {_MOST_CONDITIONS} filters and subexpressions.")


def values_of(entity: Entity, name: str) -> list[Any]:
    """What a document has under a name such as ``InputDataConfig.ChannelName``; of a list, what each member has."""
    head, _, rest = name.partition(".")
    if head in _NAMED and rest:
        member, key = _NAMED[head]
        return [item["Value"] for item in entity.get(member, []) if item[key] == rest]
    return list(_walk(entity, name))


def _walk(value: Any, name: str) -> Iterator[Any]:
    """A path's values: member by member, or what is left of it as one key of a map."""
    if isinstance(value, list):
        for item in value:
            yield from _walk(item, name)
    elif not name:
        yield value
    elif isinstance(value, dict):
        if name in value:
            yield from _walk(value[name], "")
        else:
            head, _, rest = name.partition(".")
            yield from _walk(value[head], rest) if rest and head in value else ()


def _count(expression: dict[str, Any]) -> int:
    inner = expression.get("SubExpressions", [])
    filters, nested = expression.get("Filters", []), expression.get("NestedFilters", [])
    if not (inner or filters or nested):
        raise validation_error("SearchExpression must have at least one subexpression, filter, or nested filter.")
    own = len(inner) + len(filters) + len(nested) + sum(len(one["Filters"]) for one in nested)
    return own + sum(map(_count, inner))


def _holds(entity: Entity, condition: Filter) -> bool:
    found = values_of(entity, condition["Name"])
    operator = condition.get("Operator", "Equals" if "Value" in condition else "Exists")
    if operator in {"Exists", "NotExists"}:
        return bool(found) == (operator == "Exists")
    if "Value" not in condition:
        raise validation_error(f"Filter {condition['Name']}: the operator {operator} needs a Value.")
    whole = condition["Name"].startswith("HyperParameters.")
    if operator == "NotEquals":
        return not any(_compare(value, "Equals", condition["Value"], whole=whole) for value in found)
    return any(_compare(value, operator, condition["Value"], whole=whole) for value in found)


def _holds_nested(entity: Entity, nested: dict[str, Any]) -> bool:
    """Whether one member of a list satisfies every filter; the filters' names begin with the list's."""
    prefix = nested["NestedPropertyName"]
    filters = [given | {"Name": given["Name"].removeprefix(f"{prefix}.")} for given in nested["Filters"]]
    return any(all(_holds(item, condition) for condition in filters) for item in values_of(entity, prefix))


def _compare(value: Any, operator: str, wanted: str, *, whole: bool) -> bool:
    """Compare a value as what it is: a truth, a number or time, a text. Of a structure nothing holds.

    Args:
        value: The document's.
        operator: Any but Exists, NotExists and NotEquals.
        wanted: The filter's.
        whole: Leave what follows the point, where the filter's value is an integer.
    """
    if isinstance(value, bool):
        return operator == "Equals" and wanted.lower() == str(value).lower()
    if isinstance(value, int | float):
        number = _number(wanted)
        if number is None:
            raise validation_error(f"{wanted} is neither a number nor a date-time such as 2026-11-22T00:00:00.")
        return operator in _ORDERS and _ORDERS[operator](value, number)
    return isinstance(value, str) and _compare_text(value, operator, wanted, whole=whole)


def _compare_text(text: str, operator: str, wanted: str, *, whole: bool) -> bool:
    """Texts that are numbers go by size."""
    if operator == "Contains":
        return wanted in text
    if operator == "In":
        return text in [one.strip() for one in wanted.split(",")]
    own, other = _decimal(text), _decimal(wanted)
    if own is None or other is None:
        return operator == "Equals" and text == wanted
    return _ORDERS[operator](int(own) if whole and wanted.lstrip("+-").isdecimal() else own, other)


def _number(text: str) -> float | None:
    """A number, or the seconds since the epoch of a date-time; without a zone it is UTC's."""
    decimal = _decimal(text)
    if decimal is not None:
        return decimal
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _decimal(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None
