"""YAML with the line of every key, read by the rules people expect.

``yes``, ``no`` and ``on`` stay words (they are values of columns more often than truths), dates and times stay text,
and only ``true`` and ``false`` are truths, as YAML 1.2 has it. A key with nothing behind it counts as not given.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from fieldstone.framing.file.schema import keys_of, types_of
from fieldstone.framing.mistakes import ProblemError

_INTEGER = re.compile(r"[-+]?[0-9]+")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_EMPTY = {"", "~", "null", "Null", "NULL"}
_TRUTHS = {"true": True, "false": False}
_ANSWERS = _TRUTHS | {"yes": True, "no": False, "on": True, "off": False}
_DEEPEST, _LONGEST = 20, 20_000


@dataclass(slots=True)
class Tree:
    """A file as plain values.

    Attributes:
        value: Dicts, lists, texts, numbers and truths.
        lines: The line (from 1) of each path, such as ``costs.false_positive`` or ``target.order[1]``.
        twice: Paths of keys that a block gives a second time, with the line of the second.
    """

    value: Any = None
    lines: dict[str, int] = field(default_factory=dict[str, int])
    twice: dict[str, int] = field(default_factory=dict[str, int])


def parse(text: str, name: str, entry: dict[str, Any]) -> Tree:
    """Read YAML text, guided by the schema's entry where a value could be read in two ways.

    Raises:
        ProblemError: it is no YAML.
    """
    tree = Tree()
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise ProblemError(f"{name}{_place(error)}: {_unreadable(error)}") from error
    except yaml.YAMLError as error:
        raise ProblemError(f"{name}: this is not readable as YAML ({' '.join(str(error).split())}).") from error
    except RecursionError as error:
        raise ProblemError(f"{name}: blocks are nested too deep to be a problem file.") from error
    if node is not None:
        tree.value = _plain(node, entry, "", tree, name)
    return tree


def _place(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    return f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""


def _unreadable(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or ""
    if "\\t" in problem or "'\t'" in problem:
        return "a tab stands where spaces must. Indent with two spaces."
    if "mapping values are not allowed" in problem:
        return (
            'a colon too many, or too deep an indent. Put a text that has a colon in it between quotes: "like: this".'
        )
    return (
        f"this is not readable as YAML ({problem}). Write one key a line: `key: value`, with two spaces before it in a "
        "block."
    )


def _plain(node: yaml.Node, entry: dict[str, Any], path: str, tree: Tree, name: str) -> Any:
    tree.lines.setdefault(path, node.start_mark.line + 1)
    if path.count(".") + path.count("[") > _DEEPEST or len(tree.lines) > _LONGEST:
        raise ProblemError(f"{name}, line {tree.lines[path]}: too long or nested too deep to be a problem file.")
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, entry, path, tree, name)
    if isinstance(node, yaml.SequenceNode):
        items = entry.get("items", {})
        return [_plain(each, items, f"{path}[{n}]", tree, name) for n, each in enumerate(node.value)]
    return _scalar(node, types_of(entry) if entry else ())


def _mapping(node: yaml.MappingNode, entry: dict[str, Any], path: str, tree: Tree, name: str) -> dict[str, Any]:
    known = keys_of(entry)
    block: dict[str, Any] = {}
    seen: set[str] = set()
    for key_node, value_node in node.value:
        key = str(key_node.value)
        below = f"{path}.{key}" if path else key
        if key in seen:
            tree.twice[below] = key_node.start_mark.line + 1
            continue
        seen.add(key)
        tree.lines[below] = key_node.start_mark.line + 1
        value = _plain(value_node, known.get(key, {}), below, tree, name)
        if value is not None:
            block[key] = value
    return block


def _scalar(node: yaml.Node, types: tuple[str, ...]) -> Any:
    text = str(node.value)
    if getattr(node, "style", None) is not None:
        return text
    if text in _EMPTY:
        return None
    if types == ("string",):
        return text
    if types == ("boolean",):
        return _ANSWERS.get(text.lower(), text)
    return _core(text)


def _core(text: str) -> Any:
    if text.lower() in _TRUTHS:
        return _TRUTHS[text.lower()]
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) < 300 else float(text)
    return float(text) if _NUMBER.fullmatch(text) else text
