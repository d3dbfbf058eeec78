"""Understanding an answer that a person typed: from words to the value that the problem file keeps.

Every function takes the typed text and gives the value, or raises :class:`ProblemError` with what to type instead.
"""

import difflib
import math
import re
from collections.abc import Callable
from typing import Any, get_args

from fieldstone.framing.file.schema import entry_at, listed
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Timing

_YES = {"yes", "y", "true", "on", "1", "sure", "of course", "it does", "they do"}
_NO = {"no", "n", "false", "off", "0", "never", "it does not", "they do not"}
_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:[,' ]\d{3})+|\d+)?(?:\.\d+)?(?:[eE][-+]?\d{1,2})?")
_NO_AMOUNT = {
    "nothing",
    "little",
    "lots",
    "low",
    "high",
    "same",
    "some",
    "depends",
    "enough",
    "many",
    "few",
    "expensive",
    "cheap",
}
_CURRENCY = re.compile(r"[$\u20ac\u00a3\u00a5]|\b(usd|eur|gbp|chf|dollars?|euros?|pounds?|francs?)\b", re.IGNORECASE)
NONE_IS_AN_ANSWER = {"interpretability", "region", "simulator"}
"""Where "none" is not the lack of an answer."""

_UNITS = {
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), 1),
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1000),
    **dict.fromkeys(("min", "minute", "minutes"), 60_000),
    **dict.fromkeys(("h", "hour", "hours"), 3_600_000),
}
_DAYS = {"day": 1, "days": 1, "week": 7, "weeks": 7, "month": 30, "months": 30, "year": 365, "years": 365}
_COLUMN = re.compile(r"[^\W\d][\w.-]*|\"[^\"]+\"|`[^`]+`")
_REGION = re.compile(r"[a-z]{2,3}(-[a-z]+)+-\d|[A-Za-z]{2}|[A-Z][A-Za-z ]+")
_TIMING_WORDS: dict[str, Timing] = {
    r"real.?time|immediate|at once|instant|live|while .* waits?|millisecond|second": "real time",
    r"hour": "hourly",
    r"da(y|ily)|morning|night|evening": "daily",
    r"week|monday|sunday": "weekly",
    r"month|quarter": "monthly",
    r"\bonce\b|one time|never": "once",
}


def _text(typed: str) -> str:
    return typed


def _truth(typed: str) -> bool:
    word = typed.lower().strip(" .!")
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ProblemError("Please answer yes or no.")


def _number(typed: str) -> float:
    bare = _CURRENCY.sub("", typed.replace("\u2212", "-")).strip()
    if not bare or not _NUMBER.fullmatch(bare) or not re.search(r"\d", bare):
        raise ProblemError(f"{typed!r} is no number. Write for example: 50")
    value = float(re.sub(r"[,' ]", "", bare))
    if not math.isfinite(value):
        raise ProblemError("That number is too large.")
    return value


def _positive(typed: str) -> float:
    value = _number(typed)
    if value <= 0:
        raise ProblemError("It must be above 0.")
    return value


def _amount(typed: str) -> float:
    value = _number(re.sub(r"(a|per|each) (month|training|run)$", "", typed.strip(), flags=re.IGNORECASE))
    if value < 0:
        raise ProblemError("A budget is 0 or more.")
    return value


def _money(typed: str) -> float | str:
    """A number, with or without a currency, or the name of a column."""
    try:
        return _number(typed)
    except ProblemError:
        if _COLUMN.fullmatch(typed) and typed.lower() not in _NO_AMOUNT:
            return _column(typed)
        raise ProblemError(f"{typed!r} is neither an amount nor the name of a column. Write for example: 450") from None


def _cost(typed: str) -> float | str:
    """An amount that is lost. People write 50 for a loss of 50: asked for a cost, that is what it means."""
    value = _money(typed)
    return -abs(value) if isinstance(value, float) and value else value


def _share(typed: str) -> float:
    """A number; 5 % and "5 points" are 0.05."""
    found = re.fullmatch(r"(.*?)\s*(%|percent|per cent|(percentage )?points?)", typed.strip(), re.IGNORECASE)
    return _number(found[1]) / 100 if found else _number(typed)


def _united(typed: str, units: dict[str, int], example: str) -> float:
    found = re.fullmatch(r"([-+\d.,' ]+?)\s*([a-z]*)", typed.strip().lower())
    if not found or (found[2] and found[2] not in units):
        raise ProblemError(f"{typed!r} is no length of time. Write for example: {example}")
    value = _number(found[1]) * units.get(found[2], 1)
    if value <= 0:
        raise ProblemError(f"It must be above 0. Write for example: {example}")
    return value


