"""How far out ordinary values go: a tail that is carried on beyond the values at hand, rather too long than too short.

A generalised Pareto tail is fitted to what lies between two quantiles. The outermost values, among which the unusual
ones are, have no say in it but by their number. A tail never ends: it thins out as an exponential at least.
"""

from dataclasses import dataclass

import numpy as np

from fieldstone.framing.discovery.encoding import Floats

_START, _STOP = 0.8, 0.97
_AS_GOOD = 0.1
"""Of tails that fit about as well (by log likelihood) the longest is taken: the rate of false finds was set by this."""
_SHAPES = np.array([1e-6, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6])
_SCALES = np.geomspace(0.3, 3.0, 41)
_MOST = 400


@dataclass(frozen=True, slots=True)
class Tail:
    """The upper end of a distribution: beyond ``start`` lies ``share`` of it, Pareto with scale and shape over 0."""

    start: float
    share: float
    scale: float
    shape: float

    def beyond(self, values: Floats) -> Floats:
        """Return the share of ordinary values beyond each value; at most ``share``."""
        out = np.maximum(values - self.start, 0.0) / self.scale
        return self.share * (1 + self.shape * out) ** (-1 / self.shape)


def tail(values: Floats) -> Tail:
    """Fit the upper tail of a sample."""
    first, last = np.quantile(values, [_START, _STOP])
    over = values[values > first] - first
    limit = max(float(last - first), 1e-12)
    seen = np.sort(over[over <= limit])
    known = seen[:: max(1, len(seen) // _MOST)] if len(seen) else np.full(1, limit)
    usual = max(float(known.mean()), 1e-12)
    shapes, scales = np.meshgrid(_SHAPES, usual * _SCALES, indexing="ij")
    density = (1 + shapes) * _log_beyond(known[:, None, None], shapes, scales) - np.log(scales)
    hidden = len(over) - len(seen)
    fit = len(seen) / len(known) * density.sum(axis=0) + hidden * _log_beyond(np.array(limit), shapes, scales)
    reach = np.where(fit >= fit.max() - _AS_GOOD, scales * (1e-4**-shapes - 1) / shapes, -np.inf)
    at = np.unravel_index(int(reach.argmax()), reach.shape)
    return Tail(float(first), max(len(over), 1) / len(values), float(scales[at]), float(shapes[at]))


def _log_beyond(values: Floats, shapes: Floats, scales: Floats) -> Floats:
    """Return the log of the share of the tail beyond each value."""
    return -np.log1p(shapes * values / scales) / shapes
