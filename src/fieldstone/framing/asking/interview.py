"""The interview: the questions one by one, in plain words, until there is a problem.

It knows nothing of terminals: what it says and how it asks are given to it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import UNSET

from fieldstone.framing.asking.answers import NONE_IS_AN_ANSWER
from fieldstone.framing.asking.questions import Question, answer, applies, questions, section, weakness
from fieldstone.framing.data.names import suggest
from fieldstone.framing.file.contradictions import contradictions
from fieldstone.framing.file.schema import entry_at, needed_keys
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Problem

Ask = Callable[[str], str]
Say = Callable[[str], None]
Peek = Callable[[str], dict[str, str]]
"""Gives the columns of the data at a path, each with an example; raises ``ProblemError`` if there are none."""

WELCOME = (
    "A few questions, one at a time. Press Enter (or write: don't know) if you don't know yet; the question then stays "
    "open in the file. Write: none if it does not apply, example for examples, back to change the answer before, stop "
    "to end here."
)
_UNKNOWN = re.compile(r"(i )?(don'?t|do not) know( yet)?|not yet( known)?|unknown|no idea|skip|later", re.IGNORECASE)
_NONE = re.compile(r"none|n/?a|no (such|column)s?( column)?|does not apply|nothing", re.IGNORECASE)
_HELP = {"example", "examples", "help", "why", "?"}
_BACK = {"back", "b", "<"}
_STOP = {"stop", "quit", "exit", "end", "done"}
_OF_COLUMNS = {"column", "columns", "target"}
"""How the questions are read whose answers are columns of the data."""


@dataclass(slots=True)
class _Talk:
    """What was said so far: answers by path, and the questions asked, in order."""

    ask: Ask
    say: Say
    answers: dict[str, Any] = field(default_factory=dict[str, Any])
    passed: set[str] = field(default_factory=set[str])
    asked: list[Question] = field(default_factory=list[Question])
    doubted: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    peek: Peek | None = None
    columns: dict[str, str] = field(default_factory=dict[str, str])


def interview(ask: Ask, say: Say, known: Problem | None = None, *, peek: Peek | None = None) -> Problem:
    """Ask for everything that is not known yet.

    Args:
        ask: Shows a prompt and gives the typed line. ``EOFError`` ends the interview with what there is.
        say: Shows a line.
        known: What is known already; its answers are kept and not asked for.
        peek: Looks into the data once they are named, so that columns can be shown and held against the answers.

    Raises:
        ProblemError: it ended before there was even a question.
    """
    talk = _Talk(ask, say, peek=peek)
    if known is not None:
        talk.answers = {
            each.path: answer(known, each.path) for each in questions() if answer(known, each.path) is not UNSET
        }
    say(WELCOME)
    try:
        while (question := _next(talk, known)) and _put(talk, question, known):
            pass
    except EOFError:
        say("Ended here. What was answered is kept." if talk.answers else "Ended here.")
    return _problem(talk.answers, known)


def _next(talk: _Talk, known: Problem | None) -> Question | None:
    """The first question that is neither answered nor passed, and makes sense by what is known."""
    so_far = _problem(talk.answers, known) if "question" in talk.answers else None
    for question in questions():
        if question.path in talk.passed or question.path in talk.answers:
            continue
        if question.after and question.after not in talk.answers:
            continue
        if any(so_far is not None and answer(so_far, path) is not UNSET for path in question.also):
            continue
        if so_far is None or applies(question, so_far):
            return question
    return None


def _put(talk: _Talk, question: Question, known: Problem | None) -> bool:
    """Put one question until it is answered or passed; False if the person wants to stop."""
    part = section(question)
    if not talk.asked or section(talk.asked[-1]) != part:
        talk.say(f"\n{part}")
    while True:
        typed = talk.ask(f"{question.ask} ").strip()
        if typed.lower() in _STOP:
            return False
        if typed.lower() in _BACK:
            _go_back(talk)
            return True
        if typed.lower() in _HELP:
            talk.say(f"  A good answer: {question.good}\n  A bad one: {question.bad} ({question.why}).")
        elif _settled(talk, question, typed, known):
            talk.asked.append(question)
            return True


def _go_back(talk: _Talk) -> None:
    if not talk.asked:
        talk.say("  This is the first question.")
        return
    last = talk.asked.pop()
    before = talk.answers.pop(last.path, None)
    talk.passed.discard(last.path)
    if last.path == "target.column":
        before = talk.answers.pop("target.columns", before)
    if before is not None:
        talk.say(f"  Your answer was: {before}")


def _settled(talk: _Talk, question: Question, typed: str, known: Problem | None) -> bool:
    none = _NONE.fullmatch(typed) and question.read not in NONE_IS_AN_ANSWER
    if not typed or none or _UNKNOWN.fullmatch(typed):
        if question.path == "question":
            talk.say(f"  Nothing can be framed without a question. For example: {question.good}")
            return False
        talk.passed.add(question.path)
        return True
    try:
        value = question.understand(typed)
    except ProblemError as error:
        talk.say(f"  {error}")
        return False
    if strange := [name for name in _named(question, value) if talk.columns and name not in talk.columns]:
        talk.say(f"  The data have no column {strange[0]!r}. {suggest(strange[0], list(talk.columns))}")
        return False
    lacking = weakness(question, value) or _looked(talk, question, value)
    if lacking and (question.path, typed) not in talk.doubted:
        talk.doubted.add((question.path, typed))
        talk.say(
            f"  {lacking}\n  Write another, or the same again to keep it."
            if question.read == "file"
            else f"  That answer is thin: {lacking}. For example: {question.good}\n"
            "  Write more, or the same again to keep it."
        )
        return False
    return _kept(talk, question, value, known)


def _named(question: Question, value: Any) -> list[str]:
    """The columns that an answer names."""
    if question.read not in _OF_COLUMNS:
        return []
    return value if isinstance(value, list) else [value]


def _looked(talk: _Talk, question: Question, value: Any) -> str:
    """Look into the data that an answer names, and show their columns; what is wrong with them, if anything is."""
    if question.read != "file" or talk.peek is None:
        return ""
    talk.columns = {}
    try:
        talk.columns = talk.peek(value)
    except ProblemError as error:
        return str(error).removeprefix("data.path: ")
    shown = ", ".join(f"{name} ({example})" if example else name for name, example in talk.columns.items())
    talk.say(f"  It has {len(talk.columns)} columns, with an example of each: {shown}.")
    return ""


def _kept(talk: _Talk, question: Question, value: Any, known: Problem | None) -> bool:
    """Keep a value if the problem accepts it and it contradicts nothing that was said before."""
    path = "target.columns" if question.path == "target.column" and isinstance(value, list) else question.path
    before = _problem(talk.answers, known) if "question" in talk.answers else None
    after = _problem({**talk.answers, path: value}, known)
    old = set(contradictions(before)) if before is not None else set[tuple[str, str]]()
    new = [each for each in contradictions(after) if each not in old]
    if new:
        talk.say(f"  That does not fit: {new[0][1]}\n  Write another answer, or back to change the one before.")
        return False
    talk.answers[path] = value
    if path != question.path:
        talk.passed.add(question.path)
    return True


def _problem(answers: dict[str, Any], known: Problem | None) -> Problem:
    """A problem of what is known; blocks that lack a needed key are left out."""
    if "question" not in answers:
        raise ProblemError("The interview ended before there was a question. Run `fieldstone frame` again.")
    document: dict[str, Any] = msgspec.to_builtins(known) if known is not None else {}
    for path, value in answers.items():
        *blocks, key = path.split(".")
        block = document
        for name in blocks:
            block = block.setdefault(name, {})
        block[key] = value
    return msgspec.convert(_whole(document, ""), Problem)


def _whole(document: dict[str, Any], path: str) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in document.items():
        below = f"{path}.{key}" if path else key
        if not isinstance(value, dict):
            kept[key] = value
        elif set(needed_keys(entry_at(below))) <= set(value):
            kept[key] = _whole(value, below)
    return kept
