"""The files of a model, as MXNet has them: a network, its weights after some epochs, and the size of its images."""

import json
import re
import tarfile
from pathlib import Path
from typing import Any, NamedTuple

from numpy.typing import NDArray

from fieldstone.algorithms.amazon import ndarray
from fieldstone.algorithms.image_classification import symbol
from fieldstone.algorithms.image_classification.graph import Node, Shape

NAME = "image-classification"
SYMBOL = f"{NAME}-symbol.json"
SHAPES = "model-shapes.json"
UNFINISHED = ".sagemaker-ignore"
"""What the name of a file ends with that is still being written; the platform uploads none of them."""
_WEIGHTS = re.compile(rf"{NAME}-(\d+)\.params")

Weights = dict[str, NDArray[Any]]


class Saved(NamedTuple):
    """A model from a folder.

    Attributes:
        nodes: The operations of its network.
        shape: The size of its images.
        weights: By their names.
        file: What the weights came from.
    """

    nodes: list[Node]
    shape: Shape
    weights: Weights
    file: Path


def save_network(folder: Path, nodes: list[Node], shape: Shape) -> None:
    """Write what all epochs share."""
    (folder / SYMBOL).write_text(symbol.write(nodes))
    (folder / SHAPES).write_text(json.dumps([{"name": "data", "shape": [1, *shape]}]))


def weights_file(folder: Path, epochs: int) -> Path:
    """Where the weights are after so many epochs."""
    return folder / f"{NAME}-{epochs:04}.params"


def save_weights(file: Path, weights: Weights) -> None:
    """Write weights, whole or not at all."""
    growing = file.with_name(file.name + UNFINISHED)
    ndarray.save(growing, weights)
    growing.replace(file)


def find_weights(folder: Path) -> dict[int, Path]:
    """The files of weights in a folder, by the epochs after which they were written, in that order."""
    found = {int(match[1]): file for file in folder.glob("*.params") if (match := _WEIGHTS.fullmatch(file.name))}
    return dict(sorted(found.items()))


def load(folder: Path) -> Saved:
    """The model in a folder; of several epochs, the last.

    Raises:
        ValueError: There is none, or a file of it is not what it must be.
    """
    if not (folder / SYMBOL).is_file():
        raise ValueError(f"There is no file {SYMBOL} in the model")
    files = find_weights(folder)
    if not files:
        raise ValueError(f"There is no file {NAME}-0001.params, of this or another number, in the model")
    try:
        nodes = symbol.read((folder / SYMBOL).read_text())
    except (symbol.UnknownNetworkError, UnicodeDecodeError) as error:
        raise ValueError(f"{SYMBOL} cannot be read: {error}") from error
    file = files[max(files)]
    return Saved(nodes, _load_shape(folder / SHAPES), ndarray.load(file), file)


def unpack(folder: Path, into: Path) -> Path:
    """The folder of a model's files: this one, or where its archive was unpacked.

    Args:
        folder: A `model` channel.
        into: An empty folder.

    Raises:
        ValueError: There is neither an archive nor a model, or the archive cannot be read.
    """
    archives = sorted(folder.rglob("*.tar.gz"))
    if not archives:
        return folder
    try:
        with tarfile.open(archives[0]) as archive:
            archive.extractall(into, filter="data")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise ValueError(f"{archives[0].name} is no archive that can be read ({error})") from error
    return into


def _load_shape(file: Path) -> Shape:
    try:
        described = json.loads(file.read_text())
        _, channels, height, width = next(entry["shape"] for entry in described if entry["name"] == "data")
        return Shape(int(channels), int(height), int(width))
    except (OSError, ValueError, TypeError, KeyError, StopIteration) as error:
        raise ValueError(f"{file.name} does not say which shape the images have ({type(error).__name__})") from error
