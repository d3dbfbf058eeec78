"""The network: layers of LSTM that read the points before each one, and say how the next is distributed.

Its input at a point: the lagged points relative to the window's scale, the features, the embedded categories, and the
logarithm of the scale. Each layer but the first adds to what it read.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fieldstone.algorithms.deepar.hyperparameters import Shape
from fieldstone.algorithms.deepar.likelihoods import LIKELIHOODS
from fieldstone.algorithms.deepar.tensors import Tensor, torch
from fieldstone.algorithms.deepar.windows import Windows

_LARGEST = 1e4
"""Relative to its scale no point is larger to the network: one after many that are almost 0 may be."""
_GATES = 4
_FORGET = 1
"""Which of an LSTM's gates decides what is forgotten."""

State = list[Any]
"""Of each layer what it knows after a point."""


class Network:
    """A network and how it is asked."""

    def __init__(self, shape: Shape) -> None:
        """Begin with random parameters.

        Args:
            shape: How large it is.
        """
        self.shape = shape
        self.likelihood = LIKELIHOODS[shape.likelihood]
        self.lags = torch.tensor(shape.frequency.lags())
        width = len(self.lags) + len(shape.frequency.features) + 2 + shape.num_dynamic_feat
        width += shape.embedding_dimension * len(shape.cardinality)
        widths = [width] + [shape.num_cells] * (shape.num_layers - 1)
        layers = {f"lstm{number}": _make_lstm(size, shape.num_cells) for number, size in enumerate(widths)}
        layers["dropout"] = torch.nn.Dropout(shape.dropout_rate)
        layers["projection"] = torch.nn.Linear(shape.num_cells, self.likelihood.parameters)
        torch.nn.init.xavier_uniform_(layers["projection"].weight, gain=0.1)
        torch.nn.init.zeros_(layers["projection"].bias)
        for number, size in enumerate(shape.cardinality):
            layers[f"embedding{number}"] = torch.nn.Embedding(size, shape.embedding_dimension)
            torch.nn.init.xavier_uniform_(layers[f"embedding{number}"].weight)
        self.layers: Any = torch.nn.ModuleDict(layers)
        self._parameters: list[Any] = list(self.layers.parameters())
        flat = torch.nn.utils.parameters_to_vector(self._parameters).detach()
        begin = 0
        for parameter in self._parameters:
            parameter.data = flat[begin : begin + parameter.numel()].view_as(parameter)
            begin += parameter.numel()
        self.flat: NDArray[np.float32] = flat.numpy()
        """All parameters, one after the other: they change with it."""

    def begin(self, mean: float, deviation: float) -> None:
        """Expect at first what is usual of points, relative to their scale: so much need not be learned."""
        numbers = torch.tensor(self.likelihood.begin(mean, deviation))
        self.layers["projection"].bias.data.copy_(numbers)

    def take(self, parameters: Mapping[str, NDArray[np.float32]]) -> None:
        """Go on with other parameters, by their names.

        Raises:
            ValueError: They are not those of a network of this shape.
        """
        try:
            self.layers.load_state_dict({name: torch.from_numpy(array) for name, array in parameters.items()})
        except RuntimeError as error:
            raise ValueError(f"The parameters do not fit the model's shape: {error}") from error

    def differentiate(self, windows: Windows) -> tuple[float, NDArray[np.float64]]:
        """The sum of the losses of some windows, and its gradient, flat."""
        self.layers.zero_grad()
        loss = self.losses(windows).sum()
        loss.backward()
        gradients = [parameter.grad for parameter in self._parameters]
        return loss.item(), torch.nn.utils.parameters_to_vector(gradients).double().numpy()

    def losses(self, windows: Windows) -> Tensor:
        """How unlikely each point of some windows is, (n, l), given all before it, as much as it weighs."""
        values, weights, scale = map(torch.from_numpy, (windows.values, windows.weights, windows.scale))
        length = weights.shape[1]
        numbers, _ = self.read(self._lagged(values / scale, length), self.told(windows))
        losses = self.likelihood.loss(numbers, scale.expand(-1, length), values[:, -length:])
        return torch.where(weights > 0, losses * weights, 0.0)

    def told(self, windows: Windows) -> Tensor:
        """All that is told of the points but the lagged ones, (n, l, k)."""
        features, scale, cat = map(torch.from_numpy, (windows.features, windows.scale, windows.cat))
        embedded = [self.layers[f"embedding{number}"](cat[:, number]) for number in range(cat.shape[1])]
        constant = torch.cat([scale.log(), *embedded], dim=-1)
        return torch.cat([features, constant[:, None].expand(-1, features.shape[1], -1)], dim=-1)

    def read(self, lagged: Tensor, told: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """What is said of points, (n, l, parameters), and the state after them.

        Args:
            lagged: (n, l, lags) the points before each, relative to the scale.
            told: (n, l, k) what else is told.
            state: That after the points before these; None at the beginning.
        """
        passed = torch.cat([lagged.clamp(-_LARGEST, _LARGEST), told], dim=-1)
        after: State = []
        for number in range(self.shape.num_layers):
            said, known = self.layers[f"lstm{number}"](passed, None if state is None else state[number])
            passed = passed + said if number else said
            if number < self.shape.num_layers - 1 or not number:
                passed = self.layers["dropout"](passed)
            after.append(known)
        return self.layers["projection"](passed), after

    def context(self, windows: Windows) -> tuple[Tensor, State]:
        """The points of the contexts and before, relative to their scales, (n, f), and the state after them."""
        known = self.shape.context_length
        values = torch.from_numpy(windows.values)[:, : -self.shape.prediction_length]
        relative = values / torch.from_numpy(windows.scale)
        _, state = self.read(self._lagged(relative, known), self.told(windows)[:, :known])
        return relative, state

    def _lagged(self, relative: Tensor, length: int) -> Tensor:
        """The lagged points of the last so many points, (n, l, lags)."""
        ends = torch.arange(relative.shape[1] - length, relative.shape[1])
        return relative[:, ends[:, None] - self.lags]


def _make_lstm(width: int, cells: int) -> Any:
    """A layer whose gates begin as Glorot and Bengio (2010) have it, each by itself, and forget little at first."""
    lstm = torch.nn.LSTM(width, cells, batch_first=True)
    for name, parameter in lstm.named_parameters():
        if name.startswith("weight"):
            for gate in parameter.data.chunk(_GATES):
                torch.nn.init.xavier_uniform_(gate)
        else:
            torch.nn.init.zeros_(parameter)
    lstm.bias_ih_l0.data.chunk(_GATES)[_FORGET].fill_(1)
    return lstm
