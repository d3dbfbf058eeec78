"""Random cut forests (Guha, Mishra, Roy and Schrijvers, ICML 2016) as flat arrays: all trees side by side.

A tree cuts its sample in two, and the parts again: in a dimension that it takes with a probability in proportion to the
width of the part in it, at a value between the least and the greatest there, uniformly, until all points of a part are
one and the same. As in AWS's open implementation, what is not greater than the value goes to the left.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from fieldstone.algorithms.randomcutforest.growing import grow
from fieldstone.algorithms.randomcutforest.measuring import measure
from fieldstone.algorithms.randomcutforest.points import Points, as_points


@dataclass(frozen=True, slots=True)
class Structure:
    """What is drawn at random; everything else of a forest follows from it. There are T trees of S points of D numbers.

    Nodes of a tree that hold a cut are numbered so that a child's number is greater than its parent's; the root is 0.
    Leaves are numbered from left to right, so that a node's are neighbours. A tree of L leaves has L - 1 cuts; arrays
    hold zeros behind them.

    Attributes:
        points: The point of each leaf, float32 (T, S, D).
        masses: How many points of the sample are that one, int32 (T, S); 0 where there is no leaf.
        dimensions: Where a node is cut, int32 (T, S - 1).
        cuts: At which value, float32 (T, S - 1).
        children: The nodes left and right of the cut, int32 (T, S - 1, 2); a leaf k is ``-1 - k``.
    """

    points: Points
    masses: NDArray[np.int32]
    dimensions: NDArray[np.int32]
    cuts: NDArray[np.float32]
    children: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Forest:
    """A structure, and what scoring needs of it at hand.

    Attributes:
        structure: The trees.
        boxes: The least and the greatest of each dimension below a node, float32 (T, S - 1, 2, D).
        widths: The sum of the differences of the two, float64 (T, S - 1).
        depths: The cuts on the longest way down from the root, int64 (T,).
    """

    structure: Structure
    boxes: NDArray[np.float32]
    widths: NDArray[np.float64]
    depths: NDArray[np.int64]

    @property
    def trees(self) -> int:
        """How many there are."""
        return self.structure.points.shape[0]

    @property
    def sample_size(self) -> int:
        """How many points each tree was grown from, duplicates counted."""
        return self.structure.points.shape[1]

    @property
    def features(self) -> int:
        """How many numbers a point has."""
        return self.structure.points.shape[2]

    @property
    def leaves(self) -> NDArray[np.int64]:
        """How many distinct points each tree holds (T,)."""
        return np.count_nonzero(self.structure.masses, axis=1)

    @property
    def size(self) -> int:
        """How many bytes of memory it takes."""
        parts = (getattr(self.structure, field.name) for field in fields(Structure))
        return sum(array.nbytes for array in (*parts, self.boxes, self.widths, self.depths))


def build(samples: Points, generator: np.random.Generator) -> Forest:
    """Grow a tree from each sample of an array (T, S, D); the same generator grows the same forest.

    Raises:
        ValueError: There is nothing in the array, or something that is no finite number.
    """
    if samples.ndim != 3 or not samples.size:
        raise ValueError(f"a forest grows from (trees, points, features), each at least 1, not from {samples.shape}")
    samples = as_points(samples.reshape(-1, samples.shape[2]), samples.shape[2]).reshape(samples.shape)
    # As many draws as there can be cuts: what is drawn does not depend on what the data look like.
    draws = generator.random((samples.shape[0], samples.shape[1] - 1))
    return complete(Structure(*grow(samples, draws)))


def complete(structure: Structure) -> Forest:
    """Measure a structure, whose trees hang together."""
    return Forest(structure, *measure(structure.points, structure.masses, structure.children))
