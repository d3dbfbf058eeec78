"""Forecasts: paths drawn point by point, each point read again for the next."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from fieldstone.algorithms.deepar.judging import Errors, measure
from fieldstone.algorithms.deepar.network import Network
from fieldstone.algorithms.deepar.series import Series
from fieldstone.algorithms.deepar.tensors import torch
from fieldstone.algorithms.deepar.windows import Norms, Windows, cut

Floats = NDArray[np.float32]

PATHS = 6400
"""So many paths are drawn at a time, whatever series they are of."""


def forecast(network: Network, norms: Norms, series: Sequence[Series], samples: int) -> Iterator[Floats]:
    """For each series, paths of the points that come after it: (samples, prediction_length).

    Args:
        network: The trained network.
        norms: The model's.
        series: Series that fit it; dynamic features reach to the end of the forecast.
        samples: How many paths.
    """
    together = max(1, PATHS // samples)
    for begin in range(0, len(series), together):
        part = series[begin : begin + together]
        windows = cut(part, [len(one) for one in part], network.shape, norms)
        parts = [_draw(network, windows, min(PATHS, samples - done)) for done in range(0, samples, PATHS)]
        yield from np.concatenate(parts, axis=1)


def judge(network: Network, norms: Norms, series: Sequence[Series], samples: int, levels: Sequence[float]) -> Errors:
    """How far forecasts of the last `prediction_length` points are from these; shorter series are left out.

    Args:
        network: The trained network.
        norms: The model's.
        series: Series that fit it.
        samples: How many paths.
        levels: Of the quantiles.
    """
    ahead = network.shape.prediction_length
    long = [one for one in series if len(one) >= ahead]
    paths = forecast(network, norms, [one.cut(len(one) - ahead) for one in long], samples)
    errors = Errors(np.zeros(len(levels)))
    for one, drawn in zip(long, paths, strict=True):
        errors += measure(drawn, one.values[-ahead:], one.observed[-ahead:], levels)
    return errors


def _draw(network: Network, windows: Windows, samples: int) -> Floats:
    """(n, samples, prediction_length) paths."""
    shape = network.shape
    network.layers.eval()
    with torch.inference_mode():
        relative, state = network.context(windows)
        told = network.told(windows)[:, shape.context_length :].repeat_interleave(samples, dim=0)
        scale = torch.from_numpy(windows.scale).repeat_interleave(samples, dim=0)
        state = [tuple(part.repeat_interleave(samples, dim=1) for part in layer) for layer in state]
        known = relative.shape[1]
        points = torch.zeros(len(scale), known + shape.prediction_length)
        points[:, :known] = relative.repeat_interleave(samples, dim=0)
        drawn = torch.empty(len(scale), shape.prediction_length)
        for step in range(shape.prediction_length):
            lagged = points[:, known + step - network.lags]
            numbers, state = network.read(lagged[:, None], told[:, step : step + 1], state)
            drawn[:, step : step + 1] = network.likelihood.draw(numbers, scale)
            points[:, known + step] = drawn[:, step] / scale[:, 0]
        return drawn.reshape(-1, samples, shape.prediction_length).numpy()
