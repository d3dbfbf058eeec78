"""Centres of groups: by k-means, and by cutting groups in two where the gap is clearest; the better of both.

K-means prefers groups of equal size, and will rather halve a large one than set a small one apart. Cutting one group at
a time finds the small ones. Which of the two is better is told by the gaps that they leave.
"""

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from fieldstone.framing.discovery.encoding import Floats
from fieldstone.framing.discovery.groups.valleys import valleys

Labels = NDArray[np.intp]
FEWEST = 15
"""A group of fewer cases is not cut."""
_STARTS = 20
_Halves = tuple[float, tuple[Floats, ...]]


def centres(matrix: Floats, amounts: Labels, most: int, *, seed: int = 0) -> dict[int, Floats]:
    """Return the centres of 2 to ``most`` groups: groups x parts, by the number of groups; gaps are seen in amounts."""
    cut = _cut(matrix, amounts, most, seed)
    found: dict[int, Floats] = {}
    for number in range(2, most + 1):
        plain = _means(matrix, number, seed)
        tried = [plain, cut[number]] if number in cut and number > 2 else [plain]
        found[number] = min(tried, key=lambda one: _blurred(one, matrix, amounts))
    return found


def sort(at: Floats, matrix: Floats) -> Labels:
    """Return the nearest centre of each case."""
    return ((at**2).sum(axis=1) - 2 * matrix @ at.T).argmin(axis=1)


def _means(matrix: Floats, number: int, seed: int) -> Floats:
    starts = max(3, _STARTS // number)  # few groups: the chance is greater that all starts end in the wrong cut
    model = KMeans(number, n_init=starts, random_state=seed, max_iter=100)  # pyright: ignore[reportArgumentType]  # a number will do
    model.fit(matrix)
    return np.asarray(model.cluster_centers_, dtype=np.float64)


def _blurred(at: Floats, matrix: Floats, amounts: Labels) -> float:
    """Return how much the least clear gap looks like one cloud."""
    return max(valley.chance for valley in valleys(at[:, amounts], matrix[:, amounts]))


def _cut(matrix: Floats, amounts: Labels, most: int, seed: int) -> dict[int, Floats]:
    """Cut one group after the other in two: each time the one in which the gap is clearest."""
    groups: list[tuple[Floats, _Halves]] = [(matrix.mean(axis=0), _halved(matrix, amounts, seed))]
    found: dict[int, Floats] = {}
    while len(groups) < most:
        blurred = [halves[0] for _, halves in groups]
        parts = groups.pop(blurred.index(min(blurred)))[1][1]
        if not parts:
            break
        groups += [(part.mean(axis=0), _halved(part, amounts, seed)) for part in parts]
        found[len(groups)] = np.array([middle for middle, _ in groups])
    return found


def _halved(matrix: Floats, amounts: Labels, seed: int) -> _Halves:
    """Return how little of a gap two halves leave, and the halves; none where there are too few cases."""
    if len(matrix) < 2 * FEWEST:
        return 2.0, ()
    at = _means(matrix, 2, seed)
    labels = sort(at, matrix)
    if np.bincount(labels, minlength=2).min() < 2:
        return 2.0, ()
    return _blurred(at, matrix, amounts), (matrix[labels == 0], matrix[labels == 1])
