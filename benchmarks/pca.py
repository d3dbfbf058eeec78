"""PCA of a stream, against scikit-learn's PCA of a table and its IncrementalPCA of a stream.

Each is a process of its own, one thread, and finds ten components of the same rows, whose columns have different
variances about a mean of 5. CPU seconds are of training, without the making of the rows. scikit-learn's PCA is given
them at once, as they are (32 bits) and in double precision, in which Fieldstone reckons; the cast counts. The angle is
the largest between the subspaces found and that of an exact reckoning, in double precision.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from pace import Pace, read_pace
from streams import measure, megabytes, numbers
from tables import number, ratios, show, spread

FEATURES, COMPONENTS = 20, 10
SIZES = (100_000, 1_000_000, 10_000_000)
SCALES = np.linspace(1, 3, FEATURES, dtype=np.float32)


def _rows(count: int, making: list[float]) -> Iterator[np.ndarray]:
    for batch in numbers(count, FEATURES, making):
        began = time.process_time()
        rows = batch * SCALES + np.float32(5)
        making[-1] += time.process_time() - began
        yield rows


def _ours(batches: Iterator[np.ndarray]) -> np.ndarray:
    from fieldstone.algorithms.pca.method import Scatter, find_components  # noqa: PLC0415  # memory is each one's own

    scatter = Scatter(FEATURES, centred=True)
    for batch in batches:
        scatter.add(batch)
    _, mean, product = scatter.finish(lambda *arrays: list(arrays))
    return find_components(mean, product, COMPONENTS, None).vectors


def _table(batches: Iterator[np.ndarray], kind: Any) -> np.ndarray:
    from sklearn.decomposition import PCA  # noqa: PLC0415  # the same

    table = np.concatenate(list(batches))
    return PCA(COMPONENTS, svd_solver="covariance_eigh").fit(table.astype(kind, copy=False)).components_.T


def _incremental(batches: Iterator[np.ndarray]) -> np.ndarray:
    from sklearn.decomposition import IncrementalPCA  # noqa: PLC0415  # the same

    model = IncrementalPCA(COMPONENTS)
    for batch in batches:
        model.partial_fit(batch)
    return model.components_.T


TRAIN: dict[str, Callable[[Iterator[np.ndarray]], np.ndarray]] = {
    "Fieldstone": _ours,
    "PCA, 64 bits": lambda batches: _table(batches, np.float64),
    "PCA, 32 bits": lambda batches: _table(batches, np.float32),
    "IncrementalPCA": _incremental,
}


def run(pace: Pace) -> None:
    """Measure, turn by turn, and print a table for each size."""
    for count in SIZES if pace.tries >= 5 else SIZES[:2]:
        found: dict[str, list[dict[str, float]]] = {name: [] for name in TRAIN}
        for _ in range(min(pace.tries, 3)):
            for name, tries in found.items():
                tries.append(measure(__file__, name, count))
        seconds = {name: [told["seconds"] for told in tries] for name, tries in found.items()}
        show(
            f"PCA of {count:,} rows of {FEATURES}, one thread",
            ("", "CPU seconds", "times ours", "rows per CPU second", "memory at most, MB", "angle"),
            [
                (
                    name,
                    spread(seconds[name]),
                    spread(ratios(seconds[name], seconds["Fieldstone"])),
                    number(count / float(np.median(seconds[name]))),
                    number(tries[0]["megabytes"]),
                    f"{tries[0]['angle']:.1e}",
                )
                for name, tries in found.items()
            ],
        )


def _child(name: str, count: int) -> dict[str, float]:
    """Be a process that is measured."""
    making: list[float] = [0.0]
    TRAIN[name](_rows(1000, making))  # imports
    making.clear()
    began = time.process_time()
    vectors = TRAIN[name](_rows(count, making))
    seconds = time.process_time() - began - sum(making)
    return {"seconds": seconds, "megabytes": megabytes(), "angle": _angle(vectors, count)}


def _angle(vectors: np.ndarray, count: int) -> float:
    from scipy.linalg import subspace_angles  # noqa: PLC0415  # its memory is no one's

    total, squares = np.zeros(FEATURES), np.zeros((FEATURES, FEATURES))
    for batch in _rows(count, [0.0]):
        rows = batch.astype(np.float64) - 5
        total += rows.sum(axis=0)
        squares += rows.T @ rows
    exact = np.linalg.eigh(squares - np.outer(total, total) / count)[1][:, -COMPONENTS:]
    return float(subspace_angles(vectors, exact).max())


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(_child(sys.argv[2], int(sys.argv[3]))))
    else:
        run(read_pace(__doc__))
