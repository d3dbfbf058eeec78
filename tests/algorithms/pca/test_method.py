"""The method: components of rows that pass by once, held against scikit-learn's of all rows at once."""

import numpy as np
import pytest
from scipy.linalg import subspace_angles
from scipy.sparse import csr_matrix, random_array
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA, TruncatedSVD
from tests.algorithms.pca.conftest import make_rows

from fieldstone.algorithms.pca import method
from fieldstone.algorithms.pca.method import Scatter, draw_directions, find_components


def add_nothing(*arrays):
    return list(arrays)


def find(batches, count, *, centred=True, directions=None):
    """The components of rows that come in batches."""
    width = batches[0].shape[1]
    drawn = None if directions is None else draw_directions(width, directions)
    scatter = Scatter(width, centred=centred, directions=drawn)
    for batch in batches:
        scatter.add(batch)
    _, mean, product = scatter.finish(add_nothing)
    return find_components(mean, product, count, drawn)


@pytest.mark.parametrize("offset", [0, 1e4])
def test_components_are_scikit_learns(offset):
    """Every angle below a millionth, also of rows that are far from zero."""
    rows = load_digits().data.astype(np.float32) + np.float32(offset)
    found = find(np.array_split(rows, 7), 10)
    expected = PCA(10, svd_solver="full").fit(rows.astype(np.float64))

    for number in range(10):
        pair = found.vectors[:, [-1 - number]], expected.components_[[number]].T
        assert subspace_angles(*pair)[0] < 1e-6
    np.testing.assert_allclose(found.singular_values[::-1], expected.singular_values_, rtol=1e-9)
    np.testing.assert_allclose(found.mean, expected.mean_, rtol=1e-12)


def test_without_subtracting_the_mean_they_are_those_of_the_rows_themselves():
    """And the mean is zero."""
    rows = make_rows()
    found = find([rows], 2, centred=False)
    expected = TruncatedSVD(2, algorithm="arpack").fit(rows.astype(np.float64))

    assert subspace_angles(found.vectors, expected.components_.T)[0] < 1e-6
    assert not found.mean.any()


def test_random_directions_find_what_all_find_where_the_spectrum_falls():
    """Ten extra ones, as is the default for few components."""
    draw = np.random.default_rng(3)
    rows = (draw.normal(size=(3000, 200)) * 0.7 ** np.arange(200) + 5).astype(np.float32)
    exact, sketched = find([rows], 5), find(np.array_split(rows, 5), 5, directions=15)

    assert subspace_angles(exact.vectors, sketched.vectors)[0] < 1e-2
    np.testing.assert_allclose(sketched.singular_values, exact.singular_values, rtol=1e-3)


def test_of_a_flat_spectrum_random_directions_keep_most_of_the_variance():
    """There the components are a matter of chance; the variance is what can be asked for."""
    rows = np.random.default_rng(4).normal(size=(3000, 60)).astype(np.float32)
    exact, sketched = find([rows], 5), find([rows], 5, directions=15)
    kept = [(((rows - rows.mean(0)) @ found.vectors) ** 2).sum() for found in (exact, sketched)]

    assert kept[1] > 0.85 * kept[0]


def test_as_many_directions_as_features_are_exact():
    """No more are drawn than there can be."""
    rows = make_rows()
    assert draw_directions(6, 100).shape == (6, 6)
    assert subspace_angles(find([rows], 3).vectors, find([rows], 3, directions=100).vectors)[0] < 1e-6


@pytest.mark.parametrize("directions", [None, 12])
def test_sparse_rows_have_the_components_of_the_same_dense_ones(directions):
    """In both modes, mixed with dense ones too."""
    rows = csr_matrix(random_array((400, 30), density=0.1, rng=np.random.default_rng(5), dtype=np.float32))
    dense = find([rows.toarray()], 3, directions=directions)

    for batches in ([rows[:100], rows[100:]], [rows[:100], rows[100:].toarray()], [rows[:9].toarray(), rows[9:]]):
        found = find(batches, 3, directions=directions)
        assert subspace_angles(found.vectors, dense.vectors)[0] < 1e-6


@pytest.mark.parametrize("directions", [None, 6])
def test_rows_that_are_all_the_same_have_components_that_say_nothing(directions):
    """Orthonormal ones, with singular values of zero."""
    found = find([np.full((50, 8), 3, np.float32)], 4, directions=directions)

    np.testing.assert_allclose(found.singular_values, 0, atol=1e-6)
    np.testing.assert_allclose(found.vectors.T @ found.vectors, np.eye(4), atol=1e-9)


@pytest.mark.parametrize("directions", [None, 5])
def test_rows_shared_out_have_the_components_of_all(directions):
    """Each host's part about its own origin; one has none."""
    rows = make_rows()
    drawn = None if directions is None else draw_directions(6, directions)
    parts = [rows[:1], rows[1:900], rows[:0], rows[900:]]
    hosts = [Scatter(6, centred=True, directions=drawn) for _ in parts]
    for host, part in zip(hosts, parts, strict=True):
        host.add(part)
    sums = []
    for step in range(2):  # what each host gives is added up over the hosts, as they would do it
        given = [give(host, step, sums) for host in hosts]
        sums.append([sum(arrays) for arrays in zip(*given, strict=True)])
    (count, total), (product,) = sums
    together = find_components(total / count, product, 3, drawn)
    alone = find([rows], 3, directions=directions)

    np.testing.assert_allclose(together.vectors, alone.vectors, atol=1e-9)
    np.testing.assert_allclose(together.singular_values, alone.singular_values, rtol=1e-9)


class StopError(Exception):
    pass


def give(host, step, sums):
    """What a host gives in a step, when it has heard the sums of those before."""
    asked = []

    def add(*arrays):
        asked.append(arrays)
        if len(asked) > step:
            raise StopError
        return sums[len(asked) - 1]

    with pytest.raises(StopError):
        host.finish(add)
    return asked[step]


def test_the_size_of_blocks_does_not_matter(monkeypatch):
    """It bounds the memory."""
    rows = make_rows()
    whole = find([rows], 3)
    monkeypatch.setattr(method, "BLOCK", 50)

    np.testing.assert_allclose(find([rows], 3).vectors, whole.vectors, atol=1e-9)
