# pyright: reportMissingImports=false, reportUntypedBaseClass=false, reportUnknownParameterType=false
# pyright: reportUnknownLambdaType=false
"""A network in PyTorch, made from MXNet's list of its operations, and its weights under MXNet's names."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fieldstone.algorithms.image_classification.graph import SIGMOID, SOFTMAX, Node
from fieldstone.algorithms.image_classification.symbol import UnknownNetworkError

Weights = Mapping[str, NDArray[Any]]
"""Arrays by their names in MXNet's files: `arg:conv0_weight` such, and `aux:bn0_moving_mean`."""


class Network(nn.Module):
    """A network: from images of numbers between 0 and 255 to a number for each class, before softmax or sigmoid.

    The images are not scaled: the first operation of the network does.
    """

    def __init__(self, nodes: Sequence[Node], channels: int) -> None:
        """Make the network, with weights drawn for it.

        Args:
            nodes: Its operations.
            channels: Those of the images.

        Raises:
            UnknownNetworkError: There is an operation that is not known here.
        """
        super().__init__()
        self.multi_label = nodes[-1].op == SIGMOID
        self._steps = [node for node in nodes if node.op not in {SOFTMAX, SIGMOID}]
        self.layers = nn.ModuleDict()
        widths = {"data": channels}
        for node in self._steps:
            width = widths[node.inputs[0]]
            if node.op not in _LAYERS:
                raise UnknownNetworkError(f"its operation {node.op} is not known here")
            layer, width = _LAYERS[node.op](node.attrs, width)
            widths[node.name] = width
            if layer is not None:
                self.layers[node.name] = layer
        self._last = {name: number for number, node in enumerate(self._steps) for name in node.inputs}

    def forward(self, images: Tensor) -> Tensor:
        """Numbers for each class, (n, classes), of (n, channels, height, width) images."""
        values = {"data": images}
        for number, node in enumerate(self._steps):
            inputs = [values[name] for name in node.inputs]
            values[node.name] = inputs[0] + inputs[1] if len(inputs) > 1 else self._take(node, inputs[0])
            for name in node.inputs:
                if self._last[name] == number:
                    del values[name]
        return values[self._steps[-1].name]

    def _take(self, node: Node, value: Tensor) -> Tensor:
        return self.layers[node.name](value) if node.name in self.layers else value

    def draw(self, seed: int) -> None:
        """Draw weights: normal ones of variance 2 / inputs (K. He and others, ICCV 2015), biases of 0."""
        generator = torch.Generator().manual_seed(seed)
        for layer in self.layers.values():
            if isinstance(layer, (nn.Conv2d, nn.Linear)):
                nn.init.kaiming_normal_(layer.weight, generator=generator)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """All weights, under their names in MXNet's files."""
        return {name: _to_array(tensor) for name, tensor in self._tensors().items()}

    def load(self, weights: Weights, *, without: Sequence[str] = ()) -> None:
        """Take weights that came from such a network.

        Args:
            weights: By their names in MXNet's files; others are left where they are.
            without: Layers that keep the ones they have.

        Raises:
            UnknownNetworkError: One is missing or has another shape.
        """
        for name, tensor in self._tensors().items():
            if name.partition(":")[2].rpartition("_")[0] in without:
                continue
            if name not in weights:
                raise UnknownNetworkError(f"it has no weights {name}")
            if weights[name].shape != tuple(tensor.shape):
                told = f"{list(weights[name].shape)} instead of {list(tensor.shape)}"
                raise UnknownNetworkError(f"its weights {name} have the shape {told}")
            with torch.no_grad():
                tensor.copy_(torch.from_numpy(np.ascontiguousarray(weights[name])))
        for layer in self.layers.values():
            if isinstance(layer, nn.BatchNorm2d) and not layer.weight.requires_grad:
                nn.init.ones_(layer.weight)  # MXNet takes it for 1, whatever the file says

    def _tensors(self) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {}
        for name, layer in self.layers.items():
            if isinstance(layer, nn.BatchNorm2d):
                found |= {f"arg:{name}_gamma": layer.weight, f"arg:{name}_beta": layer.bias}
                assert layer.running_mean is not None
                assert layer.running_var is not None
                found |= {f"aux:{name}_moving_mean": layer.running_mean, f"aux:{name}_moving_var": layer.running_var}
            elif isinstance(layer, (nn.Conv2d, nn.Linear)):
                found[f"arg:{name}_weight"] = layer.weight
                if layer.bias is not None:
                    found[f"arg:{name}_bias"] = layer.bias
        return found


def answer(network: Network, images: Tensor) -> Tensor:
    """The probabilities of the classes, (n, classes)."""
    logits = network(images).float()
    return torch.sigmoid(logits) if network.multi_label else torch.softmax(logits, dim=1)


def find_device() -> torch.device:
    """The GPU, or the CPU without one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def find_half(device: torch.device) -> torch.dtype | None:
    """The numbers of 16 bits that a device is fast with: float16 of a GPU, bfloat16 of some CPUs; None for none."""
    if device.type == "cuda":
        return torch.float16
    able = torch.cpu.get_capabilities()
    return torch.bfloat16 if able.get("avx512_bf16") or able.get("amx_bf16") else None


def place(images: NDArray[np.uint8], device: torch.device) -> Tensor:
    """Images (n, channels, height, width) as numbers on a device, in the order in which convolutions are fast."""
    return torch.from_numpy(images).to(device, memory_format=torch.channels_last).float()


def _to_array(tensor: Tensor) -> NDArray[np.float32]:
    return tensor.detach().float().cpu().contiguous().numpy().copy()


Made = tuple[nn.Module | None, int]
"""The layer of an operation, and the channels of what it gives."""


def _convolve(attrs: Mapping[str, Any], width: int) -> Made:
    layer = nn.Conv2d(
        width,
        attrs["num_filter"],
        attrs["kernel"],
        stride=attrs.get("stride", (1, 1)),
        padding=attrs.get("pad", (0, 0)),
        bias=not attrs.get("no_bias", False),
    )
    return layer, attrs["num_filter"]


def _normalize(attrs: Mapping[str, Any], width: int) -> Made:
    layer = nn.BatchNorm2d(width, eps=attrs.get("eps", 1e-3), momentum=1 - attrs.get("momentum", 0.9))
    layer.weight.requires_grad_(not attrs.get("fix_gamma", True))
    return layer, width


def _activate(attrs: Mapping[str, Any], width: int) -> Made:
    if attrs["act_type"] != "relu":
        raise UnknownNetworkError(f"its activation {attrs['act_type']} is not known here")
    return nn.ReLU(inplace=True), width


def _pool(attrs: Mapping[str, Any], width: int) -> Made:
    if attrs.get("global_pool"):
        return nn.AdaptiveAvgPool2d(1), width
    return nn.MaxPool2d(attrs["kernel"], attrs.get("stride", (1, 1)), attrs.get("pad", (0, 0))), width


def _connect(attrs: Mapping[str, Any], width: int) -> Made:
    return nn.Linear(width, attrs["num_hidden"]), attrs["num_hidden"]


_LAYERS: dict[str, Callable[[Mapping[str, Any], int], Made]] = {
    "identity": lambda _, width: (None, width),
    "elemwise_add": lambda _, width: (None, width),
    "Cast": lambda _, width: (None, width),
    "Dropout": lambda attrs, width: (nn.Dropout(attrs.get("p", 0.5)), width),
    "Activation": _activate,
    "Flatten": lambda _, width: (nn.Flatten(), width),
    "Convolution": _convolve,
    "BatchNorm": _normalize,
    "Pooling": _pool,
    "FullyConnected": _connect,
}
