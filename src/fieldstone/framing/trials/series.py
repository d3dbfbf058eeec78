"""Time series: how long a season lasts, and what a forecaster knows when it forecasts."""

import numpy as np

from fieldstone.framing.trials.learners import Features
from fieldstone.framing.trials.scores import Floats

_USUAL = (1, 4, 7, 12, 24, 48, 52, 96, 168, 288, 365)
_LAGS = 12


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
