"""The same batch without a platform, in a process of its own: read payloads of lines, predict each, write the scores.

    python bare_transform.py MODEL INPUT OUTPUT THREADS

The last line it prints is the seconds it took without the interpreter's start, the imports and the model's loading.
"""

import sys
import time

sys.modules |= dict.fromkeys(("pandas", "sklearn"))  # else XGBoost imports them where it can, and starts later

from collections.abc import Iterator  # noqa: E402  # the line above comes first
from pathlib import Path  # noqa: E402  # the same

import numpy as np  # noqa: E402  # the same
import pyarrow as pa  # noqa: E402  # the same
import xgboost  # noqa: E402  # the same
from pyarrow import csv  # noqa: E402  # the same
from tabular import FEATURES  # noqa: E402  # the same

PAYLOAD = 6 << 20
"""Bytes: what a payload may have unless a job says otherwise."""


def payloads(path: Path) -> Iterator[bytes]:
    """Whole lines, as many as fit."""
    with path.open("rb") as file:
        rest = b""
        while block := rest + file.read(PAYLOAD - len(rest)):
            end = block.rfind(b"\n") + 1
            yield block[:end]
            rest = block[end:]


def read(payload: bytes) -> np.ndarray:
    """The rows of a payload."""
    names = [str(column) for column in range(FEATURES)]
    types = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.float64()))
    table = csv.read_csv(pa.BufferReader(payload), csv.ReadOptions(column_names=names), convert_options=types)
    numbers = np.empty((table.num_rows, table.num_columns), np.float32)
    for index, column in enumerate(table.columns):
        numbers[:, index] = column.to_numpy()
    return numbers


def main(model: str, given: str, scored: str, threads: str) -> None:
    """Score one file."""
    booster = xgboost.Booster({"nthread": int(threads)}, model_file=model)
    began = time.perf_counter()
    with Path(scored).open("w") as output:
        for payload in payloads(Path(given)):
            scores = booster.inplace_predict(read(payload), validate_features=False)
            output.write("".join(f"{score}\n" for score in scores.tolist()))
    print(time.perf_counter() - began)


if __name__ == "__main__":
    main(*sys.argv[1:])
