"""Metric math: expressions such as ``100 * errors / SUM(METRICS("r"))``, read into what computes them."""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from fieldstone.services.cloudwatch.series import ExpressionError, Scope, Value, combine

Compute = Callable[["Known"], Value]


@dataclass(frozen=True, slots=True)
class Known:
    """What an expression may speak of: the values of other queries by their ids, and the times asked about."""

    values: Mapping[str, Value]
    scope: Scope


_TOKEN: Final = re.compile(
    r"\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|([A-Za-z]\w*)|\"([^\"]*)\"|'([^']*)'|(&&|\|\||==|!=|<=|>=|[-+*/^()<>,\[\]]))"
)
_LEVELS: Final[tuple[dict[str, Callable[[float, float], float]], ...]] = (
    {"||": lambda a, b: float(bool(a) or bool(b)), "OR": lambda a, b: float(bool(a) or bool(b))},
    {"&&": lambda a, b: float(bool(a) and bool(b)), "AND": lambda a, b: float(bool(a) and bool(b))},
    {
        "==": lambda a, b: float(a == b),
        "!=": lambda a, b: float(a != b),
        "<": lambda a, b: float(a < b),
        "<=": lambda a, b: float(a <= b),
        ">": lambda a, b: float(a > b),
        ">=": lambda a, b: float(a >= b),
    },
    {"+": operator.add, "-": operator.sub},
    {"*": operator.mul, "/": operator.truediv},
)


def read_expression(text: str, functions: Mapping[str, Callable[[Known, list[Value]], Value]]) -> Compute:
    """What computes an expression.

    Raises:
        ExpressionError: It cannot be read; says why.
    """
    reader = _Reader(text, functions)
    try:
        return reader.whole()
    except RecursionError:
        raise ExpressionError("it is nested too deeply") from None


class _Reader:
    """Reads from left to right; what binds least is read first."""

    def __init__(self, text: str, functions: Mapping[str, Callable[[Known, list[Value]], Value]]) -> None:
        self._functions = functions
        self._tokens: list[tuple[str, str]] = []
        self._at = 0
        at, text = 0, text.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise ExpressionError(f"{text[at:]!r} is not understood")
            kind = ("number", "name", "string", "string", "sign")[(match.lastindex or 1) - 1]
            self._tokens.append((kind, match[match.lastindex or 1]))
            at = match.end()

    def whole(self) -> Compute:
        compute = self._binary(0)
        if self._at != len(self._tokens):
            raise ExpressionError(f"{self._tokens[self._at][1]!r} is not expected there")
        return compute

    def _binary(self, level: int) -> Compute:
        if level == len(_LEVELS):
            return self._power()
        compute = self._binary(level + 1)
        while (sign := self._peek()) in _LEVELS[level]:
            self._at += 1
            compute = _both(_LEVELS[level][sign], compute, self._binary(level + 1))
        return compute

    def _power(self) -> Compute:
        if self._take("-"):
            compute = self._power()
            return lambda known: combine(operator.sub, 0.0, compute(known))
        base = self._one()
        return _both(_raise, base, self._power()) if self._take("^") else base

    def _one(self) -> Compute:
        kind, text = self._next()
        if kind == "number":
            return lambda _: float(text)
        if kind == "string":
            return lambda _: text
        if (kind, text) == ("sign", "("):
            compute = self._binary(0)
            self._expect(")")
            return compute
        if (kind, text) == ("sign", "["):
            items = self._items("]")
            return lambda known: [item(known) for item in items]
        if kind != "name":
            raise ExpressionError(f"{text!r} is not expected there")
        return self._call(text) if self._take("(") else _named(text)

    def _call(self, name: str) -> Compute:
        function = self._functions.get(name.upper())
        if function is None:
            raise ExpressionError(f"there is no function {name} here")
        items = self._items(")")
        return lambda known: function(known, [item(known) for item in items])

    def _items(self, end: str) -> list[Compute]:
        items: list[Compute] = []
        while not self._take(end):
            if items:
                self._expect(",")
            items.append(self._binary(0))
        return items

    def _peek(self) -> str:
        if self._at == len(self._tokens):
            return ""
        kind, text = self._tokens[self._at]
        return text if kind == "sign" or text in {"AND", "OR"} else ""

    def _next(self) -> tuple[str, str]:
        if self._at == len(self._tokens):
            raise ExpressionError("it ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, sign: str) -> bool:
        found = self._at < len(self._tokens) and self._tokens[self._at] == ("sign", sign)
        self._at += found
        return found

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise ExpressionError(f"{sign!r} is expected")


def _both(compute: Callable[[float, float], float], left: Compute, right: Compute) -> Compute:
    return lambda known: combine(compute, left(known), right(known))


def _raise(base: float, exponent: float) -> float:
    found = base**exponent
    if base < 0 and not isinstance(found, float):
        raise ArithmeticError("no real number")
    return float(found)


def _named(name: str) -> Compute:
    def compute(known: Known) -> Value:
        if name in known.values:
            return known.values[name]
        if name in {"REPEAT", "LINEAR"}:
            return name
        raise ExpressionError(f"there is no query with the id {name}")

    return compute
