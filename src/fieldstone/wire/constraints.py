"""What the model asks of a single value, in AWS's words, and how AWS shows a value that fails."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final

import regex

from fieldstone.wire.models import Shape
from fieldstone.wire.scalars import FLOATS, INTEGERS

Constraint = tuple[Callable[[Any], bool], str]

_SHORT: Final = 128
_PATIENCE: Final = 0.1


def constraints(shape: Shape, *, lenient: bool) -> list[Constraint]:
    """Everything the model asks of a value beyond its type, each with AWS's words for it."""
    found: list[Constraint] = []
    if shape.traits.enum:
        allowed = frozenset(shape.traits.enum)
        found.append((allowed.__contains__, f"Member must satisfy enum value set: [{', '.join(shape.traits.enum)}]"))
    if lenient:
        return found
    found += _bounds(shape)
    if shape.traits.pattern and (matches := pattern(shape.traits.pattern)) is not None:
        found.append((matches, f"Member must satisfy regular expression pattern: {shape.traits.pattern}"))
    return found


def _bounds(shape: Shape) -> list[Constraint]:
    low, high = shape.traits.min, shape.traits.max
    found: list[Constraint] = []
    if shape.type in INTEGERS or shape.type in FLOATS:
        if high is not None:
            found.append((lambda value: value <= high, f"Member must have value less than or equal to {high}"))
        if low is not None:
            found.append((lambda value: value >= low, f"Member must have value greater than or equal to {low}"))
        return found
    if high is not None:
        found.append((lambda value: len(value) <= high, f"Member must have length less than or equal to {high}"))
    if low is not None:
        found.append((lambda value: len(value) >= low, f"Member must have length greater than or equal to {low}"))
    return found


@cache
def pattern(text: str) -> Callable[[str], bool] | None:
    r"""Whether a value fully matches a Java pattern; None where the pattern means something only Java knows.

    ``\w`` and ``\d`` are ASCII there, ``\p{L}`` and its kin are not. Some models' patterns take exponential time on
    values made for it, so ``re``, twice as fast, only gets short values and patterns that repeat no group; what
    ``regex`` has not matched in a tenth of a second does not match.
    """
    try:
        careful = regex.compile(text, 0 if re.search(r"\\[pP]\{", text) else regex.ASCII)
    except regex.error:
        return None
    quick = _quick_pattern(text)

    def matches(value: str) -> bool:
        if quick is not None and len(value) <= _SHORT:
            return quick(value) is not None
        try:
            return careful.fullmatch(value, timeout=_PATIENCE) is not None
        except TimeoutError:
            return False

    return matches


def _quick_pattern(text: str) -> Callable[[str], Any] | None:
    if re.search(r"\)[*+{]", text):
        return None
    try:
        return re.compile(text, re.ASCII).fullmatch
    except re.error:
        return None


def shown(shape: Shape, value: Any) -> str:
    """How AWS shows a value: as Java prints it, and a secret not at all."""
    return "" if shape.traits.sensitive else f" '{_java(value)}'"


def _java(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, bytes):
        return f"java.nio.HeapByteBuffer[pos=0 lim={len(value)} cap={len(value)}]"
    if isinstance(value, list):
        return f"[{', '.join(_java(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}={_java(item)}' for key, item in value.items())}}}"
    return "null" if value is None else str(value)
