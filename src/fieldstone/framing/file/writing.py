"""From a :class:`Problem` to a file one would like to edit: every key explained, the open ones as comments."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import yaml

from fieldstone.framing.file.schema import block_words, example, json_schema, keys_of, needed_keys
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Problem

SCHEMA_FILE = "problem.schema.json"
_SAFE_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_./ %()>-]*(?<! )")
_READ_OTHERWISE = {"yes", "no", "on", "off", "y", "n", "true", "false", "null"}
_COMMENT_AT = 44
_LONGEST_CHOICES = 70


def write_problem(problem: Problem, path: Path, *, schema: str | None = None) -> None:
    """Write a problem file; reading it gives the same problem again.

    Args:
        problem: What is known so far. What is not stands in the file as a comment with an example.
        path: Where to write.
        schema: Where editors find the JSON schema, as the file names it. Without it the schema is written beside the
            file, as ``problem.schema.json``.

    Raises:
        ProblemError: it cannot be written there.
    """
    try:
        if schema is None:
            (path.parent / SCHEMA_FILE).write_text(schema_text(), encoding="utf-8")
        path.write_text(problem_text(problem, schema=schema or SCHEMA_FILE), encoding="utf-8")
    except OSError as error:
        raise ProblemError(f"{path}: cannot be written ({error.strerror}). Name another file or folder.") from error


def schema_text() -> str:
    """The JSON schema as it is kept in files."""
    return json.dumps(json_schema(), indent=2) + "\n"


def problem_text(problem: Problem, *, schema: str = SCHEMA_FILE) -> str:
    """The text of a problem file."""
    value: dict[str, Any] = msgspec.to_builtins(problem)
    lines = [
        f"# yaml-language-server: $schema={schema}",
        "#",
        "# A business question and everything that decides whether, and how, a model can answer it.",
        "# What is not answered yet stands behind a # with an example: delete the # and the space after it, fill in.",
        "",
        *_block_lines(value, json_schema(), 0, given=True),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _block_lines(value: dict[str, Any], entry: dict[str, Any], depth: int, *, given: bool) -> Iterator[str]:
    for key, below in keys_of(entry).items():
        if keys_of(below):
            yield from _inner_block(key, value.get(key), below, depth, given=given)
        else:
            yield _line(key, value.get(key, example(below)), below, depth, given=given and key in value)


def _inner_block(
    key: str, value: dict[str, Any] | None, entry: dict[str, Any], depth: int, *, given: bool
) -> Iterator[str]:
    """A block under its description. One that may be empty is opened, so that only its keys must be filled in."""
    indent = "  " * depth
    here = given and (value is not None or not needed_keys(entry))
    if depth == 0:
        yield ""
    yield f"{indent}# {entry.get('description') or block_words(entry)}"
    yield f"{'' if here else '# '}{indent}{key}:"
    yield from _block_lines(value or {}, entry, depth + 1, given=here)


def _line(key: str, value: Any, entry: dict[str, Any], depth: int, *, given: bool) -> str:
    line = f"{'' if given else '# '}{'  ' * depth}{key}: {_flow(value)}"
    words = entry.get("description", "")
    choices = ", ".join(entry.get("enum", []))
    if 0 < len(choices) < _LONGEST_CHOICES:
        words = f"{words}: {choices}"
    return f"{line:<{_COMMENT_AT}}  # {words}" if words else line


def _flow(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value) if isinstance(value, int | float) else _text(value)


def _text(value: str) -> str:
    """A text that YAML readers old and new read as the same text."""
    if _SAFE_WORD.fullmatch(value) and value.lower() not in _READ_OTHERWISE:
        return value
    return yaml.safe_dump(value, default_style='"', allow_unicode=True, width=float("inf")).rstrip("\n")
