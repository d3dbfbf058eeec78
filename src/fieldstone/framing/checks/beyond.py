"""Can a time series be foretold better than by its level: the mean of a noise, the last value of a random walk.

Neighbours in a series resemble each other, so it cannot be shuffled. Its innovations can: what each value brings beyond
the level before it. From innovations drawn at random series are made that behave like the real one, as far as its
level can tell, and have no other pattern. Each of them gets its own level, season and past, and is foretold like the
real one, by ridge regressions over the past and the columns on stretches of time not learnt from.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fieldstone.framing.cases import Column
from fieldstone.framing.checks.described import bands, trends
from fieldstone.framing.trials import series
from fieldstone.framing.trials.learners import Features
from fieldstone.framing.trials.scores import Floats
from fieldstone.framing.trials.trial import Trial

_LIMIT = 3_000
_FOLDS = 4
_RIDGE = 0.01
_FAR = 4.0


def p_value(columns: Sequence[Column], trial: Trial, tries: int) -> float:
    """Return how often a series without a pattern is foretold as well as the real one, counting the real one once."""
    rng = np.random.default_rng(trial.seed)
    values, features = trial.target[-_LIMIT:], trial.features[-_LIMIT:]
    ahead = min(trial.ahead_by, max(1, len(values) // 10))
    share = float(series.forgetting(values[:, None])[0])
    made = np.column_stack([values, _alike(values, share, tries, rng)])
    marks = _marks(made, series.forgetting(made, ahead), ahead)
    fixed = [np.empty((len(values), 0)), *([trends(features), bands(columns, features, rng)] if len(columns) else [])]
    gains = np.array(
        [_gains(made[:, place], marks[:, place], fixed, ahead, trial.cases.periods) for place in range(made.shape[1])]
    )
    best = np.max((gains - gains.mean(axis=0)) / (gains.std(axis=0) + 1e-12), axis=1)
    return float(np.mean(best >= best[0] - 1e-9))


def _alike(values: Floats, share: float, count: int, rng: np.random.Generator) -> Floats:
    """Return so many series (times x series) with innovations drawn from those of this one."""
    column = values[:, None]
    level = series.levels(column, np.array([share]))[:, 0]
    news = values[1:] - level[:-1]
    news = news - news.mean()
    drawn = rng.choice(news, (len(news), count))
    if share == 0:
        return np.vstack([np.full(count, values.mean()), values.mean() + drawn])
    made = np.empty((len(values), count))
    made[0] = current = np.full(count, values[0])
    for place, step in enumerate(drawn, start=1):
        made[place] = current + step
        current = current + share * step
    return made


def _marks(made: Floats, shares: Floats, ahead: int) -> Floats:
    level = series.levels(made, shares)
    return np.vstack([np.tile(made[0], (ahead, 1)), level[:-ahead]])


def _gains(
    values: Floats, mark: Floats, fixed: Sequence[NDArray[np.floating]], ahead: int, step: float | None
) -> Floats:
    """Return, for each description of the columns, the share of the level's error that is foretold out of fold."""
    past = series.recalled(values, series.season(values, step), ahead) - mark[:, None].astype(np.float32)
    left = values - mark
    far = _FAR * left.std()
    return np.array([_foretold(np.hstack([trends(past), more]), np.clip(left, -far, far)) for more in fixed])


def _foretold(known: Features, left: Floats) -> float:
    """Return the share of the errors' squares that a ridge regression with intercept foretells out of fold."""
    parts = np.array_split(np.arange(len(left)), _FOLDS)
    saved = 0.0
    for place, test in enumerate(parts):
        train = np.concatenate(parts[:place] + parts[place + 1 :])
        centre, average = known[train].mean(axis=0), left[train].mean()
        told = known[train] - centre
        gram = told.T @ told
        gram[np.diag_indices_from(gram)] += _RIDGE * float(np.trace(gram)) + 1e-6
        weights = np.linalg.solve(gram, told.T @ (left[train] - average).astype(told.dtype))
        missed = left[test] - average - (known[test] - centre) @ weights
        saved += float(np.sum(left[test] ** 2) - np.sum(missed**2))
    return saved / float(np.sum(left**2) + 1e-12)
