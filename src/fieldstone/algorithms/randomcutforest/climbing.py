"""The score of a row in a tree, compiled: down to the leaf where the row would end, and up again until it is inside.

On the way up, each node may be where a first cut would have parted the row from the sample: with a probability of how
far the row sticks out of the node's box, out of the width of the box with the row in it. From the first box that holds
the row on, all others do.
"""

from typing import Any

import numpy as np

from fieldstone.algorithms.amazon.compiling import compiled

_BLOCK = 256
"""Rows that pass through one tree before the next is taken: a tree of usual size stays in the caches for them."""


@compiled(None, any_order=True)
def _overhang(box: Any, row: Any) -> float:
    """How far a row (d,) sticks out of a box (2, d), all dimensions together."""
    total = np.float32(0)
    for dimension in range(len(row)):
        below = box[0, dimension] - row[dimension]
        above = row[dimension] - box[1, dimension]
        total += max(below, above, np.float32(0))
    if total < np.inf:
        return np.float64(total)
    exact = 0.0
    for dimension in range(len(row)):
        value = np.float64(row[dimension])
        exact += max(box[0, dimension] - value, value - box[1, dimension], 0.0)
    return exact


@compiled(None)
def _is_equal(point: Any, row: Any) -> bool:
    alike = True
    for dimension in range(len(row)):
        alike &= point[dimension] == row[dimension]
    return alike


@compiled(None)
def _score(row: Any, trees: Any, tree: int, way: Any) -> float:
    """The expected inverse depth of a row in one tree; ``way`` (S,) is room for the nodes that are passed."""
    points, masses, dimensions, cuts, children, boxes, widths = trees
    size = points.shape[1]
    depth = 0
    node = 0 if size > 1 and masses[tree, 1] > 0 else -1
    while node >= 0:
        way[depth] = node
        depth += 1
        node = children[tree, node, 0 if row[dimensions[tree, node]] <= cuts[tree, node] else 1]
    leaf = -1 - node
    if _is_equal(points[tree, leaf], row):
        mass = masses[tree, leaf]
        return (1 - mass / (2 * size)) / (depth + np.log2(mass + 1))
    score = 1 / (depth + 1)
    while depth:
        depth -= 1
        node = way[depth]
        overhang = _overhang(boxes[tree, node], row)
        if overhang == 0:
            break
        chance = overhang / (widths[tree, node] + overhang)
        score = chance / (depth + 1) + (1 - chance) * score
    return score


@compiled(
    "void(float32[:,::1], Tuple((float32[:,:,::1], int32[:,::1], int32[:,::1], float32[:,::1], int32[:,:,::1],"
    "float32[:,:,:,::1], float64[:,::1])), float64[::1])"
)
def score_rows(rows: Any, trees: Any, totals: Any) -> None:
    """Add the scores of finite rows (n, d) in every tree to ``totals`` (n,).

    Args:
        rows: What is scored.
        trees: The arrays of a structure, in its order, and the boxes and widths of its forest.
        totals: Sums so far.
    """
    way = np.empty(trees[0].shape[1], np.int64)
    for begin in range(0, len(rows), _BLOCK):
        for tree in range(len(trees[0])):
            for row in range(begin, min(begin + _BLOCK, len(rows))):
                totals[row] += _score(rows[row], trees, tree, way)
