"""Small parts: when to stop, colours, what a folder keeps, and what is said where PyTorch is not."""

import colorsys
import json
import re
import subprocess
import sys
import tarfile
import tomllib
from importlib.resources import files
from importlib.util import find_spec

import numpy as np
import pytest
from tests.algorithms.image_classification.conftest import WithoutTorch

from fieldstone.algorithms.amazon import ndarray
from fieldstone.algorithms.image_classification import artifact, colours, graph
from fieldstone.algorithms.image_classification.graph import Shape
from fieldstone.algorithms.image_classification.keeping import (
    Checkpoint,
    Keeper,
    load_checkpoint,
    save_checkpoint,
)
from fieldstone.algorithms.image_classification.pretrained import find_beginning, find_folder
from fieldstone.algorithms.image_classification.stopping import Stopping
from fieldstone.contract.training import Channel, UserError

WEIGHTS = {"arg:fc1_bias": np.array([1, 2], np.float32)}
MISSING = find_spec("torch") is None


def count_epochs(accuracies, **options):
    stopping = Stopping(**({"patience": 2, "at_least": 1, "tolerance": 0.0} | options))
    return next((number for number, accuracy in enumerate(accuracies, 1) if stopping.stops(accuracy, number)), None)


def test_training_stops_when_the_accuracy_has_not_risen_for_as_long_as_patience_lasts():
    """From the best on, not before so many epochs, and only rises above the tolerance count."""
    assert count_epochs([0.5, 0.6, 0.6, 0.7, 0.7, 0.6]) == 6
    assert count_epochs([0.5, 0.4, 0.4, 0.4, 0.4], at_least=5) == 5
    assert count_epochs([0.5, 0.51, 0.52, 0.53], tolerance=0.1) == 3
    assert count_epochs([0.5, 0.6, 0.7, 0.8], tolerance=0.1) is None


def test_colours_are_shifted_as_pythons_own_conversion_says():
    """Pixel by pixel, hue around the circle, the others up to their bounds."""
    pixels = np.random.default_rng(0).integers(0, 256, (3, 4, 5)).astype(np.uint8)
    shifted = colours.shift(pixels, 0.3, -0.2, 0.1)

    for old, new in zip(pixels.reshape(3, -1).T, shifted.reshape(3, -1).T, strict=True):
        hue, lightness, saturation = colorsys.rgb_to_hls(*(old / 255))
        expected = colorsys.hls_to_rgb((hue + 0.3) % 1, min(lightness + 0.1, 1), max(saturation - 0.2, 0))
        np.testing.assert_allclose(new, np.array(expected) * 255, atol=0.51)
    np.testing.assert_array_equal(colours.shift(pixels, 0, 0, 0), pixels)
    assert colours.shift(np.array([[[0, 250]]], np.uint8), 0.5, 0.5, 0.1).tolist() == [[[26, 255]]]


def test_a_folder_keeps_the_best_weights_alone(tmp_path, capsys):
    """And the log says so in AWS's words."""
    keeper = Keeper(tmp_path, None)
    for epochs, accuracy in enumerate((0.5, 0.4, 0.5, 0.75), 1):
        if keeper.wants(accuracy, epochs, last=epochs == 4):
            keeper.keep(WEIGHTS, accuracy, epochs)

    assert [file.name for file in tmp_path.iterdir()] == ["image-classification-0004.params"]
    assert ndarray.load(tmp_path / "image-classification-0004.params")["arg:fc1_bias"].tolist() == [1, 2]
    log = capsys.readouterr().out
    assert log.count("Storing the best model with validation accuracy") == 2
    assert 'Saved checkpoint to "/opt/ml/model/image-classification-0004.params"' in log


def test_with_a_frequency_it_keeps_every_so_many(tmp_path):
    """All of them, whatever their accuracy."""
    keeper = Keeper(tmp_path, 2)
    for epochs in range(1, 6):
        if keeper.wants(0.5, epochs, last=epochs == 5):
            keeper.keep(WEIGHTS, 0.5, epochs)

    assert list(artifact.find_weights(tmp_path)) == [2, 4]


def test_a_checkpoint_has_what_the_job_keeps_too(tmp_path):
    """The newest, and the best before it, which the next attempt takes over; one that is broken is passed over."""
    model, folder, again = (tmp_path / name for name in ("model", "checkpoints", "again"))
    for path in (model, again):
        path.mkdir()
    keeper = Keeper(model, None)
    for epochs, accuracy in enumerate((0.5, 0.9, 0.7, 0.6), 1):
        if keeper.wants(accuracy, epochs, last=False):
            keeper.keep({"a": np.array([epochs], np.float32)}, accuracy, epochs)
        state = {"best": np.array([keeper.best]), "kept": np.array(keeper.kept, np.int64)}
        save_checkpoint(folder, Checkpoint(epochs, {"a": np.array([epochs], np.float32)}, state), keeper)

    assert list(artifact.find_weights(folder)) == [2, 4]
    found = load_checkpoint(folder)
    assert (found.epochs, found.weights["a"].tolist()) == (4, [4])
    other = Keeper(again, None)
    other.take_over(folder, found)
    assert (other.best, other.kept, list(artifact.find_weights(again))) == (0.9, (2,), [2])
    artifact.weights_file(folder, 5).write_bytes(b"half")
    assert load_checkpoint(folder).epochs == 4
    assert load_checkpoint(tmp_path / "none") is None


