"""The part of JSONPath that AWS has: children, wildcards, lists of names or indexes, slices.

A path that can name one value only gives that value; a list of names gives an object with those names; any other gives
an array of what it finds.
"""

from collections.abc import Sequence
from typing import Any, Final

_NAME: Final = "NameSelector"
_SUPPORTED: Final = frozenset({_NAME, "IndexSelector", "SliceSelector", "WildcardSelector"})
ROOT: Final = "$"


class InvalidPathError(Exception):
    """A path that cannot be read, or that AWS does not support."""


class NoMatchError(Exception):
    """A path names what is not there."""


class Path:
    """A compiled path.

    Args:
        text: The path, such as ``$[1:]`` or ``$['id','SageMakerOutput']``.

    Raises:
        InvalidPathError: It cannot be read, or is not supported.
    """

    def __init__(self, text: str) -> None:
        from jsonpath import JSONPath, JSONPathEnvironment, JSONPathError  # noqa: PLC0415 - slow, and seldom needed

        self.text = text
        try:
            compiled = JSONPathEnvironment(strict=True).compile(text.replace(".[", "["))
        except JSONPathError as error:
            raise _invalid(text, str(error.args[0])) from None
        assert isinstance(compiled, JSONPath)  # strict paths are not compound
        self._compiled = compiled
        self._selectors = [[type(one).__name__ for one in segment.selectors] for segment in compiled.segments]
        if any(type(segment).__name__ != "JSONPathChildSegment" for segment in compiled.segments):
            raise _invalid(text, "the operator .. is not supported")
        if unknown := {name for names in self._selectors for name in names} - _SUPPORTED:
            raise _invalid(text, f"{', '.join(sorted(unknown))} is not supported")
        self._single = compiled.singular_query()
        last = self._selectors[-1] if self._selectors else []
        self._names = len(last) > 1 and set(last) == {_NAME}

    @property
    def selects_columns(self) -> bool:
        """Whether it can be applied to a row of CSV: an array of columns."""
        return len(self._selectors) == 1 and _NAME not in self._selectors[0]

    def select(self, value: Any) -> Any:
        """What the path names in a value.

        Raises:
            NoMatchError: Nothing is there.
        """
        found = list(self._compiled.finditer(value))
        if not found and self._single:
            raise NoMatchError(f"{self.text} matches nothing")
        if self._single:
            return found[0].value
        if self._names:
            return {str(match.parts[-1]): match.value for match in found}
        return [match.value for match in found]

    def columns(self, width: int) -> Sequence[int]:
        """The columns that the path names in a row of so many.

        Raises:
            NoMatchError: It names an index that the row does not have.
        """
        found = [int(match.parts[0]) for match in self._compiled.finditer(list(range(width)))]
        for selector in self._compiled.segments[0].selectors:
            index = getattr(selector, "index", None)
            if isinstance(index, int) and not -width <= index < width:
                raise NoMatchError(f"{self.text}: there is no column {index} in a row of {width}")
        return found


def _invalid(text: str, why: str) -> InvalidPathError:
    return InvalidPathError(f"Invalid JsonPath: {text}: {why}")
