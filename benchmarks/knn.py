"""k-nearest neighbours: ours, faiss called bare, and scikit-learn's, each in a process of its own, one thread.

Rows of 20 come from 100 clouds, made while they are read; what it costs to make them is taken off. Each learns from all
of them and is asked for the labels of 100 others, k = 10, in two ways: one by one, and all at once. Times are CPU
seconds; memory is the process's at most. Ours also writes and reads its model, and has two approximate indexes, whose
answers are held against the exact ones.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from pace import Pace, read_pace
from streams import megabytes
from tables import number, ratios, show, spread

FEATURES, CLOUDS, K, ASKED = 20, 100, 10, 100
BATCH = 50_000
SIZES = (100_000, 1_000_000, 10_000_000)
OURS = {"ours": "faiss.Flat", "ours, IVFFlat": "faiss.IVFFlat", "ours, IVFPQ": "faiss.IVFPQ"}

Ask = Callable[[np.ndarray], np.ndarray]


def _make(count: int, making: list[float], seed: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows and their labels, two clouds to a label."""
    places = np.random.default_rng(7).normal(size=(CLOUDS, FEATURES)).astype(np.float32)
    draws = np.random.default_rng(seed)
    for start in range(0, count, BATCH):
        began = time.process_time()
        size = min(BATCH, count - start)
        clouds = draws.integers(0, CLOUDS, size)
        rows = places[clouds] + draws.standard_normal((size, FEATURES), np.float32)
        making.append(time.process_time() - began)
        yield rows, (clouds // 2).astype(np.float32)


def _ours(batches: Iterator[tuple[np.ndarray, np.ndarray]], count: int, kind: str) -> Ask:
    from fieldstone.algorithms.amazon.peers import Peers  # noqa: PLC0415  # only where it is measured
    from fieldstone.algorithms.knn import index, model  # noqa: PLC0415  # the same
    from fieldstone.algorithms.knn.sampling import Part, Sampler, join  # noqa: PLC0415  # the same

    sampler = Sampler(count, np.random.default_rng(0))
    for rows, labels in batches:
        chosen, draws = sampler.draw(len(rows))
        sampler.keep(Part(rows[chosen] if len(chosen) < len(rows) else rows, labels[chosen], draws))
    kept: list[np.ndarray] = []

    def rows_of(parts: Iterator[Part]) -> Iterator[np.ndarray]:
        for part in parts:
            kept.append(part.labels)
            yield part.rows

    built = index.build(
        rows_of(join(sampler.parts(), Peers(["algo-1"], "algo-1"), count)), count, index.Shape(kind, codes=10)
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model_algo-1"
        model.save(
            path, model.Neighbours(FEATURES, K, "classifier", np.concatenate(kept), model.Preparation(None), built)
        )
        del built
        found = model.read(path)
    return lambda rows: found.answer(rows)["predicted_label"]


def _faiss(batches: Iterator[tuple[np.ndarray, np.ndarray]], _count: int) -> Ask:
    import faiss  # noqa: PLC0415  # the same

    index: Any = faiss.IndexFlatL2(FEATURES)
    kept = []
    for rows, labels in batches:
        index.add(rows)
        kept.append(labels)
    classes = np.concatenate(kept).astype(np.int64)

    def ask(rows: np.ndarray) -> np.ndarray:
        return np.array([np.bincount(line).argmax() for line in classes[index.search(rows, K)[1]]], np.float32)

    return ask


def _scikit_learn(batches: Iterator[tuple[np.ndarray, np.ndarray]], _count: int) -> Ask:
    from sklearn.neighbors import KNeighborsClassifier  # noqa: PLC0415  # the same

    parts = list(batches)
    rows, labels = (np.concatenate(column) for column in zip(*parts, strict=True))
    return KNeighborsClassifier(K, algorithm="brute").fit(rows, labels).predict


PEERS = {"faiss": _faiss, "scikit-learn": _scikit_learn}


def run(pace: Pace) -> None:
    """Measure, turn by turn, and print a table for each size."""
    for count in SIZES if pace.tries >= 5 else SIZES[:2]:
        tries = pace.tries if count < SIZES[1] else 1
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in (*OURS, *PEERS)}
        for _ in range(tries):
            for name, told in found.items():
                told.append(_measure(name, count))
        exact = found["scikit-learn"][0]["labels"]
        rows = [
            (
                name,
                *(spread(one[what] for one in told) for what in ("trained", "one", "many")),
                *(
                    spread(ratios([one[what] for one in told], [one[what] for one in found["ours"]]))
                    for what in ("trained", "many")
                ),
                number(np.mean(np.array(told[0]["labels"]) == exact)),
                number(told[0]["megabytes"]),
            )
            for name, told in found.items()
        ]
        header = ("", "training, s", "ms a question alone", "ms among 100", "of ours", "of ours", "as exact", "MB")
        show(f"{count:,} rows of {FEATURES}, {tries} tries, CPU", header, rows)


def _measure(name: str, count: int) -> dict[str, Any]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, __file__, "--child", name, str(count)]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, env=environment).stdout)


def _child(name: str, count: int) -> dict[str, Any]:
    """Be a process that is measured."""
    asked = np.concatenate([rows for rows, _ in _make(ASKED, [], seed=1)])
    learn = PEERS.get(name) or (lambda batches, count: _ours(batches, count, OURS[name]))
    learn(_make(1000, []), 1000)(asked[:2])  # imports are no part of the work
    making: list[float] = []
    began = time.process_time()
    ask = learn(_make(count, making), count)
    trained = time.process_time() - began - sum(making)
    alone = asked[:10]
    began = time.process_time()
    for row in alone:
        ask(row[None])
    one = 1000 * (time.process_time() - began) / len(alone)
    began = time.process_time()
    labels = ask(asked)
    many = 1000 * (time.process_time() - began) / len(asked)
    return {"trained": trained, "one": one, "many": many, "labels": labels.tolist(), "megabytes": megabytes()}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(_child(sys.argv[2], int(sys.argv[3]))))
    else:
        run(read_pace(__doc__))
