"""How far forecasts are from what came: the measures of AWS's page on DeepAR, as sums over series and hosts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Floats = NDArray[np.float32]


def quantiles(samples: NDArray[np.floating], levels: Sequence[float]) -> NDArray[np.floating]:
    """(levels, l) quantiles of (samples, l): of each level the sample that is nearest to it."""
    places = np.round((len(samples) - 1) * np.asarray(levels, np.float64)).astype(np.int64)
    return np.sort(samples, axis=0)[places]


@dataclass(frozen=True, slots=True)
class Errors:
    """Sums over points.

    Attributes:
        losses: (levels,) the quantile losses.
        size: Of the points' sizes.
        squares: Of the squared distances from the mean forecast.
        points: How many.
    """

    losses: Doubles
    size: float = 0.0
    squares: float = 0.0
    points: float = 0.0

    def __add__(self, other: "Errors") -> "Errors":
        return Errors(
            self.losses + other.losses,
            self.size + other.size,
            self.squares + other.squares,
            self.points + other.points,
        )

    def add_up(self, add: Callable[..., list[Doubles]]) -> "Errors":
        """Those of all hosts: `add` sums arrays over them."""
        losses, others = add(self.losses, np.array([self.size, self.squares, self.points]))
        return Errors(losses, *others.tolist())

    def scores(self, levels: Sequence[float]) -> Mapping[str, float]:
        """The measures by their names, in the order in which the log tells of them."""
        weighted = self.losses / self.size if self.size else np.full(len(levels), np.nan)
        return {
            "RMSE": float(np.sqrt(self.squares / max(self.points, 1))),
            "mean_absolute_QuantileLoss": float(self.losses.mean()),
            "mean_wQuantileLoss": float(weighted.mean()),
            **{f"wQuantileLoss[{level}]": float(loss) for level, loss in zip(levels, weighted, strict=True)},
        }


def measure(samples: Floats, came: Floats, observed: NDArray[np.bool_], levels: Sequence[float]) -> Errors:
    """The errors of one forecast.

    Args:
        samples: (samples, l) its paths.
        came: (l,) what came.
        observed: (l,) which points there are.
        levels: Of the quantiles.
    """
    points = came[observed].astype(np.float64)
    paths = samples[:, observed].astype(np.float64)
    level = np.asarray(levels, np.float64)[:, None]
    above = points - quantiles(paths, levels)
    return Errors(
        losses=2 * np.maximum(level * above, (level - 1) * above).sum(axis=1),
        size=float(np.abs(points).sum()),
        squares=float(((points - paths.mean(axis=0)) ** 2).sum()),
        points=float(len(points)),
    )