def save_model(folder, layers=20, classes=2, shape=Shape(3, 16, 16)):  # noqa: B008 - a tuple
    folder.mkdir(parents=True)
    artifact.save_network(folder, graph.build(layers, shape, classes), shape)
    artifact.save_weights(artifact.weights_file(folder, 3), WEIGHTS)
    return folder


OPTIONS = {"num_layers": 20, "num_classes": 2, "image_shape": Shape(3, 16, 16), "use_pretrained_model": False}


def test_a_model_is_read_from_a_folder_or_an_archive(tmp_path):
    """As the platform gives the channel of incremental training."""
    folder = save_model(tmp_path / "plain")
    packed = tmp_path / "packed"
    packed.mkdir()
    with tarfile.open(packed / "model.tar.gz", "w:gz") as archive:
        archive.add(folder, ".")
    for path in (folder, packed):
        beginning = find_beginning(OPTIONS, Channel("model", path))

        assert beginning.weights["arg:fc1_bias"].tolist() == [1, 2]
        assert (beginning.file, beginning.without) == ("image-classification-0003.params", ())
    shapes = json.loads((folder / "model-shapes.json").read_text())
    assert shapes == [{"name": "data", "shape": [1, 3, 16, 16]}]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"num_layers": 32}, "num_layers of the model in the model channel is 20, and num_layers of this job is 32"),
        ({"num_classes": 3}, "num_classes of the model in the model channel is 2, and num_classes of this job is 3"),
        (
            {"image_shape": Shape(3, 28, 28)},
            "image_shape of the model in the model channel is 3,16,16, and image_shape ",
        ),
    ],
)
def test_a_model_of_another_network_is_no_beginning(tmp_path, options, reason):
    """AWS asks for the same three."""
    folder = save_model(tmp_path / "model")
    with pytest.raises(UserError) as caught:
        find_beginning(OPTIONS | options, Channel("model", folder))

    assert reason in str(caught.value)
    assert str(caught.value).endswith("num_layers, image_shape and num_classes must be the same")


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("model.tar.gz", b"nothing", "model.tar.gz is no archive that can be read"),
        ("a.txt", b"", "There is no file image-classification-symbol.json in the model"),
        ("image-classification-symbol.json", b"{}", "There is no file image-classification-0001.params"),
    ],
)
def test_what_is_no_model_is_named(tmp_path, name, data, reason):
    """As the user's to mend."""
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UserError, match="The model to begin with cannot be used: ") as caught:
        find_beginning(OPTIONS, Channel("model", tmp_path))

    assert reason in str(caught.value)


def test_without_weights_trained_on_imagenet_the_job_is_told_where_to_put_them():
    """None come with Fieldstone, and none are downloaded."""
    options = OPTIONS | {"num_layers": 18, "use_pretrained_model": True, "image_shape": Shape(3, 224, 224)}
    with pytest.raises(UserError, match=re.escape(f"put MXNet's file resnet-18-0000.params into {find_folder()}, or")):
        find_beginning(options, None)


def test_a_model_channel_may_give_weights_of_other_classes_to_transfer_from(tmp_path):
    """With use_pretrained_model=1: the last layer begins anew; a lone file of weights will do."""
    options = OPTIONS | {"num_classes": 7, "use_pretrained_model": True}
    folder = save_model(tmp_path / "model")
    (tmp_path / "zoo").mkdir()
    ndarray.save(tmp_path / "zoo" / "resnet-20-0000.params", WEIGHTS)

    assert find_beginning(options, Channel("model", folder)).without == ("fc1",)
    assert find_beginning(options, Channel("model", tmp_path / "zoo")).file == "resnet-20-0000.params"


@pytest.mark.skipif(not MISSING, reason="PyTorch is there")
def test_where_pytorch_is_not_a_job_fails_with_what_to_type(tmp_path):
    """A model server says it in its log."""
    folder = WithoutTorch(tmp_path / "job").with_records()
    code, _, errors = folder.train()
    served = subprocess.run(
        [sys.executable, "-m", "fieldstone.algorithms.image_classification", "--image-version", "1", "serve"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    told = (
        "this image needs PyTorch and Pillow, and PyTorch and Pillow are not installed in Fieldstone's environment: "
        "pip install 'fieldstone[torch]'"
    )
    assert (code, folder.reason) == (2, f"ClientError: {told}")
    assert "Traceback" not in errors
    assert (served.returncode, served.stderr) == (1, f"Unable to load model: {told}\n")


def test_the_metrics_are_found_in_the_lines_of_a_real_log():
    """Those that AWS's notebooks show."""
    log = (
        "[09/07/2019 22:57:58 INFO 140484553713472] Epoch[0] Train-accuracy=0.375000\n"
        "[09/07/2019 22:57:59 INFO 140484553713472] Epoch[0] Validation-accuracy=0.771429\n"
    )
    manifest = tomllib.loads((files("fieldstone.algorithms.image_classification") / "algorithm.toml").read_text())

    assert {metric["name"]: float(re.search(metric["regex"], log)[1]) for metric in manifest["metrics"]} == {
        "train:accuracy": 0.375, "validation:accuracy": 0.771429
    }  # fmt: skip
