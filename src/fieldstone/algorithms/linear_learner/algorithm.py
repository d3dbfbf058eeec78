"""Linear Learner as the program that runs it knows it: its hyperparameters, and how it is trained and loaded."""

from fieldstone.algorithms.amazon.algorithm import Algorithm
from fieldstone.algorithms.amazon.hyperparameters import AUTO, BOOLEAN, CHOICE, INTEGER, REAL, Hyperparameter, Kind
from fieldstone.algorithms.amazon.interval import Interval
from fieldstone.algorithms.linear_learner.model import load
from fieldstone.algorithms.linear_learner.rules import LOSSES, WEIGHTS
from fieldstone.algorithms.linear_learner.selection import CRITERIA
from fieldstone.algorithms.linear_learner.train import CHANNELS, train

_HUGE = 1e30
"""More than any number of use: beyond, single precision ends."""
_COUNT = Interval(1)
_POSITIVE = Interval(0, _HUGE, low_open=True)
_NOT_NEGATIVE = Interval(0, _HUGE)
_BELOW_ONE = Interval(0, 1, high_open=True)
_SHARE = Interval(0, 1, low_open=True, high_open=True)


class _Weights:
    """What positive examples may weigh: any positive number, or a word for it."""

    def __contains__(self, value: float | str) -> bool:
        return value in WEIGHTS if isinstance(value, str) else value in _POSITIVE

    def __str__(self) -> str:
        return f"{_POSITIVE} or one of {list(WEIGHTS)}"


def _parse_weight(text: str) -> float | str:
    return text if text in WEIGHTS else float(text)


def _automatic(name: str, kind: Kind, accepted: object = None) -> Hyperparameter:
    """One whose value is ours to find if none is given."""
    return Hyperparameter(name, kind, accepted, default=AUTO, auto=True)


LINEAR_LEARNER = Algorithm(
    name="Linear Learner",
    hyperparameters=(
        Hyperparameter("predictor_type", CHOICE, tuple(LOSSES), required=True),
        Hyperparameter("num_classes", INTEGER, Interval(1, 1_000_000), default="1"),
        _automatic("feature_dim", INTEGER, _COUNT),
        Hyperparameter("mini_batch_size", INTEGER, _COUNT, default="1000"),
        Hyperparameter("epochs", INTEGER, _COUNT, default="15"),
        _automatic("num_models", INTEGER, _COUNT),
        _automatic("num_calibration_samples", INTEGER, _COUNT),
        Hyperparameter("num_point_for_scaler", INTEGER, _COUNT, default="10000"),
        _automatic("loss", CHOICE, tuple(loss for losses in LOSSES.values() for loss in losses)),
        Hyperparameter("loss_insensitivity", REAL, _POSITIVE, default="0.01"),
        Hyperparameter("quantile", REAL, _SHARE, default="0.5"),
        Hyperparameter("huber_delta", REAL, _NOT_NEGATIVE, default="1.0"),
        Hyperparameter("margin", REAL, _POSITIVE, default="1.0"),
        _automatic("optimizer", CHOICE, ("sgd", "adam", "rmsprop")),
        _automatic("learning_rate", REAL, _POSITIVE),
        _automatic("beta_1", REAL, _BELOW_ONE),
        _automatic("beta_2", REAL, _BELOW_ONE),
        _automatic("momentum", REAL, _BELOW_ONE),
        _automatic("bias_lr_mult", REAL, _POSITIVE),
        _automatic("bias_wd_mult", REAL, _NOT_NEGATIVE),
        Hyperparameter("use_lr_scheduler", BOOLEAN, default="true"),
        _automatic("lr_scheduler_step", INTEGER, _COUNT),
        _automatic("lr_scheduler_factor", REAL, _SHARE),
        _automatic("lr_scheduler_minimum_lr", REAL, _POSITIVE),
        _automatic("wd", REAL, _NOT_NEGATIVE),
        _automatic("l1", REAL, _NOT_NEGATIVE),
        Hyperparameter("use_bias", BOOLEAN, default="true"),
        Hyperparameter("normalize_data", BOOLEAN, default="true", auto=True),
        _automatic("normalize_label", BOOLEAN),
        _automatic("unbias_data", BOOLEAN),
        _automatic("unbias_label", BOOLEAN),
        Hyperparameter("init_method", CHOICE, ("uniform", "normal"), default="uniform"),
        Hyperparameter("init_scale", REAL, _POSITIVE, default="0.07"),
        Hyperparameter("init_sigma", REAL, _POSITIVE, default="0.01"),
        Hyperparameter("init_bias", REAL, Interval(-_HUGE, _HUGE), default="0"),
        Hyperparameter("positive_example_weight_mult", Kind("number", _parse_weight), _Weights(), default="1.0"),
        Hyperparameter("balance_multiclass_weights", BOOLEAN, default="false"),
        Hyperparameter("accuracy_top_k", INTEGER, _COUNT, default="3"),
        Hyperparameter("f_beta", REAL, _POSITIVE, default="1.0"),
        Hyperparameter(
            "binary_classifier_model_selection_criteria",
            CHOICE,
            (*CRITERIA, "f1", "cross_entropy_loss"),
            default="accuracy",
        ),
        Hyperparameter("target_recall", REAL, _SHARE, default="0.8"),
        Hyperparameter("target_precision", REAL, _SHARE, default="0.8"),
        Hyperparameter("early_stopping_patience", INTEGER, _COUNT, default="3"),
        Hyperparameter("early_stopping_tolerance", REAL, _POSITIVE, default="0.001"),
        Hyperparameter("force_dense", BOOLEAN, default="true"),
        Hyperparameter("_tuning_objective_metric", CHOICE),
    ),
    train=train,
    load=load,
    channels=CHANNELS,
    tensors=frozenset({"Float32Tensor"}),
)