def _days(typed: str) -> float:
    return _united(typed, _DAYS, "90")


def _milliseconds(typed: str) -> float:
    return _united(typed, _UNITS, "100 ms")


def _per_thousand(typed: str) -> int:
    if typed.strip().endswith("%"):
        value = _number(typed.strip()[:-1]) * 10
    else:
        value = _number(re.sub(r"\s*(of|in|per)( each)? (a )?(thousand|1,?000)$", "", typed.strip()))
    if not 0 < value <= 1000 or value != round(value):
        raise ProblemError("It must be a whole number from 1 to 1000, of each thousand cases. Write for example: 50")
    return int(value)


def _whole(typed: str) -> int:
    value = _number(typed)
    if value < 1 or value != round(value):
        raise ProblemError("It must be a whole number, 1 or more. Write for example: 3")
    return int(value)


def _timing(typed: str) -> Timing:
    for words, timing in _TIMING_WORDS.items():
        if re.search(words, typed.lower()):
            return timing
    raise ProblemError(f"Write one of {listed(list(get_args(Timing)))}.")


def _column(typed: str) -> str:
    if not _COLUMN.fullmatch(typed):
        raise ProblemError(
            f"{typed!r} does not look like the name of a column. Write it as in the first line of the file."
        )
    return typed.strip('"`')


def _columns(typed: str) -> list[str]:
    return [_column(each.strip()) for each in typed.split(",") if each.strip()]


def _target(typed: str) -> str | list[str]:
    names = _columns(typed)
    return names if len(names) > 1 else _column(typed.strip(" ,"))


def _value(typed: str) -> str | float:
    try:
        return _number(typed)
    except ProblemError:
        return typed.strip('"')


def _rule(typed: str) -> str:
    if not re.search(r"[<>=]|\b(is|in|like|between|not)\b", typed, re.IGNORECASE):
        raise ProblemError(
            "That is no condition over columns. Write for example: days_since_purchase > 60. Or answer none."
        )
    return typed


def _file(typed: str) -> str:
    if not re.search(r"\.\w{2,8}$|^s3://[^/]+/.+|[*?]|/", typed) or (
        " " in typed and "." not in typed and "/" not in typed
    ):
        raise ProblemError(f"{typed!r} is no file. Write for example: customers.csv, or s3://bucket/key.parquet")
    return typed.strip("\"'")


def _region(typed: str) -> str:
    word = typed.strip(" .")
    if word.lower() in _NO | {"none", "anywhere", "no restriction", "no restrictions", "everywhere"}:
        return "anywhere"
    if not _REGION.fullmatch(word):
        raise ProblemError("Name a region such as eu-central-1, or answer anywhere.")
    return word


def _simulator(typed: str) -> str:
    if typed.lower().strip(" .!") in _NO:
        return "none"
    if re.search(r"\b(the real|reality|in production|live system|on (the )?customers)\b", typed, re.IGNORECASE):
        raise ProblemError(
            "Learning takes millions of tries, most of them bad: not on the real thing. Name a Python file that plays "
            "it, such as junction.py, or answer none."
        )
    return typed.strip("\"'")


def _actions(typed: str) -> list[str | float]:
    named = [each.strip() for each in typed.split(",") if each.strip()]
    if len(named) < 2:
        raise ProblemError("Name two actions at least, with a comma between them. Write for example: keep, switch")
    return [float(each) if _NUMBER.fullmatch(each) and re.search(r"\d", each) else each for each in named]


def _choice(path: str) -> Callable[[str], str]:
    def choose(typed: str) -> str:
        choices: list[str] = entry_at(path)["enum"]
        near = difflib.get_close_matches(typed.lower().strip(" ."), choices, n=1, cutoff=0.7)
        if near:
            return near[0]
        raise ProblemError(f"Write one of {listed(choices)}.")

    return choose


READERS: dict[str, Callable[[str], Any]] = {
    "actions": _actions,
    "amount": _amount,
    "column": _column,
    "columns": _columns,
    "cost": _cost,
    "days": _days,
    "file": _file,
    "interpretability": _choice("constraints.interpretability"),
    "metric": lambda typed: re.sub(r"\W+", "_", typed.lower()).strip("_"),
    "milliseconds": _milliseconds,
    "mistakes": _choice("constraints.mistakes"),
    "money": _money,
    "per_thousand": _per_thousand,
    "positive": _positive,
    "region": _region,
    "rule": _rule,
    "share": _share,
    "simulator": _simulator,
    "target": _target,
    "text": _text,
    "timing": _timing,
    "truth": _truth,
    "value": _value,
    "whole": _whole,
}
