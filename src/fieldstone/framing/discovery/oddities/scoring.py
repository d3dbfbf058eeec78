"""Scores of how unusual a case is: by its worst column, by how its columns fit together, and by an isolation forest."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import IsolationForest

from fieldstone.framing.discovery.encoding import Floats

Score = Callable[[Floats], Floats]
_TREES, _KEPT = 100, 0.95


@dataclass(frozen=True, slots=True)
class Fit:
    """How columns fit together: their middle, and the inverse of their covariance."""

    middle: Floats
    inverse: Floats

    def distance(self, matrix: Floats) -> Floats:
        """Return how far each case is from the middle, in deviations, correlations taken into account."""
        off = matrix - self.middle
        return np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", off, self.inverse, off), 0.0))

    def surprises(self, matrix: Floats) -> Floats:
        """Return how far each column is from what the others of its case let expect, in deviations."""
        return ((matrix - self.middle) @ self.inverse) / np.sqrt(np.diag(self.inverse))

    def expected(self, matrix: Floats) -> Floats:
        """Return what the others of its case let expect of each column."""
        return matrix - ((matrix - self.middle) @ self.inverse) / np.diag(self.inverse)


def fitted(matrix: Floats) -> Fit:
    """Fit the middle and the covariance by the 95 of 100 cases nearest to them."""
    kept = matrix
    for _ in range(3):
        far = _plain(kept).distance(matrix)
        kept = matrix[far <= np.quantile(far, _KEPT)]
    return _plain(kept)


def _plain(matrix: Floats) -> Fit:
    spread = np.atleast_2d(np.cov(matrix, rowvar=False))
    inverse = np.asarray(np.linalg.inv(spread + 1e-6 * np.eye(len(spread))), dtype=np.float64)
    return Fit(matrix.mean(axis=0), inverse)


def by_fit(known: Floats) -> Score:
    """Return the score by how far a case is from where its columns together let expect it."""
    return fitted(known).distance


def by_forest(known: Floats, *, seed: int) -> Score:
    """Return the score by how few cuts set a case apart from all others."""
    most = min(256, len(known))
    forest = IsolationForest(n_estimators=_TREES, max_samples=most, random_state=seed)  # pyright: ignore[reportArgumentType]  # a number will do
    forest.fit(known)
    return lambda matrix: -np.asarray(forest.score_samples(matrix), dtype=np.float64)
