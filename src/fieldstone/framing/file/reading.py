"""From a problem file to a :class:`Problem`, or to a message that says where, what is wrong, and what to type."""

import difflib
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import yaml

from fieldstone.framing.file.contradictions import contradictions
from fieldstone.framing.file.schema import entry_at, example, expectation, json_schema, keys_of, listed, types_of
from fieldstone.framing.file.writing import write_problem
from fieldstone.framing.file.yamltree import Tree, parse
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Problem

__all__ = ["json_schema", "read_problem", "write_problem"]

_WHERE = re.compile(r" - at `\$\.?([^`]*)`$")
_MISSING = re.compile(r"missing required field `(\w+)`")


def read_problem(path: Path) -> Problem:
    """Read and check a problem file.

    Raises:
        ProblemError: it cannot be read, has keys or values that do not belong, or contradicts itself. One line for
            each mistake that could be told from the others.
    """
    name = path.name
    tree = parse(_text(path), name, json_schema())
    if not isinstance(tree.value, dict):
        raise ProblemError(
            f"{name}: expected keys and values, got {_described(tree.value)}. "
            "Write for example: question: Which customers will churn in the next 30 days?"
        )
    _raise_all(name, [*_given_twice(tree), *_unknown(tree, tree.value, "")])
    problem = _convert(tree, name)
    _raise_all(name, [_located(tree, at, what) for at, what in contradictions(problem)])
    return problem


def _text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise ProblemError(
            f"{path}: there is no such file. Run `fieldstone frame` without a file to write one."
        ) from error
    except OSError as error:
        raise ProblemError(f"{path}: cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise ProblemError(f"{path}: this is not text in UTF-8. Save it as UTF-8 in your editor.") from error
    if unprintable := yaml.SafeLoader.NON_PRINTABLE.search(text):
        line = text.count("\n", 0, unprintable.start()) + 1
        raise ProblemError(f"{path.name}, line {line}: a character that cannot be seen stands here. Delete it.")
    return text


def _raise_all(name: str, mistakes: list[str]) -> None:
    if mistakes:
        raise ProblemError("\n".join(f"{name}, {each}" for each in mistakes))


def _located(tree: Tree, path: str, what: str) -> str:
    at = path
    while at and at not in tree.lines:
        at = at.rpartition(".")[0]
    return f"line {tree.lines.get(at, 1)}, {path}: {what}" if path else f"line 1: {what}"


def _given_twice(tree: Tree) -> list[str]:
    return [
        f"line {line}, {path}: given a second time; the first is in line {tree.lines[path]}. Delete one."
        for path, line in tree.twice.items()
    ]


def _unknown(tree: Tree, block: dict[str, Any], path: str) -> Iterator[str]:
    known = keys_of(entry_at(path))
    for key, value in block.items():
        below = f"{path}.{key}" if path else key
        if key not in known:
            yield _located(tree, below, f"there is no such key. {_meant(key, list(known), path)}")
        elif isinstance(value, dict) and keys_of(known[key]):
            yield from _unknown(tree, value, below)


def _meant(key: str, known: list[str], path: str) -> str:
    near = difflib.get_close_matches(key.lower().replace("-", "_").replace(" ", "_"), known, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {near[0]}?"
    homes = [home for home in _homes(key) if home != path]
    if homes:
        return f"It belongs under {listed(homes)}."
    return f"Known here: {', '.join(known)}."


def _homes(key: str, path: str = "") -> Iterator[str]:
    for each, entry in keys_of(entry_at(path)).items():
        if each == key:
            yield path or "the top of the file"
        if keys_of(entry):
            yield from _homes(key, f"{path}.{each}" if path else each)


def _convert(tree: Tree, name: str) -> Problem:
    _raise_all(name, list(_unfit(tree, tree.value, "")))
    try:
        return msgspec.convert(tree.value, Problem)
    except msgspec.ValidationError as error:
        raise ProblemError(f"{name}, {_explained(tree, str(error))}") from error


def _unfit(tree: Tree, value: Any, path: str) -> Iterator[str]:
    """Numbers too large to count with, which the schema cannot tell from others."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _unfit(tree, each, f"{path}.{key}" if path else key)
    elif isinstance(value, float) and not math.isfinite(value):
        yield _located(tree, path, "this number is too large.")


def _explained(tree: Tree, message: str) -> str:
    found = _WHERE.search(message)
    path = found[1] if found else ""
    if missing := _MISSING.search(message):
        below = f"{path}.{missing[1]}" if path else missing[1]
        return _located(tree, below, f"is missing. {_write_for_example(below)}")
    entry = entry_at(path.partition("[")[0])
    value = _value_at(tree.value, path)
    if "[" in path:
        return _located(tree, path, f"expected a text, got {_described(value)}. {_write_for_example(path)}")
    near = difflib.get_close_matches(str(value), entry.get("enum", []), n=1)
    hint = f"Did you mean {near[0]}? Write: {path.rpartition('.')[2]}: {near[0]}" if near else _write_for_example(path)
    return _located(tree, path, f"expected {expectation(entry)}, got {_described(value)}. {hint}")


def _value_at(value: Any, path: str) -> Any:
    for step in re.findall(r"[^.\[\]]+", path):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def _write_for_example(path: str) -> str:
    path = path.partition("[")[0]
    key, value = path.rpartition(".")[2], example(entry_at(path))
    if types_of(entry_at(path)) == ("object",):
        shown = ", ".join(f"{each}: {_short(below)}" for each, below in value.items())
        return f"Write for example: {key}: {{{shown}}}"
    return f"Write for example: {key}: {_short(value)}"


def _short(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)


def _described(value: Any) -> str:
    if isinstance(value, dict):
        return "a block"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    if value == "":
        return "an empty text"
    return f"the text {value!r}" if isinstance(value, str) else _short(value)
