"""The hyperparameters of AWS's table, and what they must be together."""

from collections.abc import Iterator, Mapping
from typing import Any

from fieldstone.algorithms.amazon import hyperparameters, log
from fieldstone.algorithms.amazon.hyperparameters import BOOLEAN, CAUSE, CHOICE, INTEGER, REAL, Hyperparameter, Kind
from fieldstone.algorithms.amazon.interval import Interval
from fieldstone.algorithms.image_classification.graph import DEPTHS, LARGE, SMALL_IMAGE, Shape
from fieldstone.contract.training import UserError

Options = Mapping[str, Any]
"""Parsed hyperparameters by name; None for those without a value."""
AUGMENTATIONS = ("crop", "crop_color", "crop_color_transform")
"""The kinds of augmentation; each does what those before it do, and more."""


def _parse_shape(text: str) -> Shape:
    channels, height, width = (int(part) for part in text.split(","))
    return Shape(channels, height, width)


def _parse_steps(text: str) -> tuple[int, ...]:
    return tuple(sorted(int(part) for part in text.split(",") if part.strip()))


class _Shapes:
    """The sizes that images may have."""

    def __contains__(self, shape: Shape) -> bool:
        return shape.channels in {1, 3} and shape.height > 0 and shape.width > 0

    def __str__(self) -> str:
        return "'num_channels,height,width' with 1 or 3 channels"


class _Epochs:
    """The epochs at which the learning rate may fall."""

    def __contains__(self, steps: tuple[int, ...]) -> bool:
        return all(step > 0 for step in steps)

    def __str__(self) -> str:
        return "numbers of epochs from 1 with commas between them"


SHAPE = Kind("num_channels,height,width", _parse_shape)
STEPS = Kind("epochs with commas between them", _parse_steps)

_COUNT = Interval(1)
_SHARE = Interval(0, 1)
TABLE = (
    Hyperparameter("num_classes", INTEGER, Interval(2), required=True),
    Hyperparameter("num_training_samples", INTEGER, _COUNT, required=True),
    Hyperparameter("num_layers", INTEGER, tuple(sorted(DEPTHS)), default="152"),
    Hyperparameter("use_pretrained_model", BOOLEAN, default="0"),
    Hyperparameter("image_shape", SHAPE, _Shapes(), default="3,224,224"),
    Hyperparameter("resize", INTEGER, _COUNT),
    Hyperparameter("mini_batch_size", INTEGER, _COUNT, default="32"),
    Hyperparameter("epochs", INTEGER, _COUNT, default="30"),
    Hyperparameter("learning_rate", REAL, _SHARE, default="0.1"),
    Hyperparameter("lr_scheduler_step", STEPS, _Epochs()),
    Hyperparameter("lr_scheduler_factor", REAL, _SHARE, default="0.1"),
    Hyperparameter("optimizer", CHOICE, ("sgd", "adam", "rmsprop", "nag"), default="sgd"),
    Hyperparameter("momentum", REAL, _SHARE, default="0.9"),
    Hyperparameter("weight_decay", REAL, _SHARE, default="0.0001"),
    Hyperparameter("beta_1", REAL, _SHARE, default="0.9"),
    Hyperparameter("beta_2", REAL, _SHARE, default="0.999"),
    Hyperparameter("eps", REAL, _SHARE, default="1e-08"),
    Hyperparameter("gamma", REAL, _SHARE, default="0.9"),
    Hyperparameter("augmentation_type", CHOICE, AUGMENTATIONS),
    Hyperparameter("multi_label", BOOLEAN, default="0"),
    Hyperparameter("use_weighted_loss", BOOLEAN, default="0"),
    Hyperparameter("top_k", INTEGER, Interval(2)),
    Hyperparameter("precision_dtype", CHOICE, ("float32", "float16"), default="float32"),
    Hyperparameter("kv_store", CHOICE, ("dist_sync", "dist_async")),
    Hyperparameter("checkpoint_frequency", INTEGER, _COUNT),
    Hyperparameter("early_stopping", BOOLEAN, default="False"),
    Hyperparameter("early_stopping_min_epochs", INTEGER, _COUNT, default="10"),
    Hyperparameter("early_stopping_patience", INTEGER, _COUNT, default="5"),
    Hyperparameter("early_stopping_tolerance", REAL, Interval(0), default="0.0"),
    Hyperparameter("_tuning_objective_metric", CHOICE),
)
_TOLD = (
    "num_layers", "epochs", "optimizer", "momentum", "weight_decay", "learning_rate", "lr_scheduler_step",
    "num_training_samples", "mini_batch_size", "image_shape", "num_classes", "augmentation_type", "kv_store", "top_k",
    "checkpoint_frequency", "precision_dtype",
)  # fmt: skip
"""Those that the log repeats, in its order."""


def validate(given: Mapping[str, str]) -> Options:
    """Check and parse a job's hyperparameters, and tell the log.

    Raises:
        UserError: One is missing, unknown, no value of its kind, not accepted, or does not fit the others.
    """
    options = hyperparameters.validate(TABLE, {name: text for name, text in given.items() if text != ""})
    for clash in _find_clashes(options):
        raise UserError(f"{clash} {CAUSE}")
    log.info(f"use_pretrained_model: {int(options['use_pretrained_model'])}")
    log.info(f"multi_label: {int(options['multi_label'])}")
    log.info("---- Parameters ----")
    for name in _TOLD:
        if options[name] is not None:
            log.info(f"{name}: {options[name]}")
    if options["checkpoint_frequency"] is None:
        log.info("checkpoint_frequency not set, will store the best model")
    log.info("--------------------")
    return options


def _find_clashes(options: Options) -> Iterator[str]:
    """What does not fit together."""
    shape: Shape = options["image_shape"]
    if options["resize"] is not None and options["resize"] < max(shape.height, shape.width):
        yield f"resize ({options['resize']}) must not be smaller than the height and width in image_shape ({shape})"
    if options["use_weighted_loss"] and not options["multi_label"]:
        yield "use_weighted_loss is for multi_label=1 only"
    for name, most in (("top_k", "num_classes"), ("checkpoint_frequency", "epochs")):
        if options[name] is not None and options[name] > options[most]:
            yield f"{name} ({options[name]}) must not be larger than {most} ({options[most]})"
    if options["use_pretrained_model"]:
        if options["num_layers"] not in LARGE:
            known = list(LARGE)
            yield f"use_pretrained_model=1 needs num_layers to be one of {known}, and it is {options['num_layers']}"
        if shape.channels != 3 or shape.height <= SMALL_IMAGE:
            needed = f"an image_shape such as 3,224,224 (3 channels, height above {SMALL_IMAGE})"
            yield f"use_pretrained_model=1 needs {needed}, and it is {shape}"
