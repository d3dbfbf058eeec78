"""The growing of trees, compiled: parts of a sample are cut until all points of a part are alike."""

from typing import Any

import numpy as np

from fieldstone.algorithms.amazon.compiling import compiled


@compiled(None)
def _measure(points: Any, low: Any, high: Any) -> float:
    """Put the least and greatest of points (n, d), by dimension, into ``low`` and ``high``; the sum of differences."""
    features = points.shape[1]
    for dimension in range(features):
        low[dimension] = points[0, dimension]
        high[dimension] = points[0, dimension]
    for row in range(1, points.shape[0]):
        for dimension in range(features):
            value = points[row, dimension]
            low[dimension] = min(low[dimension], value)
            high[dimension] = max(high[dimension], value)
    width = 0.0
    for dimension in range(features):
        width += np.float64(high[dimension]) - np.float64(low[dimension])
    return width


@compiled(None)
def _choose(low: Any, high: Any, place: float) -> Any:
    """The dimension and value that lie ``place`` far along the widths, one dimension's put behind the other's."""
    chosen = -1
    for dimension in range(len(low)):
        width = np.float64(high[dimension]) - np.float64(low[dimension])
        if width > 0:
            chosen = dimension
            if place < width:
                break
            place -= width
    cut = np.float32(np.float64(low[chosen]) + place)
    # Rounding may have led to the greatest value or beyond: the right part must not be empty.
    if not low[chosen] <= cut < high[chosen]:
        cut = low[chosen]
    return chosen, cut


@compiled(None)
def _part(points: Any, dimension: int, cut: float) -> int:
    """Bring the points (n, d) that are not greater than the cut to the front; how many they are."""
    front, back = 0, points.shape[0] - 1
    while front <= back:
        if points[front, dimension] <= cut:
            front += 1
        else:
            for column in range(points.shape[1]):
                points[front, column], points[back, column] = points[back, column], points[front, column]
            back -= 1
    return front


@compiled(None)
def _grow_tree(sample: Any, draws: Any, masses: Any, dimensions: Any, cuts: Any, children: Any) -> None:
    """Grow one tree: ``sample`` (s, d) is brought into the order of the leaves, one row each, zeros behind them."""
    size, features = sample.shape
    low, high = np.empty(features, np.float32), np.empty(features, np.float32)
    # Parts still to be looked at: where they begin and end, and the node and side they hang from.
    waiting = np.empty((size + 1, 4), np.int64)
    waiting[0] = 0, size, -1, 0
    count, nodes, leaves = 1, 0, 0
    while count:
        count -= 1
        begin, end, parent, side = waiting[count, 0], waiting[count, 1], waiting[count, 2], waiting[count, 3]
        width = _measure(sample[begin:end], low, high)
        if width == 0:
            # Leaves come from left to right: this row is behind every part that is still to be looked at.
            sample[leaves] = sample[begin]
            masses[leaves] = end - begin
            child = -1 - leaves
            leaves += 1
        else:
            child = nodes
            dimensions[child], cuts[child] = _choose(low, high, draws[child] * width)
            middle = begin + _part(sample[begin:end], dimensions[child], cuts[child])
            waiting[count] = middle, end, child, 1
            waiting[count + 1] = begin, middle, child, 0
            count += 2
            nodes += 1
        if parent >= 0:
            children[parent, side] = child
    sample[leaves:] = 0


@compiled(
    "Tuple((float32[:,:,::1], int32[:,::1], int32[:,::1], float32[:,::1], int32[:,:,::1]))"
    "(float32[:,:,::1], float64[:,::1])"
)
def grow(samples: Any, draws: Any) -> Any:
    """Grow a tree from each sample (T, S, D) of finite numbers, with numbers from 0 to 1 (T, S - 1) for its cuts.

    Returns:
        The attributes of a ``Structure``, in its order.
    """
    trees, size = samples.shape[:2]
    points = samples.copy()
    masses = np.zeros((trees, size), np.int32)
    dimensions = np.zeros((trees, size - 1), np.int32)
    cuts = np.zeros((trees, size - 1), np.float32)
    children = np.full((trees, size - 1, 2), -1, np.int32)
    for tree in range(trees):
        _grow_tree(points[tree], draws[tree], masses[tree], dimensions[tree], cuts[tree], children[tree])
    return points, masses, dimensions, cuts, children
