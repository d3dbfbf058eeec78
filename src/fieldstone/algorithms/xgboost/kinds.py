"""The kinds of hyperparameters: how a text becomes a value."""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fieldstone.contract.training import UserError


@dataclass(frozen=True, slots=True)
class Kind:
    """What a text must be: its name, how it becomes a value, the parts that a range is about (None: the whole)."""

    name: str
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


INTEGER = Kind("integer", int)
REAL = Kind("number", float)
CATEGORY = Kind("string", str)
NAMES = Kind("names", _split, list)
METRICS = Kind("names", _parse_metrics, lambda metrics: [metric.partition("@")[0] for metric in metrics])
TUPLE = Kind("tuple", _literal(tuple), list)
NESTED = Kind("nested list", _literal(list), lambda groups: [member for group in groups for member in group])
