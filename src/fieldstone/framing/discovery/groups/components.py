"""Principal components: directions in which columns vary together, and whether they come back in other cases."""

import numpy as np

from fieldstone.framing.cases import Column
from fieldstone.framing.discovery.encoding import Encoded, Floats
from fieldstone.framing.discovery.record import Component

HOLDS = 0.9
"""From so much likeness (cosine) between halves a component is the same one."""
_SHUFFLES, _SPLITS, _NAMED, _HEAVY = 20, 5, 4, 0.3
_LIMIT = 6_000


def directions(matrix: Floats) -> tuple[Floats, Floats]:
    """Return each component's share of all variation, and its loadings: components x parts."""
    scaled = matrix / np.where(matrix.std(axis=0) > 0, matrix.std(axis=0), 1.0)
    sizes, axes = np.linalg.eigh(np.atleast_2d(np.corrcoef(scaled, rowvar=False)))
    order = np.argsort(-sizes)
    return sizes[order] / max(float(sizes.sum()), 1e-12), axes[:, order].T


def components(encoded: Encoded, columns: tuple[Column, ...], *, seed: int = 0) -> tuple[Component, ...]:
    """Return the components that say more than columns shuffled against each other would, and come back in halves."""
    if encoded.matrix.shape[1] < 2:
        return ()
    rng = np.random.default_rng(seed)
    matrix = encoded.matrix[rng.permutation(len(encoded.matrix))[:_LIMIT]]
    shares, axes = directions(matrix)
    chance = np.quantile([directions(rng.permuted(matrix, axis=0))[0] for _ in range(_SHUFFLES)], 0.95, axis=0)
    back = np.median([_likeness(matrix, axes, rng) for _ in range(_SPLITS)], axis=0)
    found: list[Component] = []
    for place in range(len(shares)):
        if shares[place] <= chance[place] or back[place] < HOLDS:
            break
        names = _heavy(axes[place], encoded, columns)
        found.append(Component(float(shares[place]), float(chance[place]), float(back[place]), names))
    return tuple(found)


def _likeness(matrix: Floats, axes: Floats, rng: np.random.Generator) -> Floats:
    """Return how alike each component is in two halves of the cases, at the same rank."""
    mixed = rng.permutation(len(matrix))
    one, other = (directions(matrix[part])[1] for part in np.array_split(mixed, 2))
    return np.abs((one * other).sum(axis=1))[: len(axes)]


def _heavy(loadings: Floats, encoded: Encoded, columns: tuple[Column, ...]) -> tuple[str, ...]:
    """Return the columns that make a component, those that go the other way marked."""
    order = np.argsort(-np.abs(loadings), kind="stable")[:_NAMED]
    lead = np.sign(loadings[order[0]])
    return tuple(
        f"{'' if np.sign(loadings[place]) == lead else 'less '}{_named(place, encoded, columns)}"
        for place in order.tolist()
        if abs(loadings[place]) >= _HEAVY * abs(loadings[order[0]])
    )


def _named(place: int, encoded: Encoded, columns: tuple[Column, ...]) -> str:
    part = encoded.parts[place]
    column = columns[part.column]
    return f"{column.name} = {column.levels[part.level]}" if part.level >= 0 else column.name
