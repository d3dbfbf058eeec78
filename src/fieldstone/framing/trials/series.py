"""Time series: how long a season lasts, what a forecaster knows when it forecasts, and what it must beat.

What must be beaten is the level: an average of the past that forgets. Of numbers around a mean it is their mean, of a
random walk the last value; neither can be foretold better.
"""

import numpy as np
from numpy.typing import NDArray

from fieldstone.framing.trials.learners import Features
from fieldstone.framing.trials.scores import Floats

_USUAL = (1, 4, 7, 12, 24, 48, 52, 96, 168, 288, 365)
_LAGS = 12
FORGETTING = (0.0, 0.02, 0.04, 0.07, 0.1, 0.14, 0.18, 0.23, 0.28, 0.34, 0.4, 0.48, 0.56, 0.65, 0.75, 0.87, 1.0)
"""The shares of a level that one new value replaces; 0 is the mean of all values so far."""
_BY_CHANCE = 3.0


def season(values: Floats, step: float | None = None) -> int:
    """Return after how many periods the series resembles itself most; 1 where nothing beats the last value.

    Args:
        values: The series, regular, in order.
        step: Seconds between periods, if known: a day's, week's and year's length are tried too.
    """
    natural = [round(length / step) for length in (86_400, 7 * 86_400, 365.25 * 86_400)] if step else []
    lags = sorted({lag for lag in (*_USUAL, *natural) if 1 <= lag <= len(values) // 3})
    if not lags:
        return 1
    errors = [float(np.mean((values[lag:] - values[:-lag]) ** 2)) for lag in lags]
    return next(lag for lag, error in zip(lags, errors, strict=True) if error <= 1.1 * min(errors) + 1e-12)


def repeated(values: Floats, steps: int, ahead: int = 1) -> Floats:
    """Return the seasonal naive forecast: the last value of the same season that is known so many periods ahead."""
    lag = steps * -(-ahead // steps)
    return np.concatenate([np.full(min(lag, len(values)), values[0]), values[:-lag]])


def recalled(values: Floats, steps: int, ahead: int = 1) -> Features:
    """Return what is known of a series when it is forecast: its last values, the season's, and its recent mean."""
    lags = sorted({*range(ahead, ahead + _LAGS), *(steps * -(-ahead // steps) + extra * steps for extra in range(3))})
    known = [np.concatenate([np.full(min(lag, len(values)), np.nan), values[:-lag]]) for lag in lags]
    return np.column_stack(known).astype(np.float32)


def levels(values: Floats, forgetting: Floats) -> Floats:
    """Return the level after each value, for series in columns.

    Args:
        values: Times x series.
        forgetting: One of ``FORGETTING`` for each series, or times x 1 to broadcast.
    """
    found = np.empty(values.shape)
    level = found[0] = values[0]
    for place in range(1, len(values)):
        share = np.where(forgetting > 0, forgetting, 1 / (place + 1))
        level = found[place] = level + share * (values[place] - level)
    return found


def forgetting(values: Floats, ahead: int = 1) -> NDArray[np.float64]:
    """Return, for each series (times x series), the share that forecasts so many periods ahead best.

    It is 1 or 0, the last value or the mean, unless another is better by more than chance.
    """
    errors = []
    for share in FORGETTING:
        level = levels(values, np.full(values.shape[1], share))
        errors.append(np.mean((values[ahead:] - level[:-ahead]) ** 2, axis=0))
    behind = np.log((np.array(errors) + 1e-300) / (np.min(errors, axis=0) + 1e-300)) * (len(values) - ahead)
    behind[[0, -1]] -= _BY_CHANCE
    return np.asarray(FORGETTING)[np.argmin(behind, axis=0)]


def marks(values: Floats, ahead: int = 1) -> Floats:
    """Return the level that is known of a series so many periods before each of its values: what must be beaten.

    How fast it forgets is chosen on the first half.
    """
    ahead = min(ahead, len(values) // 3)
    column = values[:, None]
    level = levels(column, forgetting(column[: max(len(values) // 2, ahead + 2)], ahead))[:, 0]
    return np.concatenate([np.full(ahead, values[0]), level[: len(values) - ahead]])
