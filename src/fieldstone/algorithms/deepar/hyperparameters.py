"""DeepAR's hyperparameters, as AWS's pages list them; and what a job says with them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fieldstone.algorithms.amazon.algorithm import Options
from fieldstone.algorithms.amazon.hyperparameters import AUTO, CHOICE, INTEGER, JSON, REAL, Hyperparameter, Kind
from fieldstone.algorithms.amazon.interval import Interval
from fieldstone.algorithms.deepar.frequency import Frequency

IGNORE = "ignore"
LIKELIHOODS = ("gaussian", "beta", "negative-binomial", "student-t", "deterministic-l1")


def _parse_cardinality(text: str) -> Any:
    """`auto`, or the sizes; none for those who ignore categories."""
    if text in {"", IGNORE}:
        return ()
    if text == AUTO:
        return AUTO
    return tuple(map(_positive, json.loads(text)))


def _parse_features(text: str) -> Any:
    """`auto`, or the number; 0 for those who ignore features."""
    if text in {"", IGNORE}:
        return 0
    return AUTO if text == AUTO else _positive(int(text))


def _positive(number: Any) -> int:
    if not isinstance(number, int) or number < 1:
        raise ValueError(number)
    return number


def _or_empty(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda text: None if text == "" else parse(text)


_COUNT = Interval(1)
_TENTHS = "[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]"
_FREQUENCY = Kind("an integer followed by M, W, D, H or min", Frequency.parse)
_CARDINALITY = Kind("auto, ignore or array of positive integers", _parse_cardinality)
_FEATURES = Kind("auto, ignore or positive integer", _parse_features)
_PATIENCE = Kind("positive integer", _or_empty(lambda text: _positive(int(text))))
_LIKELIHOOD = Kind("string", str.lower)

TABLE = (
    Hyperparameter("context_length", INTEGER, _COUNT, required=True),
    Hyperparameter("prediction_length", INTEGER, _COUNT, required=True),
    Hyperparameter("epochs", INTEGER, _COUNT, required=True),
    Hyperparameter("time_freq", _FREQUENCY, required=True),
    Hyperparameter("likelihood", _LIKELIHOOD, LIKELIHOODS, default="student-t"),
    Hyperparameter("learning_rate", REAL, Interval(0, low_open=True), default="0.001"),
    Hyperparameter("mini_batch_size", INTEGER, _COUNT, default="128"),
    Hyperparameter("num_cells", INTEGER, _COUNT, default="40"),
    Hyperparameter("num_layers", INTEGER, _COUNT, default="2"),
    Hyperparameter("dropout_rate", REAL, Interval(0, 1, high_open=True), default="0.10"),
    Hyperparameter("embedding_dimension", INTEGER, _COUNT, default="10"),
    Hyperparameter("cardinality", _CARDINALITY, default=AUTO),
    Hyperparameter("num_dynamic_feat", _FEATURES, default=AUTO),
    Hyperparameter("early_stopping_patience", _PATIENCE, default=""),
    Hyperparameter("num_eval_samples", INTEGER, _COUNT, default="100"),
    Hyperparameter("test_quantiles", JSON, Interval(0, 1, low_open=True, high_open=True), default=_TENTHS),
    Hyperparameter("num_batches_per_epoch", INTEGER, _COUNT),
    Hyperparameter("_tuning_objective_metric", CHOICE, default=""),
    Hyperparameter("_seed", INTEGER, Interval(0)),
)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a model looks like; AWS's pages tell what the names mean.

    Attributes:
        cardinality: The sizes of the categories; empty for none.
        num_dynamic_feat: How many features there are beside the series.
    """

    context_length: int
    prediction_length: int
    time_freq: str
    likelihood: str
    num_cells: int
    num_layers: int
    dropout_rate: float
    embedding_dimension: int
    cardinality: tuple[int, ...]
    num_dynamic_feat: int

    @property
    def frequency(self) -> Frequency:
        """The distance of points."""
        return Frequency.parse(self.time_freq)


def find_shape(options: Options, cardinality: tuple[int, ...], num_dynamic_feat: int) -> Shape:
    """The shape that hyperparameters and data ask for.

    Args:
        options: The parsed hyperparameters.
        cardinality: The sizes of the categories that are used.
        num_dynamic_feat: How many features are used.
    """
    frequency: Frequency = options["time_freq"]
    taken = ("context_length", "prediction_length", "likelihood", "num_cells", "num_layers", "dropout_rate")
    return Shape(
        **{name: options[name] for name in taken},
        time_freq=f"{frequency.count}{frequency.unit}",
        embedding_dimension=options["embedding_dimension"],
        cardinality=cardinality,
        num_dynamic_feat=num_dynamic_feat,
    )
