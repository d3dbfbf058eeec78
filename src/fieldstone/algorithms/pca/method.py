"""Principal components of rows that pass by once.

What is kept of the rows is their scatter S = Σ (x - m)(x - m)ᵀ, m their mean: its eigenvectors are the components, the
roots of its eigenvalues the singular values. S is d x d. Where that is too much, the product S Ω with a few random
columns Ω is kept instead, and Nyström's method finds the first components in it (Halko, Martinsson, Tropp, *Finding
structure with randomness*, SIAM Review 2011, 5.5; as Tropp, Yurtsever, Udell, Cevher, *Fixed-rank approximation of a
positive-semidefinite matrix from streaming data*, NIPS 2017, make it stable). Both are sums over the rows: it does not
matter how these are shared out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from fieldstone.algorithms.amazon.rows import dense

Doubles = NDArray[np.float64]
Add = Callable[..., list[Doubles]]
"""Gives the sums of some arrays over all hosts."""

BLOCK = 1 << 17
"""Numbers that are made doubles at a time: as many as a core's cache holds, or a square of so many."""
_SEED = 0x5EED


@dataclass(frozen=True, slots=True)
class Components:
    """What was found.

    Attributes:
        mean: (d,) the mean that was subtracted, zeros if none was.
        singular_values: (k,) of the rows, centred; ascending.
        vectors: (d, k) the components, in the same order; the largest entry of each is positive.
    """

    mean: Doubles
    singular_values: Doubles
    vectors: Doubles


def draw_directions(width: int, count: int) -> Doubles:
    """Random orthonormal columns, (d, count); the same for the same numbers, so that all hosts have the same."""
    return np.linalg.qr(np.random.default_rng(_SEED).standard_normal((width, min(count, width))))[0]


class Scatter:
    """The scatter of the rows that were added, or its product with some directions.

    Sums are taken about the mean of the first rows, so that numbers far from zero lose no digits; about zero if these
    are sparse.
    """

    def __init__(self, width: int, *, centred: bool, directions: Doubles | None = None) -> None:
        """Begin without rows.

        Args:
            width: The number of features, d.
            centred: Whether the mean is subtracted.
            directions: (d, l), or None for the scatter itself.
        """
        self.count = 0
        self.directions = directions
        self._centred = centred
        self._origin: Doubles | None = None if centred else np.zeros(width)
        self._sum = np.zeros(width)
        self._product = np.zeros((width, width if directions is None else directions.shape[1]))
        rows = max(1, max(BLOCK, min(width, 1024) ** 2) // width)
        self._block = np.ones((rows, width + 1))
        """Some rows, about the origin, and a column of ones: one product gives their scatter and their sum."""

    def add(self, features: Any) -> None:
        """Add (n, d) rows, an array or a scipy CSR matrix."""
        if not features.shape[0]:
            return
        self.count += features.shape[0]
        sparse = not isinstance(features, np.ndarray)
        origin = self._origin
        if origin is None:
            origin = np.zeros_like(self._sum) if sparse else features.mean(axis=0, dtype=np.float64)
            self._origin = origin
        if sparse and self.directions is not None and not origin.any():
            self._sum += np.asarray(features.sum(axis=0, dtype=np.float64)).ravel()
            self._product += features.T @ (features @ self.directions)
            return
        for start in range(0, features.shape[0], len(self._block)):
            rows = dense(features[start : start + len(self._block)])
            block = self._block[: len(rows)]
            np.subtract(rows, origin, out=block[:, :-1])
            self._add_block(block)

    def finish(self, add: Add) -> tuple[float, Doubles, Doubles]:
        """The number of rows on all hosts, their mean, and their scatter or its product with the directions.

        Args:
            add: Sums arrays over the hosts.
        """
        origin = np.zeros_like(self._sum) if self._origin is None else self._origin
        count, total = add(np.array([float(self.count)]), self.count * origin + self._sum)
        if not self._centred:
            return count[0], np.zeros_like(total), add(self._product)[0]
        mean = total / max(count[0], 1)
        # About the mean of all, which is `away` from the origin: (x-o-a)(x-o-a)ᵀ = (x-o)(x-o)ᵀ - …
        away = mean - origin
        product = self._product - np.outer(self._sum, self._project(away)) - np.outer(away, self._project(self._sum))
        product += self.count * np.outer(away, self._project(away))
        return count[0], mean, add(product)[0]

    def _add_block(self, block: Doubles) -> None:
        rows, ones = block[:, :-1], block[:, -1]
        if self.directions is None:
            product = block.T @ block
            self._product += product[:-1, :-1]
            self._sum += product[-1, :-1]
        else:
            self._product += rows.T @ (rows @ self.directions)
            self._sum += ones @ rows

    def _project(self, vector: Doubles) -> Doubles:
        return vector if self.directions is None else vector @ self.directions


def find_components(mean: Doubles, scatter: Doubles, count: int, directions: Doubles | None) -> Components:
    """The first components of a scatter.

    Args:
        mean: (d,), as `Scatter.finish` gives it.
        scatter: (d, d), or (d, l) if there are directions.
        count: How many.
        directions: (d, l), or None.
    """
    width = len(mean)
    if directions is None:
        values, vectors = eigh(scatter, subset_by_index=[width - count, width - 1])
    else:
        values, vectors = _find_in_sketch(scatter, directions, count)
    largest = np.take_along_axis(vectors, np.abs(vectors).argmax(axis=0)[None], axis=0)[0]
    return Components(mean, np.sqrt(np.maximum(values, 0)), vectors * np.where(largest < 0, -1.0, 1.0))


def _find_in_sketch(sketch: Doubles, directions: Doubles, count: int) -> tuple[Doubles, Doubles]:
    """The first eigenvalues, ascending, and eigenvectors of Nyström's approximation Y (ΩᵀY)⁺ Yᵀ of S, Y = S Ω."""
    # A small multiple of the identity keeps the inverse from amplifying rounding errors; it is taken off at the end.
    shift = np.sqrt(len(sketch)) * np.spacing(np.linalg.norm(sketch, 2))
    shifted = sketch + shift * directions
    core = directions.T @ shifted
    weights, turns = eigh((core + core.T) / 2)
    kept = weights > shift / 2
    root = shifted @ (turns[:, kept] / np.sqrt(weights[kept]))
    vectors, roots, _ = np.linalg.svd(root, full_matrices=False)
    values = np.maximum(roots**2 - shift, 0)
    missing = count - len(values)
    if missing > 0:  # the rows have fewer dimensions than components are asked for: any directions do for the rest
        rest = np.linalg.qr(np.hstack([vectors, directions]))[0][:, len(values) :]
        vectors, values = np.hstack([vectors, rest[:, :missing]]), np.concatenate([values, np.zeros(missing)])
    return values[:count][::-1], vectors[:, :count][:, ::-1]
