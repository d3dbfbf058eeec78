"""Linear Learner's search over 32 models, against scikit-learn's logistic regression with 32 penalties.

Both read the same rows from files, on one thread, and choose by the loss on other rows: ours is the program, which
streams RecordIO; scikit-learn is given NumPy's files and keeps the rows in memory. CPU seconds are of processes of
their own, from reading to the choice, without imports; memory is the most that a process had. AUC is taken on rows
that neither has seen. With ten million rows scikit-learn tries every eighth penalty, and eight times that time counts.
"""

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pace
from streams import megabytes
from tables import number, ratios, show, spread

_BATCH = 100_000
_FEATURES = 20
_MODELS = 32
_SIZES = (100_000, 1_000_000, 10_000_000)
_EVERY = {10_000_000: 8}
"""Of how many penalties scikit-learn tries one, where that takes it long."""


def run(pace: pace.Pace) -> None:
    """Print AUC, CPU time and memory of both, and the ratios."""
    cells = []
    for size in _SIZES if pace.tries >= 5 else _SIZES[:1]:
        tries = 1 if size in _EVERY else min(pace.tries, 3)
        with TemporaryDirectory() as folder:
            _write(Path(folder), size)
            found = {name: list[dict[str, float]]() for name in _SEARCHES}
            for _ in range(tries):
                for name, told in found.items():
                    told.append(_measure(name, folder, size))
        ours, theirs = ([told["seconds"] for told in found[name]] for name in _SEARCHES)
        figures = [f"{number(each[0]['megabytes'])}" for each in found.values()]
        areas = [f"{each[0]['auc']:.5f}" for each in found.values()]
        cells.append((f"{size:,}", spread(ours), spread(theirs), spread(ratios(theirs, ours)), *figures, *areas))
    show(
        f"A search over {_MODELS} linear models, rows of {_FEATURES}, one thread",
        ("rows", "ours, CPU s", "scikit-learn, CPU s", "ratio", "ours, MB", "theirs, MB", "ours, AUC", "theirs, AUC"),
        cells,
    )


def _make(rows: int) -> Iterator[tuple[Any, Any]]:
    """Rows and labels, in pieces."""
    draws = np.random.default_rng(0)
    weights, spreads = draws.normal(size=_FEATURES) * 0.7, draws.uniform(0.1, 10, _FEATURES)
    for begin in range(0, rows, _BATCH):
        table = draws.normal(size=(min(_BATCH, rows - begin), _FEATURES))
        labels = draws.random(len(table)) < 1 / (1 + np.exp(2 - table @ weights))
        yield (table * spreads).astype(np.float32), labels.astype(np.float32)


def _write(folder: Path, size: int) -> None:
    """Put rows to learn from, a tenth as many to choose by, and as many that are new into files of both kinds."""
    from fieldstone.algorithms.amazon import records  # noqa: PLC0415  # children that are not ours have no use for it

    counts = {"train": size, "validation": size // 10, "new": size // 10}
    pieces = _make(sum(counts.values()))
    held = next(pieces)
    for name, count in counts.items():
        channel = folder / "input" / "data" / name
        channel.mkdir(parents=True)
        rows = np.lib.format.open_memmap(folder / f"{name}.npy", "w+", np.float32, (count, _FEATURES))
        labels = np.lib.format.open_memmap(folder / f"{name}-labels.npy", "w+", np.float32, (count,))
        with (channel / "part.pbr").open("wb") as file:
            done = 0
            while done < count:
                if not len(held[0]):
                    held = next(pieces)
                taken = tuple(part[: count - done] for part in held)
                held = tuple(part[count - done :] for part in held)
                end = done + len(taken[0])
                rows[done:end], labels[done:end] = taken
                file.write(records.write(taken[0], taken[1][:, None]))
                done = end
    config = folder / "input" / "config"
    config.mkdir()
    asked = {"predictor_type": "binary_classifier", "binary_classifier_model_selection_criteria": "loss_function"}
    (config / "hyperparameters.json").write_text(json.dumps(asked))
    form = {"ContentType": "application/x-recordio-protobuf", "TrainingInputMode": "File"}
    (config / "inputdataconfig.json").write_text(json.dumps(dict.fromkeys(("train", "validation"), form)))


def _ours(folder: Path, _every: int) -> tuple[float, Callable[[Any], Any]]:
    """CPU seconds, and what scores rows."""
    from fieldstone.algorithms.amazon import training  # noqa: PLC0415  # another child's memory is not ours
    from fieldstone.algorithms.linear_learner import model  # noqa: PLC0415
    from fieldstone.algorithms.linear_learner.algorithm import LINEAR_LEARNER  # noqa: PLC0415

    os.environ["SAGEMAKER_BASE_DIR"] = str(folder)
    begun = time.process_time()
    with redirect_stdout(io.StringIO()) as log:
        code = training.train(LINEAR_LEARNER)
    taken = time.process_time() - begun
    assert code == 0, log.getvalue()
    fitted = model.read(folder / "model" / "model_algo-1")
    return taken, lambda rows: fitted.margins(rows)[:, 0]


def _scikit_learn(folder: Path, every: int) -> tuple[float, Callable[[Any], Any]]:
    """The same of the other."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.metrics import log_loss  # noqa: PLC0415
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    begun = time.process_time()
    scaler = StandardScaler(copy=False)
    rows, labels = scaler.fit_transform(np.load(folder / "train.npy")), np.load(folder / "train-labels.npy")
    checks, truth = scaler.transform(np.load(folder / "validation.npy")), np.load(folder / "validation-labels.npy")
    prepared = time.process_time()
    models = [LogisticRegression(C=c).fit(rows, labels) for c in np.logspace(-4, 4, _MODELS)[::every]]
    best = min(models, key=lambda model: log_loss(truth, model.predict_proba(checks)[:, 1]))
    ended = time.process_time()
    return prepared - begun + every * (ended - prepared), lambda rows: best.decision_function(scaler.transform(rows))


_SEARCHES = {"ours": _ours, "scikit-learn": _scikit_learn}


def _measure(name: str, folder: str, size: int) -> dict[str, float]:
    alone = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, __file__, "--child", name, folder, str(size)]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, env=alone).stdout)


def _child(name: str, folder: Path, size: int) -> dict[str, float]:
    """Be a process that is measured."""
    taken, score = _SEARCHES[name](folder, _EVERY.get(size, 1))
    peak = megabytes()
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415  # after the memory was taken

    rows, truth = np.load(folder / "new.npy"), np.load(folder / "new-labels.npy")
    return {"seconds": taken, "megabytes": peak, "auc": float(roc_auc_score(truth, score(rows)))}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(_child(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))))
    else:
        run(pace.read_pace(__doc__))
