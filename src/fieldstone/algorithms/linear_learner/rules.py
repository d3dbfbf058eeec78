"""What the hyperparameters say together: which go with which, what `auto` stands for, and the plan that they make."""

from collections.abc import Mapping
from types import MappingProxyType

from fieldstone.algorithms.amazon.algorithm import Options
from fieldstone.algorithms.amazon.hyperparameters import CAUSE
from fieldstone.algorithms.linear_learner.grid import Given
from fieldstone.algorithms.linear_learner.losses import AUTO, Shape
from fieldstone.algorithms.linear_learner.packs import Start, Steps
from fieldstone.algorithms.linear_learner.plans import Plan
from fieldstone.algorithms.linear_learner.selection import Wish
from fieldstone.contract.training import UserError

LOSSES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "binary_classifier": ("logistic", "hinge_loss"),
        "multiclass_classifier": ("softmax_loss",),
        "regressor": (
            "squared_loss",
            "absolute_loss",
            "eps_insensitive_squared_loss",
            "eps_insensitive_absolute_loss",
            "quantile_loss",
            "huber_loss",
        ),
    }
)
"""The losses of each type of predictor."""
WEIGHTS = ("balanced", "auto")
"""What `positive_example_weight_mult` may be beside a number."""
_FEWEST_CLASSES = 3


def make_plan(options: Options) -> Plan:
    """The plan of parsed hyperparameters.

    Raises:
        UserError: Some do not go together.
    """
    kind, bias = options["predictor_type"], options["use_bias"]
    _check(kind, options)
    tuned = options["_tuning_objective_metric"] is not None
    return Plan(
        predictor_type=kind,
        loss=options["loss"] or AUTO[kind],
        num_classes=options["num_classes"],
        epochs=options["epochs"],
        # A tuning job tries what models side by side would try, so AWS trains one then, whatever is asked for.
        **({"num_models": 1} if tuned else _given(options, "num_models")),
        **_given(options, "num_calibration_samples"),
        num_point_for_scaler=options["num_point_for_scaler"],
        normalize_data=_settle(options["normalize_data"], True),
        unbias_data=_settle(options["unbias_data"], bias),
        normalize_label=_settle(options["normalize_label"], True),
        unbias_label=_settle(options["unbias_label"], bias),
        positive_example_weight_mult=options["positive_example_weight_mult"],
        balance_multiclass_weights=options["balance_multiclass_weights"],
        early_stopping_patience=options["early_stopping_patience"],
        early_stopping_tolerance=options["early_stopping_tolerance"],
        given=Given(
            **_given(options, "learning_rate", "wd", "l1", "lr_scheduler_step", "lr_scheduler_factor"),
            use_lr_scheduler=options["use_lr_scheduler"],
        ),
        steps=Steps(
            **_given(options, "optimizer", "beta_1", "beta_2", "momentum", "bias_lr_mult", "bias_wd_mult"),
            **_given(options, "lr_scheduler_minimum_lr", "use_bias"),
        ),
        start=Start(**_given(options, "init_method", "init_scale", "init_sigma", "init_bias")),
        shape=Shape(**_given(options, "loss_insensitivity", "quantile", "huber_delta", "margin")),
        wish=Wish(
            criterion=options["binary_classifier_model_selection_criteria"],
            **_given(options, "f_beta", "target_recall", "target_precision"),
        ),
    )


def _check(kind: str, options: Options) -> None:
    loss = options["loss"]
    if loss is not None and loss not in LOSSES[kind]:
        raise UserError(
            f"Hyperparameter loss: '{loss}' is not one of {[*LOSSES[kind], 'auto']} for predictor_type '{kind}' {CAUSE}"
        )
    if kind == "multiclass_classifier" and options["num_classes"] < _FEWEST_CLASSES:
        raise UserError(
            f"Hyperparameter num_classes: it must be given, from {_FEWEST_CLASSES} to 1000000, when predictor_type is "
            f"'multiclass_classifier' {CAUSE}"
        )


def _given(options: Options, *names: str) -> Options:
    """Those that have a value; the others are left to the defaults of whom they are given to."""
    return {name: options[name] for name in names if options[name] is not None}


def _settle(given: bool | None, otherwise: bool) -> bool:  # noqa: FBT001 - both are values, not ways to go
    return otherwise if given is None else given
