"""The kinds of hyperparameters: how a text becomes a value."""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fieldstone.contract.training import UserError


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
