"""What scoring needs of trees, compiled: the boxes of their nodes, how wide those are, and how deep a tree is."""

from typing import Any

import numpy as np

from fieldstone.algorithms.amazon.compiling import compiled


@compiled(None)
def _box(child: int, points: Any, boxes: Any) -> Any:
    """The least and the greatest below a child, (d,) each; a leaf's are its point."""
    if child < 0:
        return points[-1 - child], points[-1 - child]
    return boxes[child, 0], boxes[child, 1]


@compiled(None)
def _measure_tree(points: Any, leaves: int, children: Any, boxes: Any, widths: Any, heights: Any) -> None:
    """Measure one tree, from the last node, whose children are leaves, to the root; ``heights`` (s,) is room."""
    for node in range(leaves - 2, -1, -1):
        left, right = children[node]
        low, high = _box(left, points, boxes)
        other_low, other_high = _box(right, points, boxes)
        for dimension in range(points.shape[1]):
            boxes[node, 0, dimension] = min(low[dimension], other_low[dimension])
            boxes[node, 1, dimension] = max(high[dimension], other_high[dimension])
        for dimension in range(points.shape[1]):
            widths[node] += np.float64(boxes[node, 1, dimension]) - np.float64(boxes[node, 0, dimension])
        heights[node] = 1 + max(heights[left] if left >= 0 else 0, heights[right] if right >= 0 else 0)


@compiled("Tuple((float32[:,:,:,::1], float64[:,::1], int64[::1]))(float32[:,:,::1], int32[:,::1], int32[:,:,::1])")
def measure(points: Any, masses: Any, children: Any) -> Any:
    """Measure the trees of a ``Structure``, whose children are held to be numbers of its nodes and leaves.

    Returns:
        The ``boxes``, ``widths`` and ``depths`` of a ``Forest``.
    """
    trees, size, features = points.shape
    boxes = np.zeros((trees, size - 1, 2, features), np.float32)
    widths = np.zeros((trees, size - 1), np.float64)
    depths = np.zeros(trees, np.int64)
    heights = np.zeros(size, np.int64)
    for tree in range(trees):
        leaves = np.count_nonzero(masses[tree])
        _measure_tree(points[tree], leaves, children[tree], boxes[tree], widths[tree], heights)
        depths[tree] = heights[0] if leaves > 1 else 0
    return boxes, widths, depths
