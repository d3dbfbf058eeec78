"""Weights to begin with: those of the `model` channel, or of a network that was trained on ImageNet and is kept here.

Nothing is downloaded. MXNet's own residual networks, trained on ImageNet, have this program's names: the file of 18
layers is `resnet-18-0000.params`. Who has such files puts them into `share/fieldstone/image-classification` of the
environment that Fieldstone is installed in.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from numpy.typing import NDArray

from fieldstone.algorithms.amazon import log, ndarray
from fieldstone.algorithms.image_classification import artifact, graph
from fieldstone.algorithms.image_classification.hyperparameters import Options
from fieldstone.contract.training import Channel, UserError


class Beginning(NamedTuple):
    """What a network begins with.

    Attributes:
        weights: By their names.
        file: Where they are from.
        without: The layers that begin anew.
    """

    weights: dict[str, NDArray[Any]]
    file: str
    without: tuple[str, ...]


def find_folder() -> Path:
    """Where the weights of networks trained on ImageNet are looked for."""
    return Path(sys.prefix) / "share" / "fieldstone" / artifact.NAME


def find_beginning(options: Options, model: Channel | None) -> Beginning | None:
    """What a job's network begins with; None for drawn weights.

    Args:
        options: The job's hyperparameters.
        model: Its `model` channel, if it has one.

    Raises:
        UserError: There is nothing, it cannot be read, or it is of another network.
    """
    if model is not None:
        log.info("Using the model of the model channel for initializing weights.")
        return _read(lambda: _from_channel(options, model))
    if options["use_pretrained_model"]:
        log.info("Using pretrained model for initializing weights and transfer learning.")
        return _read(lambda: _from_folder(options))
    return None


def _read(read: Callable[[], Beginning]) -> Beginning:
    try:
        return read()
    except (ValueError, OSError) as error:
        raise UserError(f"The model to begin with cannot be used: {error}") from error


def _from_channel(options: Options, model: Channel) -> Beginning:
    with tempfile.TemporaryDirectory() as scratch:
        folder = artifact.unpack(model.path, Path(scratch))
        if options["use_pretrained_model"] and not (folder / artifact.SYMBOL).exists():
            files = sorted(folder.rglob("*.params"))
            if len(files) != 1:
                raise ValueError(f"there are {len(files)} .params files in the model channel, and there must be one")
            return Beginning(ndarray.load(files[0]), files[0].name, (graph.LOGITS,))
        saved = artifact.load(folder)
    layers, classes = graph.describe(saved.nodes)
    found = {"num_layers": layers, "image_shape": saved.shape, "num_classes": classes}
    without = (graph.LOGITS,) if options["use_pretrained_model"] else ()
    for name, value in found.items():
        if value != options[name] and not (without and name != "num_layers"):
            raise UserError(
                f"{name} of the model in the model channel is {value}, and {name} of this job is {options[name]}: "
                "num_layers, image_shape and num_classes must be the same"
            )
    return Beginning(saved.weights, saved.file.name, without)


def _from_folder(options: Options) -> Beginning:
    file = find_folder() / f"resnet-{options['num_layers']}-0000.params"
    if not file.is_file():
        raise UserError(
            f"use_pretrained_model=1 needs weights that were trained on ImageNet, and none come with Fieldstone: put "
            f"MXNet's file {file.name} into {file.parent}, or give it as a model channel"
        )
    return Beginning(ndarray.load(file), file.name, (graph.LOGITS,))
