"""K-Means as a whole: held against scikit-learn, over streams, several hosts and awkward data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn import datasets
from sklearn.cluster import KMeans

from fieldstone.algorithms.kmeans.reducing import Lloyd, improve, reduce
from fieldstone.algorithms.kmeans.streaming import Centers
from fieldstone.algorithms.kmeans.training import Plan, TooFewRows, evaluate, finish, merge, summarise


def _blobs(rows, features, k, spread=1.5):
    return datasets.make_blobs(rows, features, centers=k, cluster_std=spread, random_state=1)[0].astype(np.float32)


def _batches(rows, size=5000):
    return lambda: (rows[at : at + size] for at in range(0, rows.shape[0], size))


def _train(rows, plan, *, seed=0, size=5000):
    draws = np.random.default_rng(seed)
    return finish(summarise(_batches(rows, size), plan, draws), plan, draws)


_SETS = {
    "iris": lambda: (datasets.load_iris().data, 3),
    "wine": lambda: (datasets.load_wine().data, 3),
    "breast cancer": lambda: (datasets.load_breast_cancer().data, 5),
    "digits": lambda: (datasets.load_digits().data, 10),
    "diabetes": lambda: (datasets.load_diabetes().data, 10),
    "blobs": lambda: (_blobs(25_000, 20, 10), 10),
    "blobs on a plane": lambda: (_blobs(25_000, 2, 10), 10),
}


@pytest.mark.parametrize("name", _SETS)
def test_the_mean_squared_distance_is_within_one_percent_of_scikit_learns_best_of_ten(name):
    """Read once, in mini-batches; scikit-learn has all rows at once."""
    rows, k = _SETS[name]()
    rows = np.random.default_rng(3).permutation(rows.astype(np.float32))
    theirs = KMeans(k, n_init=10, random_state=0).fit(rows).inertia_ / len(rows)
    for method in ("random", "kmeans++"):
        ours = _train(rows, Plan(k, init_method=method))
        assert evaluate([rows], ours.centers)["msd"] <= 1.01 * theirs


def test_a_stream_in_the_order_of_its_clusters_is_clustered_as_well():
    """The first mini-batch has rows of one cluster only; three passes make up for it."""
    rows = _blobs(30_000, 8, 6)
    order = np.argsort(KMeans(6, n_init=1, random_state=0).fit_predict(rows), kind="stable")
    best = KMeans(6, n_init=10, random_state=0).fit(rows).inertia_ / len(rows)
    ours = _train(rows[order], Plan(6, epochs=3), size=1000)
    assert evaluate([rows], ours.centers)["msd"] <= 1.01 * best


def test_sparse_rows_give_the_clusters_of_the_same_dense_rows():
    """The data are words in documents: most are missing."""
    rows = np.random.default_rng(0).poisson(0.15, (4000, 30)).astype(np.float64)
    rows[:1500, :3] += 30
    rows[1500:2500, 3:6] += 30
    dense, sparse = (_train(each, Plan(3), size=500).centers for each in (rows, csr_matrix(rows)))
    assert sparse[np.argsort(sparse[:, 0] - sparse[:, 3])] == pytest.approx(
        dense[np.argsort(dense[:, 0] - dense[:, 3])], abs=1e-9
    )


def test_the_same_seed_gives_the_same_centres_to_the_bit():
    """And another one gives others."""
    rows = _blobs(20_000, 5, 8, spread=4)
    one, same, other = (_train(rows, Plan(8), seed=seed).centers for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_three_hosts_find_what_one_finds():
    """Each reads a shard; what they know is merged once, at the end."""
    rows = _blobs(60_000, 10, 12, spread=3)
    plan = Plan(12)
    parts = [
        summarise(_batches(shard), plan, np.random.default_rng(number))
        for number, shard in enumerate(np.array_split(rows, 3))
    ]
    together = evaluate([rows], finish(merge(parts, plan), plan, np.random.default_rng(0)).centers)["msd"]
    assert together == pytest.approx(evaluate([rows], _train(rows, plan).centers)["msd"], rel=0.005)


def test_a_host_with_fewer_rows_than_centres_does_no_harm():
    """Only all hosts together need as many rows as there are centres."""
    plan = Plan(4)
    rows = np.arange(8.0)[:, None] // 2 * 10
    parts = [summarise(_batches(shard), plan, np.random.default_rng(0)) for shard in (rows[:2], rows[2:])]
    found = finish(merge(parts, plan), plan, np.random.default_rng(0)).centers
    assert sorted(found[:, 0].tolist()) == [0, 10, 20, 30]


def test_fewer_rows_than_centres_are_refused_with_both_numbers():
    """The same goes for no rows at all."""
    with pytest.raises(TooFewRows, match=r"The training data has 3 data points, fewer than k=4\."):
        _train(np.eye(3), Plan(4))
    with pytest.raises(TooFewRows, match="no data points"):
        _train(np.empty((0, 3)), Plan(4))


def test_mini_batches_smaller_than_k_are_gathered_until_there_are_enough_rows():
    """Ten rows at a time, forty centres, four hundred in the stream."""
    rows = np.repeat(np.arange(40.0) * 100, 25)[:, None]
    rows = np.random.default_rng(0).permutation(rows)
    found = _train(rows, Plan(40, init_method="kmeans++"), size=10).centers
    assert sorted(np.round(found[:, 0]).tolist()) == [100.0 * number for number in range(40)]


def test_old_rows_are_forgotten_by_their_half_life():
    """The clusters have moved meanwhile: what is found is where they are now."""
    draws = np.random.default_rng(0)
    old, new = (draws.normal(place, 0.1, (20_000, 1)) for place in (0.0, 10.0))
    assert _train(np.concatenate([old, new]), Plan(1, half_life_time_size=1000)).centers[0, 0] > 9.9
    assert _train(np.concatenate([old, new]), Plan(1)).centers[0, 0] == pytest.approx(5, abs=0.1)


def test_the_metrics_over_batches_are_those_of_all_rows():
    """Msd is the mean, ssd the sum of the squared distances."""
    rows = np.array([[0.0], [1], [10], [12]])
    assert evaluate([rows[:3], rows[3:]], np.array([[0.0], [10.0]])) == {"msd": 5 / 4, "ssd": 5.0}


_AWKWARD = st.builds(
    lambda few, copies, offset, seed: np.random.default_rng(seed).permutation(
        np.repeat(np.column_stack([np.arange(few) % 7, np.arange(few) // 7, np.full(few, offset)]), copies, axis=0)
    ),
    few=st.integers(1, 30),
    copies=st.integers(1, 20),
    offset=st.sampled_from([0.0, 1e6, -3.5]),
    seed=st.integers(0, 100),
)


@settings(max_examples=60, deadline=None)
@given(rows=_AWKWARD, k=st.integers(1, 12), method=st.sampled_from(["random", "kmeans++"]), size=st.integers(1, 300))
def test_duplicates_and_constant_columns_give_k_finite_centres_within_the_data(rows, k, method, size):
    """With no more places than centres, every place is found."""
    if len(rows) < k:
        return
    plan = Plan(k, init_method=method, local_lloyd=Lloyd(init_method=method, trials=3))
    model = _train(rows.astype(np.float32), plan, size=size)
    assert model.centers.shape == (k, 3)
    assert np.all((model.centers >= rows.min(axis=0) - 1e-3) & (model.centers <= rows.max(axis=0) + 1e-3))
    found = evaluate([rows], model.centers)["msd"]
    assert found == pytest.approx(model.msd, abs=1e-9)
    if len(np.unique(rows, axis=0)) <= k:
        assert found == pytest.approx(0, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1000), k=st.integers(1, 8))
def test_no_iteration_of_lloyds_method_makes_the_loss_worse(seed, k):
    """Also with weights, and with centres that lose their rows."""
    draws = np.random.default_rng(seed)
    rows, weights = draws.normal(size=(40, 2)).round(1), draws.integers(1, 5, 40).astype(np.float64)
    centers = np.concatenate([rows[: k // 2], np.full((k - k // 2, 2), 50.0)])
    losses = [improve(rows, weights, centers, Lloyd(max_iter=steps, tol=0)).msd for steps in range(6)]
    assert losses == sorted(losses, reverse=True)


def test_a_weight_counts_as_that_many_rows():
    """Reducing weighted centres is reducing each of them repeated."""
    draws = np.random.default_rng(0)
    places, weights = draws.normal(size=(60, 2)), draws.integers(1, 6, 60).astype(np.float64)
    many = Centers(np.repeat(places, weights.astype(int), axis=0), np.ones(int(weights.sum())))
    best = [
        min(one.msd for one in reduce(each, 4, Lloyd(trials=30), np.random.default_rng(0)))
        for each in (Centers(places, weights), many)
    ]
    assert best[0] == pytest.approx(best[1], rel=1e-3)


def test_every_trial_is_told():
    """One figure for each, as the log has them."""
    model = _train(_blobs(2000, 3, 5), Plan(5, local_lloyd=Lloyd(trials=7)))
    assert len(model.attempts) == 7
