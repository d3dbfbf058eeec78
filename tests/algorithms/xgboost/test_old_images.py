"""The images of older versions train as they did: held against those versions of XGBoost, on the same table."""

import json
from pathlib import Path

import pytest
from tests.algorithms.xgboost.conftest import Folder, to_csv
from tests.algorithms.xgboost.old_models.churn import PARAMETERS, ROUNDS, prepare

RECORDED = json.loads((Path(__file__).parent / "old_models" / "recorded.json").read_text())
"""What each version came to after the last round, on 2026-11-28."""
IMAGES = {"0.90-2": "0.90", "1.0-1": "1.0.2", "1.2-2": "1.2.1", "1.3-1": "1.3.3", "1.5-1": "1.5.2", "1.7-1": "1.7.6"}


@pytest.fixture(scope="module")
def churn(tmp_path_factory):
    """A folder with the churn table."""
    folder = Folder(tmp_path_factory.mktemp("churn"))
    for channel, table in zip(("train", "validation"), prepare(), strict=True):
        folder.write(channel, "churn.csv", to_csv(table))
    return folder


def train(folder, tag, **changes):
    options = {name: str(value) for name, value in (PARAMETERS | changes).items()}
    return folder.train(tag, **options, num_round=str(ROUNDS), eval_metric="error,logloss")


@pytest.mark.parametrize(
    "tag", [pytest.param(tag, marks=[] if tag in {"0.90-2", "1.7-1"} else pytest.mark.slow) for tag in IMAGES]
)
def test_churn_comes_to_what_the_version_came_to(churn, tag):
    """Error and loss, of training and validation, after 100 rounds; no rows are drawn by lot."""
    trained = train(churn, tag, subsample=1)

    for metric, value in RECORDED[IMAGES[tag]]["whole"].items():
        assert trained.last(metric) == pytest.approx(value, abs=2e-5), metric


@pytest.mark.slow
def test_where_rows_are_drawn_by_lot_old_images_still_fit_closer_than_new_ones(churn):
    """The notebook's own parameters: other rows are drawn than were then, so the numbers are near, not the same."""
    old, new = train(churn, "1.7-1"), train(churn, "3.0-5")
    recorded = RECORDED["1.7.6"]["notebook"]

    assert old.last("train-error") == pytest.approx(recorded["train-error"], abs=0.005)
    assert old.last("train-logloss") == pytest.approx(recorded["train-logloss"], abs=0.005)
    assert old.last("train-logloss") < new.last("train-logloss") - 0.01
    assert old.last("validation-error") == pytest.approx(recorded["validation-error"], abs=0.01)
