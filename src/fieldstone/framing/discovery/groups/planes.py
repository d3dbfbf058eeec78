"""Cases as points on a plane: by their two first components, or on the map."""

import numpy as np
from numpy.typing import NDArray

from fieldstone.framing.cases import Column
from fieldstone.framing.discovery.encoding import Encoded, Floats
from fieldstone.framing.discovery.groups.components import directions
from fieldstone.framing.discovery.record import Plane

POINTS = 600
"""So many are shown."""


def of_components(
    encoded: Encoded, labels: NDArray[np.intp], columns: tuple[Column, ...], *, seed: int = 0
) -> Plane | None:
    """Return the cases in the plane that shows most: between the groups' centres if there are any, else of all."""
    if encoded.matrix.shape[1] < 2:
        return None
    groups = np.unique(labels[labels >= 0])
    shares, axes = directions(encoded.matrix)
    flat = encoded.matrix @ axes[:2].T
    names = [_axis(rank, share, axes[rank - 1], encoded, columns) for rank, share in ((1, shares[0]), (2, shares[1]))]
    middles = [(int(group) + 1, flat[labels == group].mean(axis=0)) for group in groups]
    marks = tuple((float(at[0]), float(at[1]), str(number)) for number, at in middles)
    return shown(flat, labels, (names[0], names[1]), marks, seed=seed)


def shown(
    flat: Floats,
    labels: NDArray[np.intp],
    names: tuple[str, str],
    marks: tuple[tuple[float, float, str], ...],
    *,
    seed: int = 0,
) -> Plane:
    """Return a bounded number of points."""
    some = np.random.default_rng(seed).permutation(len(flat))[:POINTS]
    xs, ys = (tuple(float(f"{value:.6g}") for value in flat[some, axis]) for axis in (0, 1))
    return Plane(*names, xs, ys, tuple(labels[some].tolist()), marks)


def _axis(rank: int, share: float, loadings: Floats, encoded: Encoded, columns: tuple[Column, ...]) -> str:
    lead = encoded.parts[int(np.abs(loadings).argmax())]
    return f"component {rank}, {100 * share:.0f} % (most: {columns[lead.column].name})"
