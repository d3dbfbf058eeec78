"""What training XGBoost costs in our program: from a folder of the contract to a model, against a script of one's own.

Ours is the process that a job runs, `python -m fieldstone.algorithms.xgboost … train`, without the server; the peer is
`bare_boosting.py`, which reads the same files by pandas or by PyArrow. Both have the same rounds and threads, and are
timed as whole processes, with the interpreter's start. The trees must be the same.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import xgboost
from machine import load
from pace import Pace, read_pace
from pyarrow import csv, parquet
from tables import number, show

_BARE = Path(__file__).with_name("bare_boosting.py")
_THREADS = str(min(2, len(os.sched_getaffinity(0))))
_FORMATS = {"csv": "text/csv", "parquet": "application/x-parquet"}
HYPERPARAMETERS = {
    "objective": "binary:logistic",
    "max_depth": "6",
    "eta": "0.2",
    "eval_metric": "logloss",
    "num_round": "50",
}


@dataclass(frozen=True, slots=True)
class Case:
    """A table to train on: rows, features and rounds of boosting."""

    rows: int
    features: int
    rounds: int = 50


class Cost(NamedTuple):
    """What a process took: seconds on the clock, of CPU time, and megabytes at its largest."""

    wall: float
    cpu: float
    memory: float


_CASES = (Case(100_000, 20), Case(1_000_000, 20), Case(10_000_000, 5, 10))


def run(pace: Pace) -> None:
    """Measure, and print the table."""
    cases, tries = (_CASES, min(pace.tries, 3)) if pace.tries >= 5 else (_CASES[:1], 1)
    rows = [_measure(case, form, tries) for case in cases for form in _FORMATS]
    title = f"Training in our program, {_THREADS} threads; ours / by PyArrow / by pandas; {load()}"
    header = ("table", "CPU s", "ratio to PyArrow", "ratio to pandas", "peak MB", "clock s", "validation logloss")
    show(title, header, rows)


def _measure(case: Case, form: str, tries: int) -> tuple[str, ...]:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        files = _write(folder, case, form)
        options = HYPERPARAMETERS | {"num_round": str(case.rounds)}
        costs: dict[str, list[Cost]] = {"ours": [], "pyarrow": [], "pandas": []}
        models = {who: folder / f"{who}.ubj" for who in ("pyarrow", "pandas")}
        models["ours"] = folder / "model" / "xgboost-model"
        losses: dict[str, str] = {}
        for _ in range(tries):
            for who, seen in costs.items():
                command = _ours() if who == "ours" else _bare(who, files, models[who], options)
                _lay_out(folder, options, form)
                cost, losses[who] = _run(command, folder)
                seen.append(cost)
        dumps = {
            who: xgboost.Booster(model_file=bytearray(model.read_bytes())).get_dump() for who, model in models.items()
        }
        assert dumps["ours"] == dumps["pyarrow"], "the trees differ"
        assert losses["ours"] == losses["pyarrow"], losses
    least = {who: min(seen, key=lambda cost: cost.cpu) for who, seen in costs.items()}
    cpu = {who: cost.cpu for who, cost in least.items()}
    return (
        f"{case.rows:,} x {case.features}, {case.rounds} rounds, {form}",
        _side_by_side(list(cpu.values())),
        number(cpu["ours"] / cpu["pyarrow"]),
        number(cpu["ours"] / cpu["pandas"]),
        _side_by_side([cost.memory for cost in least.values()]),
        _side_by_side([min(cost.wall for cost in seen) for seen in costs.values()]),
        f"{losses['ours']}, {'the same' if losses['pandas'] == losses['ours'] else losses['pandas']}",
    )


def _side_by_side(values: Sequence[float]) -> str:
    return " / ".join(map(number, values))


def _write(folder: Path, case: Case, form: str) -> list[Path]:
    """The table in files by channel, where a job finds them."""
    draw = np.random.default_rng(7)
    paths = []
    for channel, rows in (("train", case.rows), ("validation", case.rows // 10)):
        features = draw.normal(size=(rows, case.features)).astype(np.float32).round(3)
        labels = (features[:, :3].sum(axis=1) + draw.normal(size=rows) > 0).astype(np.float32)
        table = pa.table([labels, *features.T.copy()], [f"c{place}" for place in range(case.features + 1)])
        path = folder / "input" / "data" / channel / f"part.{form}"
        path.parent.mkdir(parents=True)
        if form == "csv":
            csv.write_csv(table, path, csv.WriteOptions(include_header=False))
        else:
            parquet.write_table(table, path)
        paths.append(path)
    return paths


def _lay_out(folder: Path, options: dict[str, str], form: str) -> None:
    config = folder / "input" / "config"
    config.mkdir(exist_ok=True)
    channel = {"ContentType": _FORMATS[form], "TrainingInputMode": "File"}
    (config / "hyperparameters.json").write_text(json.dumps(options | {"nthread": _THREADS}))
    (config / "inputdataconfig.json").write_text(json.dumps({"train": channel, "validation": channel}))


def _ours() -> list[str]:
    return [sys.executable, "-m", "fieldstone.algorithms.xgboost", "--image-version", "3.0-5", "train"]


def _bare(reader: str, files: list[Path], model: Path, options: dict[str, str]) -> list[str]:
    return [sys.executable, str(_BARE), reader, *map(str, files), str(model), _THREADS, json.dumps(options)]


def _run(command: list[str], folder: Path) -> tuple[Cost, str]:
    """What a process took, and the validation loss that it ended with."""
    variables = {"SAGEMAKER_BASE_DIR": str(folder), "OMP_NUM_THREADS": _THREADS, "OMP_WAIT_POLICY": "PASSIVE"}
    log = folder / "log"
    began = time.perf_counter()
    with log.open("w") as out:
        process = subprocess.Popen(command, env=os.environ | variables, stdout=out)
        _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, log.read_text()
    last = [line for line in log.read_text().splitlines() if "validation-logloss" in line][-1]
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024), last.rpartition(":")[2]


if __name__ == "__main__":
    run(read_pace(__doc__))
