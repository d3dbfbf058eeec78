"""What an endpoint replies where SAGEMAKER_INFERENCE_OUTPUT names the parts of its answers.

The values, by objective, are those of the container; a name that says nothing of an objective has NaN, as there.
"""

import json
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from fieldstone.algorithms.amazon import records
from fieldstone.algorithms.xgboost import log

LABEL, LABELS, PROBABILITY, PROBABILITIES, RAW_SCORE, RAW_SCORES, SCORE = (
    "predicted_label",
    "labels",
    "probability",
    "probabilities",
    "raw_score",
    "raw_scores",
    "predicted_score",
)
_RAW = (LABEL, LABELS, RAW_SCORE, RAW_SCORES)
_ALL = (LABEL, LABELS, PROBABILITY, PROBABILITIES, RAW_SCORE, RAW_SCORES)
KEYS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("reg:squarederror", "reg:logistic", "reg:gamma", "reg:absoluteerror", "reg:tweedie"),
        (SCORE,),
    ),
    "binary:logistic": _ALL,
    "binary:logitraw": _RAW,
    "binary:hinge": _RAW,
    "multi:softmax": _RAW,
    "multi:softprob": _ALL,
}
"""What can be named, by objective, in the order of a reply."""

Prediction = Any
"""What XGBoost predicts for a row: a number, or a list of one for each class."""
Answer = dict[str, Any]
Part = Callable[[Prediction], Any]


class UnsupportedError(ValueError):
    """An objective for which there is nothing to name."""


class Selection:
    """Makes of predictions the parts of them that are named.

    Args:
        names: The names, with commas between them.
        objective: The model's.
        classes: How many classes it tells apart; 0 for no multi-class model.
    """

    def __init__(self, names: str, objective: str, classes: int) -> None:
        self.names = names.replace(" ", "").lower().split(",")
        self._objective = objective
        self._known = KEYS.get(objective, ())
        parts = _parts(objective, classes)
        self._parts = {name: parts[name] for name in self._known if name in self.names}
        self._parts |= {name: _nothing for name in self.names if name not in self._known}
        if self._known and (unfit := set(self.names) - set(self._known)):
            log.warn(
                f"Selected key(s) {unfit} incompatible for objective '{objective}'. Please use list of compatible "
                f"selectable inference predictions: {list(self._known)}"
            )

    def select(self, predictions: Sequence[Prediction]) -> list[Answer]:
        """The named parts of each prediction.

        Raises:
            UnsupportedError: The objective has none.
        """
        if not self._known:
            raise UnsupportedError(f"Objective `{self._objective}` unsupported for selectable inference predictions.")
        return [{name: part(value) for name, part in self._parts.items()} for value in predictions]


def as_json(answers: Sequence[Answer], _names: Sequence[str]) -> bytes:
    """`{"predictions": [{"predicted_label": 1, …}, …]}`."""
    return json.dumps({"predictions": answers}).encode()


def as_lines(answers: Sequence[Answer], _names: Sequence[str]) -> bytes:
    """One object a line."""
    return "".join([json.dumps(answer) + "\n" for answer in answers]).encode()


def as_csv(answers: Sequence[Answer], names: Sequence[str]) -> bytes:
    """One row a line, without an end of the last: the parts in the order of their names, lists in quotes."""
    return "\n".join([",".join([_field(answer[name]) for name in names]) for answer in answers]).encode()


def as_records(answers: Sequence[Answer], _names: Sequence[str]) -> bytes:
    """A record a row, with a label of 32-bit floats for each part."""
    named = {
        name: np.array([answer[name] for answer in answers], np.float32).reshape(len(answers), -1)
        for name in answers[0]
    }
    return records.write_labels(named, None)


ENCODERS: dict[str, Callable[[Sequence[Answer], Sequence[str]], bytes]] = {
    "application/json": as_json,
    "application/jsonlines": as_lines,
    "application/x-recordio-protobuf": as_records,
    "text/csv": as_csv,
}


def _field(value: Any) -> str:
    return f'"{value}"' if isinstance(value, list) else str(value)


def _nothing(_: Prediction) -> float:
    return math.nan


def _likeliest(values: Prediction) -> int:
    return max(range(len(values)), key=values.__getitem__)


def _both(value: float) -> list[float]:
    return [1.0 - value, value]


def _itself(value: Prediction) -> Prediction:
    return value


def _label(objective: str) -> Part:
    if objective == "multi:softprob":
        return _likeliest
    if objective in {"binary:logistic", "binary:logitraw"}:
        threshold = 0.5 if objective == "binary:logistic" else 0.0
        return lambda value: int(value > threshold)
    return _itself


def _parts(objective: str, classes: int) -> dict[str, Part]:
    """How each part is made of a prediction."""
    of_all = objective == "multi:softprob"
    one, every = (max, _itself) if of_all else (_itself, _both)
    labels = list(range(classes if objective.startswith("multi:") else 2))
    return {
        LABEL: _label(objective),
        LABELS: lambda _: labels,
        PROBABILITY: one,
        PROBABILITIES: every,
        RAW_SCORE: one,
        RAW_SCORES: every,
        SCORE: _itself,
    }
