"""Small tables with a known truth."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest

from fieldstone.framing.cases import Cases, Column


def cases_of(
    features, target=None, *, names: Sequence[str] = (), kinds=None, levels=None, classes=("no", "yes"), **more
):
    """Make cases of a matrix: named x0, x1, ... numbers unless told otherwise."""
    matrix = np.asarray(features, dtype=np.float32)
    names = list(names) or [f"x{place}" for place in range(matrix.shape[1])]
    kinds, levels = kinds or {}, levels or {}
    columns = tuple(
        Column(
            name,
            kinds.get(name, "number"),
            float(np.isnan(matrix[:, place]).mean()),
            len(np.unique(matrix[:, place])),
            levels.get(name, ()),
        )
        for place, name in enumerate(names)
    )
    table = {
        name: _values(matrix[:, place], kinds.get(name, "number"), levels.get(name, ()))
        for place, name in enumerate(names)
    }
    outcome = None if target is None else np.asarray(target, dtype=np.float64)
    if outcome is not None and outcome.ndim == 1 and "outcome" not in table:
        table["outcome"] = pa.array(outcome)
    table.update(more.pop("extra", {}))
    return Cases(pa.table(table), columns, matrix, target=outcome, classes=tuple(classes), **more)


def _values(values, kind, levels):
    if kind == "category":
        return pa.array([None if np.isnan(v) else levels[int(v)] for v in values])
    if kind == "boolean":
        return pa.array([None if np.isnan(v) else bool(v) for v in values])
    return pa.array(values, mask=np.isnan(values))


@pytest.fixture
def make_cases():
    return cases_of


@pytest.fixture
def rng():
    return np.random.default_rng(7)
