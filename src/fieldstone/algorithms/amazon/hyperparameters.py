"""Hyperparameters as a table, and the check of a job's against it, in the words of Amazon's own algorithms.

Known of their words are those for what is missing and for JSON that is none; the others here are made like them.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fieldstone.algorithms.amazon import log
from fieldstone.contract.training import UserError

CAUSE = "(caused by ValidationError)"
AUTO = "auto"
_LARGEST = 2**63 - 1
"""No integer is larger: NumPy can count no further."""
INTERNAL = {
    "_num_gpus": AUTO,
    "_log_level": "info",
    "_kvstore": "dist_sync",
    "_num_kv_servers": AUTO,
}
"""What the defaults of every algorithm have beside its own; names that begin so are taken as they are."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a text must be: its name in an error, and how it becomes a value."""

    name: str
    parse: Callable[[str], Any]


def _parse_boolean(text: str) -> bool:
    return {"true": True, "1": True, "false": False, "0": False}[text.lower()]


def _parse_integer(text: str) -> int:
    value = int(text)
    if "_" in text or abs(value) > _LARGEST:
        raise ValueError(text)
    return value


def _parse_json(text: str) -> list[Any]:
    """A list; anything else is taken for a list of itself."""
    value = json.loads(text)
    return value if isinstance(value, list) else [value]


INTEGER = Kind("integer", _parse_integer)
REAL = Kind("number", float)
BOOLEAN = Kind("boolean", _parse_boolean)
CHOICE = Kind("string", str)
JSON = Kind("JSON", _parse_json)


@dataclass(frozen=True, slots=True)
class Hyperparameter:
    """One row of the table.

    Attributes:
        name: Its name.
        kind: What its text must be.
        accepted: The values that there may be, of a list its members: a range or some values; all if it is None.
        default: The text that stands for it if none is given; None if it then has no value.
        required: Whether it must be given.
        auto: Whether `auto` leaves the value to the algorithm, to which it is None.
    """

    name: str
    kind: Kind
    accepted: Collection[Any] | Any = None
    default: str | None = None
    required: bool = False
    auto: bool = False

    def parse(self, text: str) -> Any:
        """The value that a text stands for.

        Raises:
            UserError: It is none of this kind, or not accepted.
        """
        if self.auto and text == AUTO:
            return None
        try:
            value = self.kind.parse(text)
        except (ValueError, KeyError, RecursionError) as error:
            if self.kind is JSON:
                reason = f"Hyperparameter must be valid json, but found {self.name}: {text} (caused by ValueError)"
                raise UserError(f"{reason}\n\nCaused by: {error}") from error
            raise UserError(
                f"Hyperparameter {self.name}: '{text}' is not of type '{self.kind.name}' {CAUSE}"
            ) from error
        for part in (value or [None]) if self.kind is JSON else [value]:
            if self.accepted is not None and part not in self.accepted:
                raise UserError(f"Hyperparameter {self.name}: '{text}' is not {self._among()} {CAUSE}")
        return value

    def _among(self) -> str:
        if isinstance(self.accepted, tuple):
            return f"one of {list(self.accepted)}"
        return f"in {self.accepted}"


def validate(table: Sequence[Hyperparameter], given: Mapping[str, str]) -> dict[str, Any]:
    """Check and parse a job's hyperparameters, and tell the log; those that are not given have their defaults.

    Args:
        table: The algorithm's.
        given: The job's, as texts.

    Raises:
        UserError: One is missing, unknown, no value of its kind or not accepted.
    """
    defaults = {row.name: row.default for row in table if row.default is not None} | INTERNAL
    log.info(
        "Reading default configuration from /opt/amazon/lib/python3.8/site-packages/algorithm/resources/"
        f"default-input.json: {defaults}"
    )
    log.info(f"Merging with provided configuration from /opt/ml/input/config/hyperparameters.json: {dict(given)}")
    final = defaults | dict(given)
    log.info(f"Final configuration: {final}")
    _check_names(table, final)
    values = {row.name: None for row in table}
    return values | {row.name: row.parse(final[row.name]) for row in table if row.name in final}


def _check_names(table: Sequence[Hyperparameter], final: Mapping[str, str]) -> None:
    if missing := [f"'{row.name}'" for row in table if row.required and row.name not in final]:
        names = ", ".join(missing)
        raise UserError(f"No value(s) were specified for {names} which are required hyperparameter(s) {CAUSE}")
    known = {row.name for row in table}
    if unknown := [f"'{name}'" for name in final if name not in known and not name.startswith("_")]:
        were = "was" if len(unknown) == 1 else "were"
        raise UserError(f"Additional hyperparameters are not allowed ({', '.join(unknown)} {were} unexpected) {CAUSE}")
