"""Patterns of policies: ``*`` stands for any letters, ``?`` for one."""

from typing import Any, cast


def as_list(value: Any) -> list[str]:
    """A value that documents may write alone or as a list."""
    return [str(item) for item in cast(list[Any], value)] if isinstance(value, list) else [str(value)]


def matches(pattern: str, text: str) -> bool:
    """Whether a text is of a pattern. Takes time in proportion to both, whatever the pattern."""
    at = seen = 0
    star, resume = -1, 0
    while seen < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, resume, at = at, seen, at + 1
        elif at < len(pattern) and pattern[at] in ("?", text[seen]):
            at, seen = at + 1, seen + 1
        elif star >= 0:  # have the last star take one letter more
            resume += 1
            at, seen = star + 1, resume
        else:
            return False
    return not pattern[at:].strip("*")
