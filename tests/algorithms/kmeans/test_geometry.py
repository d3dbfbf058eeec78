"""Distances and sums: what a batch's one matrix product finds is what taking every difference finds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_matrix

from fieldstone.algorithms.kmeans import geometry
from fieldstone.algorithms.kmeans.geometry import Totals, distances_among, nearest, squared_distances

_NUMBERS = st.floats(-1e6, 1e6, width=32)


def _tables(rows):
    return arrays(np.float32, st.tuples(rows, st.just(3)), elements=_NUMBERS)


def _by_differences(rows, centers):
    return ((rows[:, None, :].astype(np.float64) - centers[None]) ** 2).sum(axis=2)


@settings(max_examples=40, deadline=None)
@given(rows=_tables(st.integers(1, 30)), centers=_tables(st.integers(1, 8)))
def test_no_centre_is_noticeably_closer_than_the_one_named_nearest(rows, centers):
    """Single precision may mix up centres only where they are as good as equally far."""
    centers = centers.astype(np.float64)
    labels = nearest(rows, centers)
    every = _by_differences(rows, centers)
    size = float(np.abs(np.concatenate([rows, centers])).max())
    assert np.all(every[np.arange(len(rows)), labels] - every.min(axis=1) <= 1e-5 * max(size, 1e-9) ** 2)


@settings(max_examples=40, deadline=None)
@given(rows=_tables(st.integers(1, 30)), centers=_tables(st.integers(1, 8)))
def test_sparse_rows_have_the_distances_of_the_same_dense_ones(rows, centers):
    """What a row does not store is 0."""
    rows, centers = rows.astype(np.float64), centers.astype(np.float64)
    sparse = csr_matrix(rows)
    labels = nearest(sparse, centers)
    scale = 1e-9 * (1 + float(np.abs(np.concatenate([rows, centers])).max())) ** 2
    assert squared_distances(sparse, centers, labels) == pytest.approx(
        _by_differences(rows, centers)[np.arange(len(rows)), labels], abs=scale
    )
    every = np.arange(len(rows))
    assert distances_among(sparse)(every) == pytest.approx(_by_differences(rows, rows), abs=scale)
    assert distances_among(rows)(every) == pytest.approx(_by_differences(rows, rows), abs=scale)


def test_distances_among_too_many_rows_to_hold_are_found_as_they_are_asked_for():
    """The same as those of few rows."""
    rows = np.random.default_rng(0).normal(size=(3000, 3))
    chosen = np.array([2, 2999])
    assert len(rows) ** 2 > geometry._AT_ONCE
    assert distances_among(rows)(chosen) == pytest.approx(_by_differences(rows, rows[chosen]).T)


def test_rows_far_from_the_origin_find_their_centre_in_single_precision():
    """A column of seconds since 1970 must not swallow the others."""
    draws = np.random.default_rng(0)
    centers = np.array([[1.7e6, 0.0], [1.7e6, 1.0]])
    rows = (centers[np.arange(200) % 2] + draws.normal(0, 0.05, (200, 2))).astype(np.float32)
    assert nearest(rows, centers).tolist() == [0, 1] * 100


def test_numbers_whose_squares_overflow_single_precision_are_told_apart():
    """The product is done in double precision then."""
    rows = np.array([[3e30, 0], [0, 3e30], [1, 2]], dtype=np.float32)
    assert nearest(rows, np.array([[3e30, 0], [0, 0], [0, 3e30]])).tolist() == [0, 2, 1]


@pytest.mark.parametrize("form", [np.asarray, csr_matrix])
def test_totals_add_up_the_rows_of_each_centre(form):
    """A centre without rows has a count and a sum of 0; weights multiply rows."""
    rows = form(np.array([[1.0, 2], [3, 4], [5, 6]]))
    counts, sums = Totals(rows, 3).add(np.array([2, 0, 2]))
    assert (counts.tolist(), sums.tolist()) == ([1, 0, 2], [[3, 4], [0, 0], [6, 8]])
    weights, sums = Totals(rows, 3, np.array([0.5, 2, 1])).add(np.array([2, 0, 2]))
    assert (weights.tolist(), sums.tolist()) == ([2, 0, 1.5], [[6, 8], [0, 0], [5.5, 7]])


@pytest.mark.parametrize("kind", [np.asarray, csr_matrix])
def test_rows_gone_through_in_parts_have_the_centres_that_they_have_at_once(monkeypatch, kind):
    """Parts bound the memory; the last may be smaller."""
    draws = np.random.default_rng(0)
    rows, centers = kind(draws.normal(size=(50, 3))), draws.normal(size=(4, 3))
    whole = geometry.nearest(rows, centers)
    monkeypatch.setattr(geometry, "_AT_ONCE", 30)
    assert np.array_equal(geometry.nearest(rows, centers), whole)
