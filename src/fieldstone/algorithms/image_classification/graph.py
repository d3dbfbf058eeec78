"""The networks: residual networks with pre-activation, as a list of operations, in the words of MXNet.

K. He, X. Zhang, S. Ren, J. Sun, *Identity Mappings in Deep Residual Networks*, ECCV 2016. Names, order and numbers of
the operations are those of MXNet's own example of image classification (`symbols/resnet.py`), on which AWS's algorithm
is built as far as its documents tell: so weights that were trained there have a place here, and the other way round.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

LARGE = {
    18: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
    200: (3, 24, 36, 3),
}
"""The units of each stage, by the number of layers: the networks for images such as ImageNet's."""
SMALL = (20, 32, 44, 56, 110)
"""Layers of the networks for images such as those of CIFAR: three stages of (layers - 2) / 6 units each."""
DEPTHS = (*LARGE, *SMALL)
SMALL_IMAGE = 32
"""Images of at most so many rows are not made smaller before the first stage."""
LOGITS = "fc1"
"""The layer whose answers are a number for each class."""
SOFTMAX, SIGMOID = "SoftmaxOutput", "LogisticRegressionOutput"

_BOTTLENECK = 50
"""From so many layers on, a unit squeezes its channels to a quarter between two convolutions of 1 x 1."""
_EPSILON = 2e-5
_MOMENTUM = 0.9


class Shape(NamedTuple):
    """The size of an image: channels, rows, columns."""

    channels: int
    height: int
    width: int

    def __str__(self) -> str:
        return f"{self.channels},{self.height},{self.width}"


@dataclass(frozen=True, slots=True)
class Node:
    """One operation.

    Attributes:
        op: MXNet's name of it.
        name: Its own; its weights are called after it, `conv0_weight` such.
        inputs: The names of the nodes that it takes; weights are not among them.
        attrs: Its parameters.
    """

    op: str
    name: str
    inputs: tuple[str, ...]
    attrs: Mapping[str, Any] = field(default_factory=dict[str, Any])


def build(layers: int, image: Shape, classes: int, *, multi_label: bool = False) -> list[Node]:
    """The network of so many layers, each operation after those that it takes.

    Args:
        layers: One of `DEPTHS`.
        image: What it looks at; few rows leave out the first reduction.
        classes: How many it tells apart.
        multi_label: Whether an image may be of several, or none.
    """
    units = LARGE.get(layers) or ((layers - 2) // 6,) * 3
    if layers in LARGE:
        filters = (64, 256, 512, 1024, 2048) if layers >= _BOTTLENECK else (64, 64, 128, 256, 512)
    else:
        filters = (16, 16, 32, 64)
    walk = _Walk()
    walk.begin(filters[0], small=image.height <= SMALL_IMAGE)
    bottleneck = layers in LARGE and layers >= _BOTTLENECK
    for stage, (count, width) in enumerate(zip(units, filters[1:], strict=True), 1):
        for unit in range(1, count + 1):
            stride = 2 if unit == 1 and stage > 1 else 1
            walk.unit(f"stage{stage}_unit{unit}", width, stride, changes=unit == 1, bottleneck=bottleneck)
    walk.end(classes, multi_label=multi_label)
    return walk.nodes


class _Walk:
    """Adds operations, each to the one before it unless it says otherwise."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._at = "data"

    def begin(self, width: int, *, small: bool) -> None:
        self._add("identity", "id")
        self._norm("bn_data", fixed=True)
        if small:
            self._convolve("conv0", width, 3, 1)
            return
        self._convolve("conv0", width, 7, 2)
        self._norm("bn0")
        self._add("Activation", "relu0", act_type="relu")
        self._add("Pooling", "pooling0", kernel=(3, 3), stride=(2, 2), pad=(1, 1), pool_type="max")

    def unit(self, name: str, width: int, stride: int, *, changes: bool, bottleneck: bool) -> None:
        """One residual unit; one that changes the number of channels has a convolution in its shortcut."""
        before = self._at
        inner = width // 4 if bottleneck else width
        steps = (
            ((inner, 1, 1), (inner, 3, stride), (width, 1, 1)) if bottleneck else ((width, 3, stride), (width, 3, 1))
        )
        for number, (count, kernel, step) in enumerate(steps, 1):
            self._norm(f"{name}_bn{number}")
            self._add("Activation", f"{name}_relu{number}", act_type="relu")
            self._convolve(f"{name}_conv{number}", count, kernel, step)
        after = self._at
        if changes:
            self._at = f"{name}_relu1"
            before = self._convolve(f"{name}_sc", width, 1, stride)
        self._add("elemwise_add", f"{name}_plus", after, before)

    def end(self, classes: int, *, multi_label: bool) -> None:
        self._norm("bn1")
        self._add("Activation", "relu1", act_type="relu")
        self._add("Pooling", "pool1", global_pool=True, kernel=(7, 7), pool_type="avg")
        self._add("Flatten", "flatten0")
        self._add("FullyConnected", LOGITS, num_hidden=classes)
        self._add(SIGMOID if multi_label else SOFTMAX, "softmax")

    def _norm(self, name: str, *, fixed: bool = False) -> None:
        self._add("BatchNorm", name, eps=_EPSILON, fix_gamma=fixed, momentum=_MOMENTUM)

    def _convolve(self, name: str, width: int, kernel: int, stride: int) -> str:
        pad = kernel // 2
        pairs = {"kernel": (kernel, kernel), "stride": (stride, stride), "pad": (pad, pad)}
        return self._add("Convolution", name, no_bias=True, num_filter=width, **pairs)

    def _add(self, op: str, name: str, *inputs: str, **attrs: Any) -> str:
        self.nodes.append(Node(op, name, inputs or (self._at,), attrs))
        self._at = name
        return name


def shapes(nodes: Sequence[Node], channels: int) -> dict[str, tuple[int, ...]]:
    """The shapes of weights by their names in MXNet's files, `arg:conv0_weight` such; images have so many channels."""
    widths = {"data": channels}
    found: dict[str, tuple[int, ...]] = {}
    for node in nodes:
        width = widths[node.inputs[0]]
        if node.op == "Convolution":
            found[f"arg:{node.name}_weight"] = (node.attrs["num_filter"], width, *node.attrs["kernel"])
            width = node.attrs["num_filter"]
        elif node.op == "BatchNorm":
            found |= {f"arg:{node.name}_{what}": (width,) for what in ("gamma", "beta")}
            found |= {f"aux:{node.name}_{what}": (width,) for what in ("moving_mean", "moving_var")}
        elif node.op == "FullyConnected":
            found[f"arg:{node.name}_weight"] = (node.attrs["num_hidden"], width)
            found[f"arg:{node.name}_bias"] = (node.attrs["num_hidden"],)
        widths[node.name] = width
    return found


def describe(nodes: Sequence[Node]) -> tuple[int | None, int]:
    """How many layers and classes a network has; the layers are None for none that is known here."""
    names = [node.name for node in nodes]
    stages = [
        sum(name.startswith(f"stage{stage}_") and name.endswith("_plus") for name in names) for stage in range(1, 5)
    ]
    units = tuple(count for count in stages if count)
    deep = "stage1_unit1_conv3" in names
    known: dict[tuple[tuple[int, ...], bool], int] = {
        (found, layers >= _BOTTLENECK): layers for layers, found in LARGE.items()
    }
    known |= {(((layers - 2) // 6,) * 3, False): layers for layers in SMALL}
    classes = next(node.attrs["num_hidden"] for node in nodes if node.name == LOGITS)
    return known.get((units, deep)), classes
