"""What the model asks of a single value, in AWS's words, and how AWS shows a value that fails."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final

import regex

from fieldstone.wire.models import Shape
from fieldstone.wire.scalars import FLOATS, INTEGERS

Constraint = tuple[Callable[[Any], bool], str]

_SURROGATES: Final = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
_CODE_POINT: Final = re.compile(r"\\x\{[0-9a-fA-F]+\}")
_PIECE: Final = re.compile(rf"{_SURROGATES.pattern}|{_CODE_POINT.pattern}|\\[pP]\{{\w+\}}|\\.|.", re.DOTALL)

# Java's classes of POSIX are ASCII; each as it stands within brackets.
_CLASSES: Final = {
    r"\p{Alnum}": "a-zA-Z0-9",
    r"\p{Alpha}": "a-zA-Z",
    r"\p{ASCII}": r"\x00-\x7F",
    r"\p{Digit}": "0-9",
    r"\p{Graph}": r"\x21-\x7E",
    r"\p{Lower}": "a-z",
    r"\p{Print}": r"\x20-\x7E",
    r"\p{Punct}": r"\x21-\x2F\x3A-\x40\x5B-\x60\x7B-\x7E",
    r"\p{Space}": r"\x09-\x0D\x20",
    r"\p{Upper}": "A-Z",
}

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
    r"""Whether a value fully matches a Java pattern; None where only Java knows what it means.

    ``\w`` and ``\d`` are ASCII there, ``\p{L}`` and its kin are not. Some models' patterns take exponential time on
    values made for it, so ``re``, twice as fast, only gets short values and patterns that repeat no group; what
    ``regex`` has not matched in a tenth of a second does not match.
    """
    ours = _from_java(text)
    try:
        careful = regex.compile(ours, 0 if re.search(r"\\[pP]\{", ours) else regex.ASCII)
    except regex.error:
        return None
    quick = _quick_pattern(ours)

    def matches(value: str) -> bool:
        if quick is not None and len(value) <= _SHORT:
            return quick(value) is not None
        try:
            return careful.fullmatch(value, timeout=_PATIENCE) is not None
        except TimeoutError:
            return False

    return matches


def _from_java(text: str) -> str:
    """A pattern with what only Java writes so: surrogates, code points, POSIX classes that are ASCII, the end."""
    inside = False
    pieces: list[str] = []
    for piece in _PIECE.findall(text):
        pieces.append(_translated(piece, inside=inside))
        inside = piece != "]" if inside else piece == "["
    return "".join(pieces)


def _translated(piece: str, *, inside: bool) -> str:
    if piece in _CLASSES:
        return _CLASSES[piece] if inside else f"[{_CLASSES[piece]}]"
    if _SURROGATES.fullmatch(piece):
        high, low = (int(number, 16) for number in piece.split("\\u")[1:])
        return f"\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08X}"
    if _CODE_POINT.fullmatch(piece):
        return f"\\U{int(piece[3:-1], 16):08X}"
    return r"\Z" if piece == r"\z" else piece


def _quick_pattern(text: str) -> Callable[[str], Any] | None:
    if re.search(r"\)[*+{]|\[\[|&&|--|~~|\|\|", text):  # Python may read the latter as sets some day, and warns
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
