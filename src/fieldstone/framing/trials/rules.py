"""Rules, written out: a small tree as SQL and as Python."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from fieldstone.framing.cases import Column
from fieldstone.framing.data.expressions import literal, quoted
from fieldstone.framing.trials.trees import Cut, Leaf, SmallTree, merged

_YES = ("yes", "y", "true", "t", "1", "1.0")
"""How a yes may be written in the table; both languages read the tuple as it is printed."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that answers on its own.

    Attributes:
        words: For people.
        sql: A SQL expression over the table's columns.
        python: A function ``answer(row)`` over a dictionary of column values; None where a value is empty.
    """

    words: str
    sql: str
    python: str


def condition(tree: SmallTree, flagged: Sequence[bool], columns: Sequence[Column]) -> Rule:
    """Return the rule that holds where a case ends in one of the flagged leaves."""
    chosen = [leaf for leaf, flag in merged(tree.leaves, flagged) if flag]
    sql = " OR ".join(_joined(leaf, columns, _SQL) for leaf in chosen) or "false"
    words = ", or ".join(_joined(leaf, columns, _WORDS) for leaf in chosen) or "never"
    code = " or ".join(f"({_joined(leaf, columns, _PYTHON)})" for leaf in chosen) or "False"
    return Rule(words, sql, f"def answer(row):\n    return {code}\n")


def table(tree: SmallTree, answers: Sequence[str | float], columns: Sequence[Column]) -> Rule:
    """Return the rule that answers one thing for each leaf."""
    pairs = merged(tree.leaves, answers)
    whens = " ".join(f"WHEN {_joined(leaf, columns, _SQL)} THEN {literal(answer)}" for leaf, answer in pairs)
    words = "; ".join(f"{_joined(leaf, columns, _WORDS)}: {_shown(answer)}" for leaf, answer in pairs)
    code = "".join(f"    if {_joined(leaf, columns, _PYTHON)}:\n        return {answer!r}\n" for leaf, answer in pairs)
    return Rule(words, f"CASE {whens} END", f"def answer(row):\n{code}")


def always(answer: str | float) -> Rule:
    """Return the rule that gives everybody the same answer."""
    return Rule(f"always {_shown(answer)}", literal(answer), f"def answer(row):\n    return {answer!r}\n")


def as_number(column: Column) -> tuple[str, str]:
    """Return a number's or a truth value's reading as a number in SQL and in Python; 0 where it is empty."""
    name, value = quoted(column.name), f"row[{column.name!r}]"
    if column.kind == "boolean":
        return (
            f"coalesce(lower(trim({name}::VARCHAR)) IN {_YES}, false)::INT",
            f"(str({value}).strip().lower() in {_YES})",
        )
    return f"coalesce({name}, 0)::DOUBLE", f"float({value} or 0)"


def _shown(answer: str | float) -> str:
    return answer if isinstance(answer, str) else f"{answer:.6g}"


def _joined(leaf: Leaf, columns: Sequence[Column], language: "_Language") -> str:
    return language.joint.join(language.write(cut, columns[cut.column]) for cut in leaf.cuts) or language.always


def _levels(cut: Cut, column: Column) -> list[str]:
    return [column.levels[code] if code < len(column.levels) else str(code) for code in cut.levels]


def _limit(cut: Cut, column: Column) -> str:
    """Return a threshold as briefly as float32 values allow; half-way between no and yes for booleans."""
    if column.kind == "time":
        return datetime.fromtimestamp(cut.at_most, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return str(np.float32(cut.at_most))


def _by_emptiness(cut: Cut) -> bool:
    return not cut.levels and np.isinf(cut.at_most)


def _sql(cut: Cut, column: Column) -> str:
    name = quoted(column.name)
    if _by_emptiness(cut):
        return f"{name} IS {'NOT ' if cut.holds else ''}NULL"
    if column.kind == "category":
        test = (
            f"{name} {'IN' if cut.holds else 'NOT IN'} ({', '.join(literal(level) for level in _levels(cut, column))})"
        )
    elif column.kind == "boolean":
        test = f"lower(trim({name}::VARCHAR)) {'NOT IN' if cut.holds else 'IN'} {_YES}"
    else:
        limit = f"TIMESTAMP '{_limit(cut, column)}'" if column.kind == "time" else _limit(cut, column)
        test = f"{name} {'<=' if cut.holds else '>'} {limit}"
    if not column.missing:
        return test
    return f"({test} OR {name} IS NULL)" if cut.empty == cut.holds else f"({test} AND {name} IS NOT NULL)"


def _python(cut: Cut, column: Column) -> str:
    value = f"row[{column.name!r}]"
    if _by_emptiness(cut):
        return f"{value} is {'not ' if cut.holds else ''}None"
    if column.kind == "category":
        test = f"{value} {'in' if cut.holds else 'not in'} {tuple(_levels(cut, column))!r}"
    elif column.kind == "boolean":
        test = f"str({value}).strip().lower() {'not in' if cut.holds else 'in'} {_YES}"
    else:
        limit = repr(_limit(cut, column)) if column.kind == "time" else _limit(cut, column)
        value = f"str({value})" if column.kind == "time" else value
        test = f"{value} {'<=' if cut.holds else '>'} {limit}"
    if not column.missing:
        return test
    name = f"row[{column.name!r}]"
    return f"({name} is None or {test})" if cut.empty == cut.holds else f"({name} is not None and {test})"


def _words(cut: Cut, column: Column) -> str:
    if _by_emptiness(cut):
        return f"{column.name} is {'filled in' if cut.holds else 'empty'}"
    gap = " (or empty)" if column.missing and cut.empty == cut.holds else ""
    if column.kind == "category":
        return f"{column.name} is {'' if cut.holds else 'not '}{' or '.join(_levels(cut, column))}{gap}"
    if column.kind == "boolean":
        return f"{column.name} is {'no' if cut.holds else 'yes'}{gap}"
    return f"{column.name} is {'at most' if cut.holds else 'over'} {_limit(cut, column)}{gap}"


_Writer = Callable[[Cut, Column], str]


@dataclass(frozen=True, slots=True)
class _Language:
    """How a language writes one cut, joins several, and says that there is none."""

    write: _Writer
    joint: str
    always: str


_SQL = _Language(_sql, " AND ", "true")
_PYTHON = _Language(_python, " and ", "True")
_WORDS = _Language(_words, " and ", "always")
