"""Tables of simulated tests."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

MakeTable = Callable[..., pa.Table]


@pytest.fixture
def make_table() -> MakeTable:
    """A test of two even arms: ``stayed`` (yes, no), ``spend``, ``visits``, ``before``; with the effects asked for."""

    def make(cases: int = 4_000, *, stay: float = 0.0, spend: float = 0.0, seed: int = 12) -> pa.Table:
        rng = np.random.default_rng(seed)
        treated = np.arange(cases) % 2 == 1
        before = rng.normal(40, 10, cases)
        stayed = rng.random(cases) < 0.8 + stay * treated
        return pa.table(
            {
                "customer": [f"c{number}" for number in range(cases)],
                "arm": np.where(treated, "treatment", "control"),
                "stayed": np.where(stayed, "yes", "no"),
                "spend": 0.8 * before + rng.normal(10, 6, cases) + spend * treated,
                "visits": rng.poisson(3, cases) + 1,
                "before": before,
                "refund": (rng.random(cases) < 0.03).astype(int),
            }
        )

    return make
