"""The questions that turn a business question into a problem, and which of them a problem leaves open.

The table itself is ``questions.toml``: the five critical questions with what they ask for, the questions that define
the objective, and those after the resources.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

import msgspec
from msgspec import UNSET, Struct

from fieldstone.framing.asking.answers import READERS
from fieldstone.framing.problem import Kind, Problem
from fieldstone.framing.solutions.recognition import GROUPED, NUMERIC, UNSUPERVISED, recognise

_ALL = frozenset[Kind](get_args(Kind))
_NO_YES_OR_NO = frozenset[Kind]({"segments", "geographic clusters", "patterns", "recommendation", "control"})
_ASKED_FOR: dict[str, frozenset[Kind]] = {
    "any": _ALL,
    "yes or no": _ALL - NUMERIC - _NO_YES_OR_NO,
    "numbers": NUMERIC,
    "foretold": _ALL - UNSUPERVISED - {"control"},
    "grouped": frozenset(GROUPED),
    "recommendation": frozenset[Kind]({"recommendation"}),
    "control": frozenset[Kind]({"control"}),
    "not recommendation": _ALL - {"recommendation"},
    "not control": _ALL - {"control"},
}
"""The kinds of problem that a question's ``kinds`` stands for."""


class Question(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question of the table; the head of ``questions.toml`` describes the fields."""

    path: str
    ask: str
    good: str
    bad: str
    why: str
    read: str
    guide: str
    critical: bool = False
    optional: bool = False
    after: str = ""
    also: tuple[str, ...] = ()
    kinds: Literal[
        "any",
        "yes or no",
        "numbers",
        "foretold",
        "grouped",
        "recommendation",
        "control",
        "not recommendation",
        "not control",
    ] = "any"
    only: dict[str, list[str]] = {}
    avoid: tuple[tuple[str, str], ...] = ()
    want: tuple[tuple[str, str], ...] = ()
    words: int = 1

    def understand(self, typed: str) -> Any:
        """The value that a typed answer means.

        Raises:
            ProblemError: it cannot be understood; says what to type.
        """
        return READERS[self.read](typed.strip())


@cache
def questions() -> tuple[Question, ...]:
    """All questions, in the order in which they are asked."""
    return msgspec.convert(tuple(_table()["question"]), tuple[Question, ...])


def section(question: Question) -> str:
    """What a question is about, as the interview's headings say it."""
    return next(heading for heading, beginnings in _table()["sections"].items() if question.path.startswith(beginnings))


@cache
def _table() -> dict[str, Any]:
    text = files("fieldstone.framing.asking").joinpath("questions.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    table["sections"] = {heading: tuple(beginnings) for heading, beginnings in table["sections"].items()}
    return table


def open_questions(problem: Problem, kind: Kind | None = None) -> list[Question]:
    """The questions that a problem leaves unanswered or answers too thinly, the critical ones first.

    Args:
        problem: The problem file.
        kind: The type of problem, where the data have shown it; else the file and its words tell.
    """
    asked = [each for each in questions() if not each.optional and applies(each, problem, kind)]
    still = [each for each in asked if _is_open(each, problem)]
    return sorted(still, key=lambda each: not each.critical)


def applies(question: Question, problem: Problem, kind: Kind | None = None) -> bool:
    """Whether a question makes sense for a problem, as far as that is known."""
    if (kind or recognise(problem).kind) not in _ASKED_FOR[question.kinds]:
        return False
    given = {path: answer(problem, path) for path in question.only}
    return all(value is UNSET or value in question.only[path] for path, value in given.items())


def answer(problem: Problem, path: str) -> Any:
    """What a problem says at a dotted path; ``UNSET`` where it says nothing."""
    value: Any = problem
    for key in path.split("."):
        value = getattr(value, key, UNSET)
    return UNSET if value is None or value == [] else value


def weakness(question: Question, value: Any) -> str:
    """What an answer in words is lacking, such as "it names no moment"; empty if it is good enough."""
    if not isinstance(value, str) or question.read not in {"text", "metric"}:
        return ""
    text = value.lower().replace("\u2019", "'").strip()
    for pattern, why in question.avoid:
        if re.search(pattern, text):
            return why
    if len(re.findall(r"\w+", text)) < question.words:
        return "it is too short to act on"
    return next((why for pattern, why in question.want if not re.search(pattern, text)), "")


def _is_open(question: Question, problem: Problem) -> bool:
    value = answer(problem, question.path)
    if value is not UNSET:
        return bool(weakness(question, value))
    if any(answer(problem, path) is not UNSET for path in question.also):
        return False
    return not question.after or answer(problem, question.after) is not UNSET or question.critical
