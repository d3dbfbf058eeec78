"""Choosing places: where the mean way is least, and plain ways of choosing to hold that against."""

import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from fieldstone.framing.cases import Column
from fieldstone.framing.discovery.encoding import Floats
from fieldstone.framing.discovery.places.ways import Ground

Chooser = Callable[[NDArray[np.intp], int], Floats]
"""Chooses so many places by the points at these positions."""

_ROUNDS, _STARTS = 25, 3
_LATITUDE = re.compile(r"(^|_)lat(itude)?($|_)", re.IGNORECASE)
_LONGITUDE = re.compile(r"(^|_)(lon|lng|long|longitude)($|_)", re.IGNORECASE)
_X, _Y = (
    re.compile(r"(^|_)(x|east|easting)($|_)", re.IGNORECASE),
    re.compile(r"(^|_)(y|north|northing)($|_)", re.IGNORECASE),
)


def coordinates(columns: Sequence[Column]) -> tuple[int, int, bool] | None:
    """Return the positions of x and y, and whether they are longitude and latitude; None if there are none."""
    numbers = [(place, column.name) for place, column in enumerate(columns) if column.kind == "number"]
    for x, y, globe in ((_LONGITUDE, _LATITUDE, True), (_X, _Y, False)):
        across = [place for place, name in numbers if x.search(name)]
        along = [place for place, name in numbers if y.search(name)]
        if across and along:
            return across[0], along[0], globe
    return None


def best(points: Floats, ground: Ground, number: int, *, seed: int = 0) -> Floats:
    """Return the places (number x 2) that make the mean way least, as near as a few starts come to it."""
    flat = ground.flat(points)
    number = min(number, len(np.unique(flat, axis=0)))
    tried = [_settled(flat, number, seed + start) for start in range(_STARTS)]
    ways = [float(np.linalg.norm(flat[:, None] - places[None], axis=2).min(axis=1).mean()) for places in tried]
    return ground.round(tried[int(np.argmin(ways))])


def _settled(flat: Floats, number: int, seed: int) -> Floats:
    """Move each place to the point of least mean way for its cases, until they stay."""
    model = KMeans(number, n_init=1, random_state=seed)  # pyright: ignore[reportArgumentType]  # a number will do
    places = np.asarray(model.fit(flat).cluster_centers_, dtype=np.float64)
    for _ in range(_ROUNDS):
        nearest = np.linalg.norm(flat[:, None] - places[None], axis=2).argmin(axis=1)
        moved = np.array([_middle(flat[nearest == each], places[each]) for each in range(number)])
        if np.allclose(moved, places, atol=1e-4 * float(np.ptp(flat) or 1.0)):
            break
        places = moved
    return places


def _middle(flat: Floats, place: Floats) -> Floats:
    """Return the point of least mean way, a few steps nearer (Weiszfeld)."""
    for _ in range(3 if len(flat) else 0):
        weight = 1 / np.maximum(np.linalg.norm(flat - place, axis=1), 1e-9)
        place = (flat * weight[:, None]).sum(axis=0) / weight.sum()
    return place


def at_random(points: Floats, *, seed: int = 0) -> Chooser:
    """Choose the places of cases drawn at random."""
    rng = np.random.default_rng(seed)
    return lambda rows, number: points[rng.choice(rows, min(number, len(rows)), replace=False)]


def on_a_grid(points: Floats) -> Chooser:
    """Choose the middles of the fullest fields of the coarsest grid that has enough of them."""

    def choose(rows: NDArray[np.intp], number: int) -> Floats:
        low, high = np.quantile(points[rows], [0.02, 0.98], axis=0)
        wide = np.where(high > low, high - low, 1.0)
        side = int(np.ceil(np.sqrt(number)))
        fields = np.clip(((points[rows] - low) / wide * side).astype(int), 0, side - 1)
        counts = np.bincount(fields[:, 0] * side + fields[:, 1], minlength=side * side)
        chosen = np.argsort(-counts, kind="stable")[:number]
        return low + (np.column_stack([chosen // side, chosen % side]) + 0.5) * wide / side

    return choose


def in_towns(points: Floats, towns: NDArray[np.intp]) -> Chooser:
    """Choose the middles of the towns with the most cases; fewer where there are fewer towns."""

    def choose(rows: NDArray[np.intp], number: int) -> Floats:
        known = rows[towns[rows] >= 0]
        largest = np.argsort(-np.bincount(towns[known]), kind="stable")[:number]
        return np.array([np.median(points[known[towns[known] == town]], axis=0) for town in largest])

    return choose
