"""The network: an LSTM that reads the points before each one, and says how the next is distributed.

Its input at a point: the lagged points relative to the window's scale, the features, the embedded categories, and the
logarithm of the scale.
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
        layers = {
            "lstm": torch.nn.LSTM(
                width,
                shape.num_cells,
                shape.num_layers,
                batch_first=True,
                dropout=shape.dropout_rate if shape.num_layers > 1 else 0,
            ),
            "last": torch.nn.Dropout(shape.dropout_rate if shape.num_layers == 1 else 0),
            "projection": torch.nn.Linear(shape.num_cells, self.likelihood.parameters),
        }
        for number, size in enumerate(shape.cardinality):
            layers[f"embedding{number}"] = torch.nn.Embedding(size, shape.embedding_dimension)
        self.layers: Any = torch.nn.ModuleDict(layers)

    def take(self, parameters: Mapping[str, NDArray[np.float32]]) -> None:
        """Go on with other parameters, by their names.

        Raises:
            ValueError: They are not those of a network of this shape.
        """
        try:
            self.layers.load_state_dict({name: torch.from_numpy(array) for name, array in parameters.items()})
        except RuntimeError as error:
            raise ValueError(f"The parameters do not fit the model's shape: {error}") from error

    def losses(self, windows: Windows) -> Tensor:
        """How unlikely each point of some windows is, (n, l), given all before it; 0 for those that are missing."""
        values, observed, scale = map(torch.from_numpy, (windows.values, windows.observed, windows.scale))
        length = observed.shape[1]
        numbers, _ = self.read(self._lagged(values / scale, length), self.told(windows), None)
        losses = self.likelihood.loss(numbers, scale.expand(-1, length), values[:, -length:])
        return torch.where(observed > 0, losses, 0.0)

    def told(self, windows: Windows) -> Tensor:
        """All that is told of the points but the lagged ones, (n, l, k)."""
        features, scale, cat = map(torch.from_numpy, (windows.features, windows.scale, windows.cat))
        embedded = [self.layers[f"embedding{number}"](cat[:, number]) for number in range(cat.shape[1])]
        constant = torch.cat([scale.log(), *embedded], dim=-1)
        return torch.cat([features, constant[:, None].expand(-1, features.shape[1], -1)], dim=-1)

    def read(self, lagged: Tensor, told: Tensor, state: Any) -> tuple[Tensor, Any]:
        """What is said of points, (n, l, parameters), and the state after them.

        Args:
            lagged: (n, l, lags) the points before each, relative to the scale.
            told: (n, l, k) what else is told.
            state: That after the points before these; None at the beginning.
        """
        output, state = self.layers["lstm"](
            torch.cat([lagged.clamp(-_LARGEST, _LARGEST), told], dim=-1), state
        )
        return self.layers["projection"](self.layers["last"](output)), state

    def _lagged(self, relative: Tensor, length: int) -> Tensor:
        """The lagged points of the last so many points, (n, l, lags)."""
        ends = torch.arange(relative.shape[1] - length, relative.shape[1])
        return relative[:, ends[:, None] - self.lags]

    def context(self, windows: Windows) -> tuple[Tensor, Any]:
        """The points of the contexts and before, relative to their scales, (n, f), and the state after them."""
        known = self.shape.context_length
        values = torch.from_numpy(windows.values)[:, : -self.shape.prediction_length]
        relative = values / torch.from_numpy(windows.scale)
        _, state = self.read(self._lagged(relative, known), self.told(windows)[:, :known], None)
        return relative, state
