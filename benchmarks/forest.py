"""Random cut forests of 100 trees of 256 rows: ours, AWS's open implementation (`krcf`), and `rrcf`, which people pick.

Times are CPU seconds of processes of their own, one thread each. All learn from and score the same rows: normal numbers
(rows of 20), and the positions of a space shuttle (river's data, 49,097 rows of 9), for the area under the ROC curve on
100 usual rows and 100 unusual ones. Peers get as few rows as their pace allows; `rrcf` grows its trees from samples at
once, however many rows there were to choose from, so there is a line for one and the same 25,600 rows, too. It is asked
for the displacement of a row that is put into and taken out of each tree, its only score.

The second table is ours alone, on streams of 1e5 to 1e7 rows, made while they are read: memory is the program's.
"""

import csv
import gzip
import json
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import river
from pace import Pace, read_pace
from streams import measure, megabytes, numbers
from tables import number, ratios, show, spread

TREES, SIZE, FEATURES = 100, 256, 20
STREAMS = (100_000, 1_000_000, 10_000_000)
ROWS = {"ours": (100_000, 20_000), "krcf": (30_000, 2000), "rrcf": (TREES * SIZE, 20)}
"""How many rows of 20 each learns from and scores."""

Score = Callable[[np.ndarray], np.ndarray]


def _train_ours(batches: Iterator[np.ndarray]) -> Score:
    # What numba has to compile or load is no part of the work: it is told apart, by --child start.
    from fieldstone.algorithms.randomcutforest.forest import build  # noqa: PLC0415
    from fieldstone.algorithms.randomcutforest.sampling import Reservoir, deal  # noqa: PLC0415
    from fieldstone.algorithms.randomcutforest.scoring import score  # noqa: PLC0415

    generator = np.random.default_rng(0)
    first = next(batches)
    reservoir = Reservoir(TREES * SIZE, first.shape[1], generator)
    reservoir.offer(first)
    for batch in batches:
        reservoir.offer(batch)
    forest = build(deal(reservoir.kept()[0], TREES, SIZE), generator)
    return lambda rows: score(forest, rows)


def _train_krcf(batches: Iterator[np.ndarray]) -> Score:
    import krcf  # noqa: PLC0415  # only where it is measured

    first = next(batches)
    options = {"dimensions": first.shape[1], "shingle_size": 1, "num_trees": TREES, "sample_size": SIZE, "lambda": 0.0}
    more = {"output_after": 1, "random_seed": 1, "initial_accept_fraction": 1.0, "parallel_execution_enabled": False}
    forest = krcf.RandomCutForest(options | more)
    for batch in (first, *batches):
        for row in batch:
            forest.update(row)
    return lambda rows: np.array([forest.score(row) for row in rows])


def _train_rrcf(batches: Iterator[np.ndarray]) -> Score:
    # It asks a part of setuptools that is gone what version it has.
    sys.modules["pkg_resources"] = SimpleNamespace(get_distribution=lambda name: SimpleNamespace(version=version(name)))
    import rrcf  # noqa: PLC0415  # the same

    rows = np.concatenate(list(batches)).astype(np.float64)
    chosen = np.random.default_rng(0).permutation(len(rows))[: TREES * SIZE].reshape(TREES, -1)
    trees = [rrcf.RCTree(rows[each], index_labels=range(SIZE)) for each in chosen]

    def displacement(row: np.ndarray) -> float:
        total = 0.0
        for tree in trees:
            tree.insert_point(row, index="asked")
            total += tree.codisp("asked")
            tree.forget_point("asked")
        return total / TREES

    return lambda asked: np.array([displacement(row) for row in asked.astype(np.float64)])


TRAIN = {"ours": _train_ours, "krcf": _train_krcf, "rrcf": _train_rrcf}


def run(pace: Pace) -> None:
    """Measure, turn by turn, and print the tables."""
    measure(__file__, "start")  # compiles, where nobody has yet
    found = {name: [] for name in TRAIN}
    for _ in range(pace.tries):
        for name, tries in found.items():
            tries.append(measure(__file__, name))
    show(
        f"Forests of {TREES} trees of {SIZE} rows, {pace.tries} tries; rows per CPU second, one thread",
        ("", "ours", "krcf", "rrcf", "ours / krcf", "ours / rrcf"),
        [
            _compare(found, "trained", f"training, rows of {FEATURES}"),
            _compare(found, "same", f"training, the same {TREES * SIZE:,} rows"),
            _compare(found, "scored", f"scoring, rows of {FEATURES}"),
            _compare(found, "quality", "area under the ROC curve, shuttle"),
            _compare(found, "megabytes", "memory at most, MB"),
        ],
    )
    streams = {count: measure(__file__, "stream", count) for count in STREAMS}
    cells = [
        (f"{count:,}", *(number(told[what]) for what in ("seconds", "trained", "megabytes")))
        for count, told in streams.items()
    ]
    starts = [measure(__file__, "start")["seconds"] for _ in range(pace.tries)]
    show("Ours, streams", ("rows", "CPU seconds of training", "rows per CPU second", "memory at most, MB"), cells)
    print(f"Importing numba and the compiled code: {spread(starts)} CPU seconds of a process that has NumPy\n")


def _compare(found: dict[str, list[dict[str, float]]], what: str, label: str) -> tuple[str, ...]:
    ours, krcf, rrcf = ([told[what] for told in found[name]] for name in ("ours", "krcf", "rrcf"))
    return (label, *map(spread, (ours, krcf, rrcf, ratios(ours, krcf), ratios(ours, rrcf))))


def _child(name: str, count: int) -> dict[str, float]:
    """Be a process that is measured."""
    began = time.process_time()
    if name == "start":
        from fieldstone.algorithms.randomcutforest import scoring  # noqa: F401, PLC0415  # this is what is measured

        return {"seconds": time.process_time() - began}
    if name == "stream":
        _train_ours(iter([np.zeros((TREES, 1), np.float32)]))
        making: list[float] = []
        began = time.process_time()
        _train_ours(numbers(count, FEATURES, making))
        seconds = time.process_time() - began - sum(making)
        return {"seconds": seconds, "trained": count / seconds, "megabytes": megabytes()}
    train, (learnt, asked) = TRAIN[name], ROWS[name]
    rows = np.concatenate(list(numbers(learnt, FEATURES)))
    train(iter([rows[: TREES * SIZE, :1]]))(rows[:1, :1])  # imports
    began = time.process_time()
    score = train(iter([rows]))
    trained = time.process_time()
    score(rows[:asked])
    scored = time.process_time()
    train(iter([rows[: TREES * SIZE]]))
    same = time.process_time() - scored
    return {
        "trained": learnt / (trained - began),
        "same": TREES * SIZE / same,
        "scored": asked / (scored - trained),
        "megabytes": megabytes(),
        "quality": _quality(train),
    }


def _quality(train: Callable[[Iterator[np.ndarray]], Score]) -> float:
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415  # its memory is no forest's

    with gzip.open(Path(river.__file__).parent / "datasets" / "shuttle.csv.gz", "rt") as file:
        table = np.array(list(csv.reader(file))[1:], dtype=np.float32)
    rows, unusual = np.ascontiguousarray(table[:, :-1]), table[:, -1] > 0
    generator = np.random.default_rng(2)
    asked = np.concatenate([generator.choice(np.flatnonzero(unusual == each), 100, replace=False) for each in (0, 1)])
    return float(roc_auc_score(unusual[asked], train(iter([rows]))(rows[asked])))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(_child(sys.argv[2], int(sys.argv[3]))))
    else:
        run(read_pace(__doc__))
