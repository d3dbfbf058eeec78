"""Cross-validation: a model for each fold, and predictions for rows that it did not see."""

import numpy as np
import pytest
import xgboost
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import RepeatedStratifiedKFold
from tests.algorithms.xgboost.conftest import make_rows, to_csv


def predictions(folder):
    return np.loadtxt(folder.root / "output/data/predictions.csv", delimiter=",")


def models(folder):
    return {
        file.name: xgboost.Booster(model_file=bytearray(file.read_bytes())) for file in folder.model.parent.iterdir()
    }


def test_each_fold_has_its_model_and_each_row_a_prediction_of_one_that_did_not_see_it(folder, trained_here):
    """Rows of both channels, in their order; the classes are shared out evenly."""
    trained = trained_here(folder, objective="binary:logistic", eval_metric="auc", _kfold="3", num_round="4", seed="5")
    found, made = predictions(folder), models(folder)
    rows = np.concatenate([make_rows(400, seed=1), make_rows(100, seed=2)]).astype(np.float32)
    folds = RepeatedStratifiedKFold(n_splits=3, n_repeats=1, random_state=5).split(rows, rows[:, 0])

    assert trained.code == 0
    assert sorted(made) == ["xgboost-model-0", "xgboost-model-1", "xgboost-model-2"]
    np.testing.assert_array_equal(found[:, 0], rows[:, 0])
    np.testing.assert_array_equal(found[:, 2], found[:, 1] > 0.5)
    for number, (_, unseen) in enumerate(folds):
        expected = made[f"xgboost-model-{number}"].predict(xgboost.DMatrix(rows[unseen, 1:]))
        np.testing.assert_allclose(found[unseen, 1], expected, atol=1e-6)
    assert roc_auc_score(found[:, 0], found[:, 1]) > 0.85


def test_the_log_tells_the_folds_and_the_mean_of_their_metrics(folder, trained_here):
    """In the container's words; the last line is what a tuning job would read."""
    trained = trained_here(
        folder, objective="binary:logistic", eval_metric="auc", _kfold="2", _num_cv_round="2", num_round="3"
    )
    said = [line.partition("INFO] ")[2] for line in trained.log.splitlines()]
    last = [line for line in trained.rounds if line.startswith("[2]")]
    means = [line for line in trained.rounds if line.startswith("[3]")]
    values = [float(line.split("validation-auc:")[1]) for line in last]

    assert "Run 2-round of 2-fold cross validation with 500 rows" in said
    assert [said.count(f"Train cross validation fold {fold}") for fold in (1, 2)] == [2, 2]
    assert "The metrics of round 2 cross validation" in said
    assert "The overall metrics of 2-round cross validation" in said
    assert len(models(folder)) == 4
    assert [float(line.split("validation-auc:")[1]) for line in means] == pytest.approx(
        [np.mean(values[:2]), np.mean(values[2:]), np.mean(values)], abs=2e-5
    )
    assert trained.log.splitlines()[-1] == means[-1]


@pytest.mark.parametrize("objective", ["multi:softprob", "multi:softmax"])
def test_of_several_classes_the_likeliest_is_predicted(empty_folder, objective):
    """With its mean probability over the repeats."""
    rows = make_rows(90, seed=1)
    rows[:, 0] += rows[:, 1] > 0
    empty_folder.write("train", "a.csv", to_csv(rows))
    code = empty_folder.train_here(objective=objective, num_class="3", _kfold="3", _num_cv_round="3", num_round="3")
    found = predictions(empty_folder)

    assert code == 0
    assert set(found[:, 2]) == {0, 1, 2}
    assert (found[:, 0] == found[:, 2]).mean() > 0.7
    assert ((found[:, 1] > 1 / 3) & (found[:, 1] < 1)).all()


def test_a_regression_predicts_values(empty_folder):
    """The mean of the repeats, in one column."""
    rows = make_rows(60, seed=1)
    rows[:, 0] = rows[:, 1] * 3
    empty_folder.write("train", "a.csv", to_csv(rows))
    assert empty_folder.train_here(_kfold="5", _num_cv_round="2") == 0

    found = predictions(empty_folder)
    assert found.shape == (60, 2)
    assert np.corrcoef(found.T)[0, 1] > 0.9


def test_an_interrupted_cross_validation_goes_on_from_each_folds_checkpoint(folder, trained_here):
    """They lie in a folder for each."""
    folder.configure("checkpointconfig", {"LocalPath": "/opt/ml/checkpoints"})
    trained_here(folder, _kfold="2", num_round="2")
    trained = trained_here(folder, _kfold="2", num_round="3")

    assert [line.split("\t")[0] for line in trained.rounds] == ["[2]", "[2]", "[3]"]
    assert sorted(path.name for path in (folder.root / "checkpoints").iterdir()) == ["model-0", "model-1"]
    assert {model.num_boosted_rounds() for model in models(folder).values()} == {3}


def test_rows_in_groups_are_not_dealt_into_folds(empty_folder):
    """A query's rows belong together."""
    empty_folder.write("train", "a", "".join(f"{row % 2} qid:{row // 4} 0:{row}\n" for row in range(12)), "text/libsvm")

    assert empty_folder.train_here(objective="rank:ndcg", _kfold="2") == 1
    assert "does not go with rows that are grouped by qid" in empty_folder.failure.read_text()
