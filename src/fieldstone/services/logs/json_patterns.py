"""Filter patterns about JSON: ``{ ($.level = "ERROR") && ($.took > 5 || $.tags[0] = big*) && $.user NOT EXISTS }``."""

import json
import operator
import re
from collections.abc import Callable
from fnmatch import translate
from typing import Any, Final

Wanted = Callable[[str], bool]
Test = Callable[[Any], bool]

_TOKEN: Final = re.compile(
    r'\s*(?:(\$(?:\.[\w-]+|\[\d+\]|\["[^"]*"\])*)|(&&|\|\||!=|<=|>=|[=<>(){}])|"((?:[^"\\]|\\.)*)"|([^\s=<>!(){}&|"]+))'
)
_STEP: Final = re.compile(r'\.([\w-]+)|\[(\d+)\]|\["([^"]*)"\]')
_ORDERS: Final = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_MISSING: Final = object()
_MOST_STARS: Final = 8


class PatternError(ValueError):
    """The text is no pattern; says what was expected."""


def read_json_pattern(text: str) -> Wanted:
    """What tells whether a pattern in braces wants a message; one that is no JSON is not wanted.

    Raises:
        PatternError: It is none.
    """
    test = _Reader(text).pattern()

    def wanted(message: str) -> bool:
        try:
            return test(json.loads(message))
        except (ValueError, RecursionError):
            return False

    return wanted


class _Reader:
    """Reads a pattern from left to right; ``||`` binds least."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(text.rstrip()):
            match = _TOKEN.match(text, at)
            if match is None:
                raise PatternError(f"{text[at:]!r} is not understood")
            kind = ("path", "sign", "string", "word")[(match.lastindex or 1) - 1]
            self._tokens.append((kind, match[match.lastindex or 1]))
            at = match.end()
        self._at = 0

    def pattern(self) -> Test:
        self._expect("{")
        test = self._either()
        self._expect("}")
        if self._at != len(self._tokens):
            raise PatternError("something follows the closing brace")
        return test

    def _either(self) -> Test:
        tests = [self._both()]
        while self._take("||"):
            tests.append(self._both())
        return lambda document: any(test(document) for test in tests)

    def _both(self) -> Test:
        tests = [self._one()]
        while self._take("&&"):
            tests.append(self._one())
        return lambda document: all(test(document) for test in tests)

    def _one(self) -> Test:
        if self._take("("):
            test = self._either()
            self._expect(")")
            return test
        kind, path = self._next()
        if kind != "path":
            raise PatternError(f"a selector such as $.name is expected, not {path!r}")
        steps, (kind, sign) = _steps(path), self._next()
        compare = self._comparison(sign) if kind == "sign" else self._word(sign.upper())
        return lambda document: compare(_follow(document, steps))

    def _word(self, first: str) -> Test:
        words = (first, self._next()[1].upper())
        if words not in _WORDS:
            raise PatternError(f"{' '.join(words)!r} is not understood")
        return _WORDS[words]

    def _comparison(self, sign: str) -> Test:
        kind, text = self._next()
        if kind not in {"string", "word"}:
            raise PatternError(f"a value is expected, not {text!r}")
        if sign in _ORDERS:
            return _ordered(_ORDERS[sign], text)
        if sign not in {"=", "!="}:
            raise PatternError(f"a comparison is expected, not {sign!r}")
        equal = _equal(text)
        return equal if sign == "=" else lambda value: value is not _MISSING and not equal(value)

    def _next(self) -> tuple[str, str]:
        if self._at == len(self._tokens):
            raise PatternError("it ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, sign: str) -> bool:
        found = self._at < len(self._tokens) and self._tokens[self._at] == ("sign", sign)
        self._at += found
        return found

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise PatternError(f"{sign!r} is expected")


_WORDS: Final[dict[tuple[str, str], Test]] = {
    ("IS", "NULL"): lambda value: value is None,
    ("IS", "TRUE"): lambda value: value is True,
    ("IS", "FALSE"): lambda value: value is False,
    ("NOT", "EXISTS"): lambda value: value is _MISSING,
}


def _steps(path: str) -> list[str | int]:
    return [int(number) if number else name or quoted for name, number, quoted in _STEP.findall(path)]


def _follow(document: Any, steps: list[str | int]) -> Any:
    for step in steps:
        try:
            document = document[step]
        except (KeyError, IndexError, TypeError):
            return _MISSING
    return document


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _ordered(compare: Callable[[float, float], bool], text: str) -> Test:
    bound = _number(text)
    if bound is None:
        raise PatternError(f"{text!r} is no number")

    def test(value: Any) -> bool:
        number = None if isinstance(value, str) else _number(value)
        return number is not None and compare(number, bound)

    return test


def _equal(text: str) -> Test:
    if text.count("*") > _MOST_STARS:
        raise PatternError(f"more than {_MOST_STARS} stars in {text!r}")
    number = _number(text)
    like = re.compile(translate(text.replace("[", "[[]").replace("?", "[?]")))

    def test(value: Any) -> bool:
        if isinstance(value, str):
            return like.match(value) is not None
        return number is not None and _number(value) == number

    return test
