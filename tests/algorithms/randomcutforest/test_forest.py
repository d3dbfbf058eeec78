"""The structure of forests, from data of every kind."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fieldstone.algorithms.randomcutforest.forest import build

FEW = st.sampled_from([0.0, 1.0, -1.0, 0.1])
WIDE = st.floats(-(2.0**127), 2.0**127, width=32)
HUGE = st.sampled_from([3.4028234e38, -3.4028234e38, 1e-45, 0.0])
SHAPES = st.tuples(st.integers(1, 3), st.integers(1, 20), st.integers(1, 4))
SAMPLES = st.one_of(arrays.arrays(np.float32, SHAPES, elements=each) for each in (FEW, WIDE, HUGE))


def _grow(samples, seed=0):
    return build(samples, np.random.default_rng(seed))


def _walk(forest, tree, node=0):
    """Each node with a cut below one, and the leaves below it."""
    if forest.structure.masses[tree, 1:2].sum() == 0:
        return [], [0]
    nodes, leaves = [], []
    waiting = [node]
    while waiting:
        child = waiting.pop()
        if child < 0:
            leaves.append(-1 - child)
        else:
            nodes.append(child)
            waiting += forest.structure.children[tree, child].tolist()
    return nodes, leaves


@settings(max_examples=60, deadline=None)
@given(SAMPLES)
def test_the_leaves_of_a_tree_are_the_points_of_its_sample(samples):
    """Each distinct point once, with as much mass as it has duplicates."""
    structure = _grow(samples).structure
    for tree, sample in enumerate(samples):
        distinct, counts = np.unique(sample + 0.0, axis=0, return_counts=True)
        held = structure.masses[tree] > 0
        points, masses = structure.points[tree, held] + 0.0, structure.masses[tree, held]
        order = np.lexsort(points.T[::-1])

        assert np.array_equal(points[order], distinct)
        assert np.array_equal(masses[order], counts)


@settings(max_examples=60, deadline=None)
@given(SAMPLES)
def test_a_cut_parts_the_points_below_it_and_the_box_is_the_least_around_them(samples):
    """Left are those that are not greater than the cut, right the others, and neither side is empty."""
    forest = _grow(samples)
    structure = forest.structure
    for tree in range(len(samples)):
        for node in _walk(forest, tree)[0]:
            sides = [[-1 - c] if c < 0 else _walk(forest, tree, c)[1] for c in structure.children[tree, node].tolist()]
            left, right = (structure.points[tree, side] for side in sides)
            both = np.concatenate([left, right])
            dimension, cut = structure.dimensions[tree, node], structure.cuts[tree, node]

            assert left[:, dimension].max() <= cut < right[:, dimension].min()
            assert np.array_equal(forest.boxes[tree, node], [both.min(axis=0), both.max(axis=0)])
            assert forest.widths[tree, node] == np.float64(both.max(axis=0)).sum() - np.float64(
                both.min(axis=0)
            ).sum() or (forest.widths[tree, node] == pytest.approx(np.ptp(both.astype(np.float64), axis=0).sum()))


@settings(max_examples=30, deadline=None)
@given(SAMPLES)
def test_every_node_and_leaf_hangs_from_the_root(samples):
    """Nodes come before what hangs from them, and leaves are numbered from left to right."""
    forest = _grow(samples)
    for tree, leaves in enumerate(forest.leaves.tolist()):
        nodes, found = _walk(forest, tree)

        assert sorted(nodes) == list(range(leaves - 1))
        assert sorted(found) == list(range(leaves))


def test_points_are_told_apart_by_however_little_beside_however_large_numbers():
    """Their difference is lost where the sum of one point's numbers is taken from that of the other's."""
    huge = np.finfo(np.float32).max
    samples = np.float32([[[0, huge, 1], [1e-45, huge, 1], [1, 1, 1]]])

    assert _grow(samples).leaves.tolist() == [3]


def test_a_dimension_is_cut_as_often_as_it_is_wide():
    """First cuts of 4,000 trees, in dimensions of the widths 1, 2 and 5."""
    samples = np.random.default_rng(0).uniform(size=(1, 50, 3)) * [1, 2, 5]
    widths = np.ptp(samples[0], axis=0)

    first = _grow(np.repeat(samples, 4000, axis=0)).structure.dimensions[:, 0]

    assert np.bincount(first) / 4000 == pytest.approx(widths / widths.sum(), abs=0.03)


def test_a_cut_is_anywhere_in_its_range_alike():
    """A hundredth of the points lie in the upper half, and half the first cuts."""
    samples = np.r_[np.linspace(0, 0.5, 99), 1.0][None, :, None]

    cuts = _grow(np.repeat(samples, 4000, axis=0)).structure.cuts[:, 0]

    assert np.quantile(cuts, [0.1, 0.25, 0.5, 0.75, 0.9]) == pytest.approx([0.1, 0.25, 0.5, 0.75, 0.9], abs=0.03)


def test_the_same_seed_grows_the_same_forest_and_another_one_another():
    """Every array alike."""
    samples = np.random.default_rng(1).normal(size=(5, 64, 3)).astype(np.float32)
    one, same, other = (_grow(samples, seed).structure for seed in (7, 7, 8))

    assert np.array_equal(one.cuts, same.cuts)
    assert np.array_equal(one.children, same.children)
    assert not np.array_equal(one.cuts, other.cuts)


def test_the_depth_of_a_tree_is_the_longest_way_down():
    """Counted by walking it."""
    forest = _grow(np.random.default_rng(2).normal(size=(3, 100, 2)).astype(np.float32))
    for tree in range(3):
        depth, level = -1, [0]
        while level:
            depth += 1
            level = [c for n in level if n >= 0 for c in forest.structure.children[tree, n].tolist()]

        assert forest.depths[tree] == depth


@pytest.mark.parametrize("wrong", [np.nan, np.inf, 1e39])
def test_what_is_no_finite_number_is_refused_by_its_place(wrong):
    """A tree cannot be cut there."""
    samples = np.zeros((2, 3, 2))
    samples[1, 2, 1] = wrong

    with pytest.raises(ValueError, match=r"row 6, feature 2 is .* not a finite number"):
        _grow(samples)


def test_a_forest_of_nothing_is_refused():
    """No trees, no points or no features."""
    with pytest.raises(ValueError, match="each at least 1"):
        _grow(np.zeros((2, 0, 3)))
