"""Whatever the table and whatever is asked of it: a report, or words that say what to put right; never a traceback."""

from collections.abc import Callable
from contextlib import suppress

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from fieldstone.framing.frame import frame
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Constraints, Costs, Data, Problem, Target
from fieldstone.framing.report.page import render, to_json

SIZES = (1, 2, 5, 19, 20, 21, 60, 200)
NAMES = ("x", "y z", "lat", "lon", "Ünï", "a'b", 'q"t', "select", "time", "value")
KINDS = (None, None, None, "binary", "multiclass", "ordinal", "value", "count", "time series", "remaining life",
         "segments", "anomalies", "patterns", "geographic clusters", "recommendation", "control")  # fmt: skip
QUESTIONS = ("Which will churn?", "How many?", "What segments exist?", "Is it suspicious?", "How satisfied are they?")
COLUMNS: tuple[Callable[[np.random.Generator, int], object], ...] = (
    lambda rng, n: rng.normal(size=n),
    lambda rng, n: rng.integers(0, 5, n),
    lambda rng, n: rng.integers(0, 2**62, n),
    lambda rng, n: np.full(n, 3.0),
    lambda rng, n: pa.nulls(n, pa.float64()),
    lambda rng, n: np.where(rng.random(n) < 0.1, np.inf, rng.normal(size=n)),
    lambda rng, n: np.where(rng.random(n) < 0.5, np.nan, rng.normal(size=n)),
    lambda rng, n: np.exp(rng.normal(0, 8, n)),
    lambda rng, n: rng.random(n) < 0.5,
    lambda rng, n: pa.array(rng.choice(["a", "b", "c d", "é"], n)),
    lambda rng, n: pa.array(rng.choice(["yes", "no", ""], n)),
    lambda rng, n: pa.array([f"name {place}" for place in range(n)]),
    lambda rng, n: pa.array(rng.choice(["2024-01-01", "2024-02-30x", "2024-03-01"], n)),
    lambda rng, n: np.datetime64("2024-01-01", "us") + rng.integers(0, 10**14, n).astype("timedelta64[us]"),
)


def asked(rng: np.random.Generator, columns: list[str]) -> Problem:
    """A problem drawn at random, mostly one that makes no sense."""

    def perhaps(share: float) -> dict[str, str]:
        return {"column": str(rng.choice(columns))} if rng.random() < share else {}

    kind = KINDS[rng.integers(len(KINDS))]
    data = Data(path="c.parquet", **{key: column for key in ("time", "id") for column in perhaps(0.3).values()})
    return Problem(
        question=str(rng.choice(QUESTIONS)),
        data=data,
        target=Target(**perhaps(0.8), **({"kind": kind} if kind else {})),
        costs=(Costs(), Costs(false_positive=-5, false_negative=-20), Costs(per_unit_error=-1))[rng.integers(3)],
        constraints=(Constraints(), Constraints(capacity=50), Constraints(interpretability="full"))[rng.integers(3)],
    )


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 6))])
def test_any_table_gets_a_report_or_words(seed, tmp_path):
    """Forty tables and problems a seed; warnings are errors here."""
    rng = np.random.default_rng(seed)
    for _ in range(40):
        size = int(rng.choice(SIZES))
        names = [NAMES[place] for place in rng.permutation(len(NAMES))[: rng.integers(1, 6)]]
        table = pa.table({name: COLUMNS[rng.integers(len(COLUMNS))](rng, size) for name in names})
        parquet.write_table(table, tmp_path / "c.parquet")
        with suppress(ProblemError):
            report = frame(asked(rng, names), tmp_path)
            assert render(report)
            assert to_json(report)
