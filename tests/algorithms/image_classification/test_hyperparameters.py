"""Hyperparameters: AWS's table, and what they must be together."""

import pytest

from fieldstone.algorithms.image_classification.graph import Shape
from fieldstone.algorithms.image_classification.hyperparameters import validate
from fieldstone.contract.training import UserError

LEAST = {"num_classes": "3", "num_training_samples": "100"}


def test_what_is_not_given_has_awss_defaults():
    """And what has none is nothing."""
    options = validate(LEAST)

    assert {name: options[name] for name in ("num_layers", "image_shape", "mini_batch_size", "epochs")} == {
        "num_layers": 152, "image_shape": Shape(3, 224, 224), "mini_batch_size": 32, "epochs": 30
    }  # fmt: skip
    assert {name: options[name] for name in ("optimizer", "learning_rate", "momentum", "weight_decay")} == {
        "optimizer": "sgd", "learning_rate": 0.1, "momentum": 0.9, "weight_decay": 0.0001
    }  # fmt: skip
    assert {options[name] for name in ("resize", "top_k", "augmentation_type", "kv_store", "lr_scheduler_step")} == {
        None
    }
    assert not any(options[name] for name in ("multi_label", "use_pretrained_model", "early_stopping"))


def test_notebooks_texts_are_read(capsys):
    """With blanks after commas, empty texts for nothing, and parameters of the SDK's own; the log repeats them."""
    given = {"image_shape": "1, 28, 28", "lr_scheduler_step": "10, 20", "early_stopping": "True", "top_k": ""}
    options = validate(LEAST | given | {"_tuning_objective_metric": "validation:accuracy", "_x": "1"})

    assert options["image_shape"] == Shape(1, 28, 28)
    assert options["lr_scheduler_step"] == (10, 20)
    assert (options["early_stopping"], options["top_k"]) == (True, None)
    log = capsys.readouterr().out
    for line in (
        "---- Parameters ----",
        "image_shape: 1,28,28",
        "use_pretrained_model: 0",
        "checkpoint_frequency not set",
    ):
        assert line in log


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"num_classes": None}, "No value(s) were specified for 'num_classes' which are required"),
        ({"num_classes": "1"}, "Hyperparameter num_classes: '1' is not in [2, +inf)"),
        ({"num_layers": "19"}, "is not one of [18, 20, 32, 34, 44, 50, 56, 101, 110, 152, 200]"),
        ({"image_shape": "224"}, "'224' is not of type 'num_channels,height,width'"),
        ({"image_shape": "2,28,28"}, "is not in 'num_channels,height,width' with 1 or 3 channels"),
        ({"image_shape": "3,0,28"}, "is not in 'num_channels,height,width'"),
        (
            {"resize": "27", "image_shape": "3,28,20"},
            "resize (27) must not be smaller than the height and width in image_",
        ),
        ({"learning_rate": "1.5"}, "Hyperparameter learning_rate: '1.5' is not in [0, 1]"),
        ({"lr_scheduler_step": "5,x"}, "is not of type 'epochs with commas between them'"),
        ({"lr_scheduler_step": "0"}, "is not in numbers of epochs from 1"),
        ({"optimizer": "adagrad"}, "is not one of ['sgd', 'adam', 'rmsprop', 'nag']"),
        ({"augmentation_type": "flip"}, "is not one of ['crop', 'crop_color', 'crop_color_transform']"),
        ({"top_k": "1"}, "Hyperparameter top_k: '1' is not in [2, +inf)"),
        ({"top_k": "4"}, "top_k (4) must not be larger than num_classes (3)"),
        ({"use_weighted_loss": "1"}, "use_weighted_loss is for multi_label=1 only"),
        ({"checkpoint_frequency": "31"}, "checkpoint_frequency (31) must not be larger than epochs (30)"),
        ({"precision_dtype": "int8"}, "is not one of ['float32', 'float16']"),
        ({"kv_store": "local"}, "is not one of ['dist_sync', 'dist_async']"),
        (
            {"use_pretrained_model": "1", "num_layers": "20"},
            "use_pretrained_model=1 needs num_layers to be one of [18, ",
        ),
        ({"use_pretrained_model": "1", "image_shape": "3,32,32"}, "needs an image_shape such as 3,224,224"),
        ({"early_stopping": "maybe"}, "Hyperparameter early_stopping: 'maybe' is not of type 'boolean'"),
        ({"epoch": "3"}, "Additional hyperparameters are not allowed ('epoch' was unexpected)"),
    ],
)
def test_what_does_not_fit_is_refused(given, reason):
    """In AWS's words where they are known."""
    asked = {name: text for name, text in (LEAST | given).items() if text is not None}
    with pytest.raises(UserError) as caught:
        validate(asked)

    assert reason in str(caught.value)
    assert str(caught.value).endswith("(caused by ValidationError)")
