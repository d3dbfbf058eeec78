"""Cases to choose for, whose truth is known."""

import importlib.util
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from fieldstone.framing.cases import Cases, Column
from fieldstone.framing.problem import Costs, Problem

ROOT = Path(__file__).parents[3]


OFFER = Costs(true_positive=-50, false_positive=-50, false_negative=-500)


def asked(**blocks):
    return Problem(question="Who will leave?", **blocks)


def made_cases(n=2000, seed=0):
    """Customers whose chance of leaving is known; one column tells of it, one does not, one is words."""
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(-2, 1.5, n)
    truth = 1 / (1 + np.exp(-log_odds))
    silent = (log_odds + rng.normal(size=n)).astype(np.float32)
    noise, plan = rng.normal(size=n).astype(np.float32), rng.integers(0, 2, n)
    table = pa.table(
        {
            "silent": silent.astype(float),
            "noise": noise.astype(float),
            "plan": np.array(["big", "small"])[plan],
            "spend": rng.lognormal(6, 0.5, n),
        }
    )
    columns = (
        Column("silent", "number", 0.0, n),
        Column("noise", "number", 0.0, n),
        Column("plan", "category", 0.0, 2, ("big", "small")),
    )
    features = np.column_stack([silent, noise, plan.astype(np.float32)])
    target = (rng.random(n) < truth).astype(float)
    return truth, Cases(table, columns, features, target=target, classes=("stayed", "left"))


def load_benchmark():
    spec = importlib.util.spec_from_file_location("framing_choice", ROOT / "benchmarks" / "framing_choice.py")
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    import sys  # noqa: PLC0415  only to let dataclasses find their module

    sys.modules["framing_choice"] = module
    spec.loader.exec_module(module)
    return module


def made_orders(n=2000, seed=0):
    """Numbers with a model's answers, whose errors are known: the truth is up to twice the answer, skewed."""
    rng = np.random.default_rng(seed)
    answers = rng.uniform(20, 200, n)
    truth = answers * rng.gamma(4, 0.25, n)
    features = answers[:, None].astype(np.float32)
    table = pa.table({"last_week": answers + rng.normal(0, 60, n), "margin": rng.uniform(1, 5, n), "sold": truth})
    return answers, Cases(table, (Column("answer", "number", 0.0, n),), features, target=truth)


STOCK = Costs(per_unit_over=-1, per_unit_under=-3, currency="EUR")


def made_series(n=1400, seed=0):
    """Days with a week's rhythm, and noise."""
    rng = np.random.default_rng(seed)
    days = np.arange(n)
    truth = 100 + 30 * np.sin(2 * np.pi * days / 7) + rng.normal(0, 5, n)
    time = np.datetime64("2022-01-01", "us") + days.astype("timedelta64[D]")
    table = pa.table({"day": pa.array(time), "sold": truth})
    return truth, Cases(table, (), np.empty((n, 0), np.float32), target=truth, time=time, periods=86_400.0)
