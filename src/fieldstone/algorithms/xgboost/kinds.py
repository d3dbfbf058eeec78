"""The kinds of hyperparameters: how a text becomes a value, and what a range is."""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fieldstone.contract.training import UserError


@dataclass(frozen=True, slots=True)
class Interval:
    """The numbers between two bounds, which belong to it unless they are open; it prints as in mathematics."""

    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False

    def __contains__(self, value: float) -> bool:
        above = self.low is None or value > self.low or (value == self.low and not self.low_open)
        below = self.high is None or value < self.high or (value == self.high and not self.high_open)
        return above and below

    def __str__(self) -> str:
        low = "(-inf" if self.low is None else f"{'(' if self.low_open else '['}{self.low}"
        high = "+inf)" if self.high is None else f"{self.high}{')' if self.high_open else ']'}"
        return f"{low}, {high}"


@dataclass(frozen=True, slots=True)
class Kind:
    """How text becomes a value, and which parts of the value the accepted range is about; None means the whole."""

    parse: Callable[[str], Any]
    parts: Callable[[Any], list[Any]] | None = None


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


def _literal(shape: Callable[[Any], Any]) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        value = ast.literal_eval(text)
        if not isinstance(value, list | tuple):
            raise ValueError(text)  # noqa: TRY004 - of the text it is the value that is wrong
        return shape(value)

    return parse


def _parse_metrics(text: str) -> list[str]:
    metrics = _split(text)
    for metric in metrics:
        name, at, threshold = metric.partition("@")
        if at and name not in {"error", "ndcg", "map"}:
            raise UserError(
                f"Metric '{metric}' is not supported. Parameter 'eval_metric' with customized threshold should "
                "be one of these options: 'error', 'ndcg', 'map'."
            )
        if at and not _is_number(threshold):
            raise UserError(f"Threshold value 't' in '{name}@t' expects float input.")
    return metrics


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


INTEGER = Kind(int)
REAL = Kind(float)
CATEGORY = Kind(str)
NAMES = Kind(_split, list)
METRICS = Kind(_parse_metrics, lambda metrics: [metric.partition("@")[0] for metric in metrics])
TUPLE = Kind(_literal(tuple), list)
NESTED = Kind(_literal(list), lambda groups: [member for group in groups for member in group])
