"""How much a point stands out: AWS's open implementation's score, for many rows at once.

It is the expected inverse of the depth at which the point would end if it were in the sample, times the logarithm of
the sample's size: about 1 and less for usual points, the higher the stranger.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fieldstone.algorithms.randomcutforest.climbing import score_rows
from fieldstone.algorithms.randomcutforest.forest import Forest
from fieldstone.algorithms.randomcutforest.points import Points, as_points

_PIECE = 1024
"""Rows that a thread takes at a time."""


def score(forest: Forest, rows: ArrayLike, threads: int = 1) -> NDArray[np.float64]:
    """The mean score over the trees of each row of an array (n, d): float64 (n,).

    A row's score is to the last bit the same alone, among others, and with any number of threads.

    Raises:
        ValueError: Rows are not as long as the forest's points, or hold something that is no finite number.
    """
    points = as_points(rows, forest.features)
    totals = np.zeros(len(points))
    if threads == 1 or len(points) <= _PIECE:
        _score_piece(forest, points, totals)
        return totals
    pieces = [slice(begin, begin + _PIECE) for begin in range(0, len(points), _PIECE)]
    with ThreadPoolExecutor(threads) as pool:
        waiting = [pool.submit(_score_piece, forest, points[piece], totals[piece]) for piece in pieces]
        for done in waiting:
            done.result()
    return totals


def _score_piece(forest: Forest, rows: Points, totals: NDArray[np.float64]) -> None:
    trees = forest.structure
    arrays = (trees.points, trees.masses, trees.dimensions, trees.cuts, trees.children, forest.boxes, forest.widths)
    score_rows(rows, arrays, totals)
    totals *= np.log2(forest.sample_size + 1) / forest.trees
