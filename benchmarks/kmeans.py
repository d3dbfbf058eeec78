"""K-Means in one pass over mini-batches, against scikit-learn's MiniBatchKMeans, full KMeans, and faiss.

All of them are given the same rows, shuffled, on one thread. CPU time is of training alone; the mean squared distance
(msd) is taken afterwards, of all rows from the centres found, by the same function for all.
"""

import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
import pace
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.datasets import make_blobs
from threadpoolctl import threadpool_limits

from fieldstone.algorithms.kmeans.training import Plan, evaluate, finish, summarise

_BATCH = 5000
_SINGLE_STARTS = 100_000
"""With more rows than this the full KMeans, which is there as the best there is, is left out."""


def _batches(rows: Any) -> Any:
    return (rows[at : at + _BATCH] for at in range(0, len(rows), _BATCH))


def _ours(rows: Any, k: int, seed: int) -> Any:
    draws = np.random.default_rng(seed)
    plan = Plan(k)
    return finish(summarise(lambda: _batches(rows), plan, draws), plan, draws).centers


def _mini_batch(rows: Any, k: int, seed: int) -> Any:
    return MiniBatchKMeans(k, random_state=seed, n_init="auto").fit(rows).cluster_centers_


def _mini_batch_streamed(rows: Any, k: int, seed: int) -> Any:
    model = MiniBatchKMeans(k, random_state=seed, n_init="auto")
    for batch in _batches(rows):
        model.partial_fit(batch)
    return model.cluster_centers_


def _full(rows: Any, k: int, seed: int) -> Any:
    return KMeans(k, random_state=seed, n_init=10).fit(rows).cluster_centers_


def _faiss(rows: Any, k: int, seed: int) -> Any:
    faiss = import_module("faiss")
    faiss.omp_set_num_threads(1)
    model = faiss.Kmeans(rows.shape[1], k, niter=20, seed=seed + 1, max_points_per_centroid=10**9)
    model.train(rows)
    return model.centroids


def _blobs(rows: int, features: int, k: int) -> Any:
    return make_blobs(rows, features, centers=k, cluster_std=3.0, random_state=1)[0].astype(np.float32)


def _cloud(rows: int, features: int, _k: int) -> Any:
    draws = np.random.default_rng(1)
    return (draws.normal(size=(rows, features)) @ draws.normal(size=(features, features))).astype(np.float32)


_CASES: tuple[tuple[str, Callable[[int, int, int], Any], int, int], ...] = (
    ("blobs", _blobs, 20, 10),
    ("blobs", _blobs, 20, 100),
    ("one cloud", _cloud, 20, 20),
)


def _measure(train: Callable[[Any, int, int], Any], rows: Any, k: int, tries: int) -> tuple[float, float]:
    """The medians of msd and CPU seconds."""
    found = []
    for seed in range(tries):
        begun = time.process_time()
        centers = train(rows, k, seed)
        taken = time.process_time() - begun
        found.append((evaluate(_batches(rows), np.asarray(centers, dtype=np.float64))["msd"], taken))
    return tuple(np.median(found, axis=0).tolist())


def run(pace: pace.Pace) -> None:
    """Print, for each data set, the msd and CPU time of each, and their ratios to ours."""
    print("\nkmeans: one thread, CPU seconds of training, msd of all rows; medians")
    sizes = (100_000, 1_000_000) if pace.tries >= 5 else (100_000,)
    with threadpool_limits(1):
        for size in sizes:
            for name, make, features, k in _CASES:
                _compare(f"{name}, {size:,} x {features}, k = {k}", make(size, features, k), k, min(pace.tries, 3))


def _compare(title: str, rows: Any, k: int, tries: int) -> None:
    rivals = {"MiniBatchKMeans.fit": _mini_batch, "MiniBatchKMeans.partial_fit": _mini_batch_streamed}
    if len(rows) <= _SINGLE_STARTS:
        rivals["KMeans, 10 starts"] = _full
    if find_spec("faiss"):
        rivals["faiss.Kmeans, 20 rounds"] = _faiss
    msd, taken = _measure(_ours, rows, k, tries)
    print(
        f"  {title}\n    {'Fieldstone':28} msd {msd:9.4f}           {taken:7.2f} s  {len(rows) / taken:11,.0f} rows/s"
    )
    for name, train in rivals.items():
        theirs, time_taken = _measure(train, rows, k, tries)
        print(
            f"    {name:28} msd {theirs:9.4f} ({theirs / msd:5.3f}x) {time_taken:7.2f} s ({time_taken / taken:5.2f}x)"
        )


if __name__ == "__main__":
    run(pace.read_pace(__doc__))
