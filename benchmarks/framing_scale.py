"""A million rows framed, from the file to the page: how long it takes, and how much memory.

Each table goes through ``fieldstone frame`` in a process of its own. The peer is the least that anybody would do with
the same file by hand: read it with PyArrow, and cross-validate XGBoost in five folds over all rows.

    python benchmarks/framing_scale.py [--rows 1000000]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import machine
import numpy as np
import pyarrow as pa
import tables
from pyarrow import csv, parquet

FAMILIES = {
    "yes and no, with costs, time and capacity": {
        "target": {"column": "outcome", "positive": "yes"},
        "data": {"path": "cases.csv", "id": "case_id", "time": "opened"},
        "costs": {"true_positive": 450, "false_positive": -50, "false_negative": -500},
        "constraints": {"capacity": 100},
        "baseline": {"rule": "x1 > 1"},
    },
    "a number": {
        "target": {"column": "amount"},
        "data": {"path": "cases.csv", "id": "case_id", "ignore": ["outcome"]},
        "costs": {"per_unit_error": -0.5},
    },
    "segments": {"target": {"kind": "segments"}, "data": {"path": "cases.csv", "id": "case_id", "ignore": ["outcome"]}},
}


def generate(rows: int, folder: Path, seed: int = 1) -> None:
    """Twenty columns of every sort, of which a handful tell the outcome."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(14, rows))
    numbers[9:, :] = np.exp(numbers[9:, :])
    region, channel, plan = rng.integers(0, [[30], [6], [3]], (3, rows))
    odds = numbers[1] + 0.8 * numbers[2] * (region < 10) - 0.6 * numbers[3] + 0.4 * (plan == 2) - 2
    empty = rng.random((4, rows)) < 0.05
    opened = np.datetime64("2024-01-01", "s") + (rng.random(rows) * 700 * 86400).astype(np.int64)
    table = {"case_id": np.arange(rows), "opened": opened}
    for place, values in enumerate(numbers):
        table[f"x{place}"] = pa.array(values.round(4), mask=empty[place] if place < len(empty) else None)
    for name, codes in (("region", region), ("channel", channel), ("plan", plan)):
        table[name] = pa.array([f"{name} {code}" for code in range(30)]).take(pa.array(codes))
    table["member"] = rng.random(rows) < 0.4
    table["amount"] = np.exp(0.3 * numbers[4] + 0.5 * numbers[5] + rng.normal(3, 0.5, rows)).round(2)
    table["outcome"] = np.where(rng.random(rows) < 1 / (1 + np.exp(-odds)), "yes", "no")
    csv.write_csv(pa.table(table), folder / "cases.csv")
    parquet.write_table(pa.table(table), folder / "cases.parquet")


def measure(command: list[str], folder: Path) -> tuple[float, float]:
    """Run a command; its seconds, and the most memory it held, in GiB."""
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{' '.join(command)} failed")
    return time.perf_counter() - began, used.ru_maxrss / 2**20


def by_hand(family: str) -> None:
    """What one would do at least; run in a process of its own."""
    import xgboost  # noqa: PLC0415 - only this process needs it
    from sklearn.model_selection import KFold  # noqa: PLC0415 - the same

    target = FAMILIES[family]["target"].get("column")
    table = csv.read_csv("cases.csv")
    answers = np.asarray(table[target].to_numpy())
    answers = (answers == "yes").astype(float) if target == "outcome" else answers
    features = [name for name in table.column_names if name not in {"case_id", "opened", "amount", "outcome"}]
    encoded = [
        column.dictionary_encode().combine_chunks().indices if pa.types.is_string(column.type) else column
        for column in map(table.column, features)
    ]
    matrix = np.column_stack([np.asarray(column.to_numpy(zero_copy_only=False), np.float32) for column in encoded])
    objective = "binary:logistic" if target == "outcome" else "reg:squarederror"
    for train, test in KFold(5, shuffle=True, random_state=0).split(matrix):
        learnt = xgboost.train(
            {"objective": objective, "nthread": 2}, xgboost.DMatrix(matrix[train], answers[train]), 100
        )
        learnt.predict(xgboost.DMatrix(matrix[test]))


def main() -> None:
    """Frame each family and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--by-hand", metavar="FAMILY", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.by_hand:
        by_hand(arguments.by_hand)
        return
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine.load()}\n{machine.describe()}")
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        generate(arguments.rows, folder)
        for family, blocks in FAMILIES.items():
            problem = {"question": "What will become of each case?", "decision": {"action": "call", "timing": "daily"}}
            (folder / "problem.yaml").write_text(json.dumps(problem | blocks))
            seconds, memory = measure([sys.executable, "-m", "fieldstone", "frame", "problem.yaml"], folder)
            line = (family, f"{seconds:.1f} s, {memory:.2f} GiB")
            if "column" in blocks["target"]:
                script = str(Path(__file__).resolve())
                theirs, held = measure([sys.executable, script, "--by-hand", family], folder)
                line += (f"{theirs:.1f} s, {held:.2f} GiB", f"{seconds / theirs:.2f}")
            rows.append((*line, *("",) * (4 - len(line))))
    tables.show(f"{arguments.rows:,} rows, 20 columns", ("question", "framed", "five folds by hand", "ratio"), rows)


if __name__ == "__main__":
    main()
