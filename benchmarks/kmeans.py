"""K-Means in one pass over mini-batches, against scikit-learn's MiniBatchKMeans, full KMeans, and faiss.

All of them are given the same rows, shuffled, on one thread. CPU time is of training alone; the mean squared distance
(msd) is taken afterwards, of all rows from the centres found, by the same function for all.

The last table is of streams, made while they are read, in processes of their own: memory is the program's. They are of
ten clusters of normal numbers; MiniBatchKMeans reads them by `partial_fit`.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
import pace
from streams import measure, megabytes, numbers
from tables import number, ratios, show, spread
from threadpoolctl import threadpool_limits

from fieldstone.algorithms.kmeans.training import Plan, evaluate, finish, summarise

_BATCH = 5000
_SINGLE_STARTS = 100_000
"""With more rows than this the full KMeans, which is there as the best there is, is left out."""


def _batches(rows: Any) -> Any:
    return (rows[at : at + _BATCH] for at in range(0, len(rows), _BATCH))


def _ours(rows: Any, k: int, seed: int) -> Any:
    return _learn(_batches(rows), k, seed)


def _learn(batches: Iterator[Any], k: int, seed: int) -> Any:
    draws = np.random.default_rng(seed)
    plan = Plan(k)
    return finish(summarise(lambda: batches, plan, draws), plan, draws).centers


def _mini_batch(rows: Any, k: int, seed: int) -> Any:
    from sklearn.cluster import MiniBatchKMeans  # noqa: PLC0415  # its memory is not ours

    return MiniBatchKMeans(k, random_state=seed, n_init="auto").fit(rows).cluster_centers_


def _mini_batch_streamed(rows: Any, k: int, seed: int) -> Any:
    return _learn_in_part(_batches(rows), k, seed)


def _learn_in_part(batches: Iterator[Any], k: int, seed: int) -> Any:
    from sklearn.cluster import MiniBatchKMeans  # noqa: PLC0415  # the same

    model = MiniBatchKMeans(k, random_state=seed, n_init="auto")
    for batch in batches:
        model.partial_fit(batch)
    return model.cluster_centers_


def _full(rows: Any, k: int, seed: int) -> Any:
    from sklearn.cluster import KMeans  # noqa: PLC0415  # the same

    return KMeans(k, random_state=seed, n_init=10).fit(rows).cluster_centers_


def _faiss(rows: Any, k: int, seed: int) -> Any:
    faiss = import_module("faiss")
    faiss.omp_set_num_threads(1)
    model = faiss.Kmeans(rows.shape[1], k, niter=20, seed=seed + 1, max_points_per_centroid=10**9)
    model.train(rows)
    return model.centroids


def _blobs(rows: int, features: int, k: int) -> Any:
    from sklearn.datasets import make_blobs  # noqa: PLC0415  # the same

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
    _stream(pace)


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


_STREAMS = {"Fieldstone": _learn, "MiniBatchKMeans": _learn_in_part}
_FEATURES, _CLUSTERS = 20, 10


def _stream(pace: pace.Pace) -> None:
    """Print what streams of 1e5, 1e6 and, if there is time, 1e7 rows take."""
    rows = []
    for count in (100_000, 1_000_000, 10_000_000)[: 3 if pace.tries >= 5 else 2]:
        found: dict[str, list[dict[str, float]]] = {name: [] for name in _STREAMS}
        for _ in range(min(pace.tries, 3)):
            for name, tries in found.items():
                tries.append(measure(__file__, name, count))
        ours = found["Fieldstone"]
        for name, tries in found.items():
            msd, seconds, memory = ([told[what] for told in tries] for what in ("msd", "seconds", "megabytes"))
            times = spread(ratios(seconds, [told["seconds"] for told in ours]))
            rate = number(count / float(np.median(seconds)))
            rows.append(
                (f"{count:,}", name, f"{np.median(msd):.3f}", spread(seconds), times, rate, number(max(memory)))
            )
    show(
        f"Streams of {_CLUSTERS} clusters, rows of {_FEATURES}, one thread",
        ("rows", "", "msd", "CPU seconds", "times ours", "rows per CPU second", "memory at most, MB"),
        rows,
    )


def _clusters(count: int, making: list[float]) -> Iterator[Any]:
    """Batches of `_BATCH` rows around places that are about as far from each other as their rows are from them."""
    places = np.random.default_rng(7).normal(scale=3, size=(_CLUSTERS, _FEATURES)).astype(np.float32)
    draws = np.random.default_rng(8)
    for batch in numbers(count, _FEATURES, making):
        began = time.process_time()
        rows = batch * np.float32(2) + places[draws.integers(_CLUSTERS, size=len(batch))]
        making[-1] += time.process_time() - began
        yield from _batches(rows)


def _child(name: str, count: int) -> dict[str, float]:
    """Be a process that is measured."""
    making: list[float] = []
    _STREAMS[name](_clusters(1000, making), _CLUSTERS, 0)  # imports
    making.clear()
    began = time.process_time()
    centers = _STREAMS[name](_clusters(count, making), _CLUSTERS, 0)
    seconds = time.process_time() - began - sum(making)
    most = megabytes()
    msd = evaluate(_clusters(count, making), np.asarray(centers, dtype=np.float64))["msd"]
    return {"seconds": seconds, "megabytes": most, "msd": msd}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(_child(sys.argv[2], int(sys.argv[3]))))
    else:
        run(pace.read_pace(__doc__))
