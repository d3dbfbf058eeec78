"""Training as a process: what it leaves behind, what it logs, how it fails."""

import re
import signal

import numpy as np
import pytest
import xgboost

from fieldstone.algorithms.xgboost.__main__ import main


def load(file):
    booster = xgboost.Booster()
    booster.load_model(bytearray(file.read_bytes()))
    return booster


def matrix(file):
    table = np.loadtxt(file, delimiter=",", dtype=np.float32)
    return xgboost.DMatrix(table[:, 1:], label=table[:, 0])


def test_training_leaves_a_model_that_predicts_better_than_chance(folder):
    """The model is `model/xgboost-model`, in XGBoost's open format."""
    trained = folder.train(objective="binary:logistic", eval_metric="auc")
    checks = matrix(folder.root / "input/data/validation/validation.csv")
    right = (load(folder.model).predict(checks) > 0.5) == checks.get_label()

    assert trained.code == 0
    assert not folder.failure.exists()
    assert folder.model.read_bytes()[:2] == b"{L"
    assert right.mean() > 0.8


def test_the_log_begins_before_anything_is_read_and_tells_the_steps(folder):
    """Each line has the container's form."""
    lines = folder.train(objective="binary:logistic").log.splitlines()

    assert all(re.match(r"\[\d{4}-\d\d-\d\d:\d\d:\d\d:\d\d:INFO\] |\[\d+\]\t", line) for line in lines)
    assert lines[0].endswith("INFO] Running XGBoost Sagemaker in algorithm mode")
    assert any(line.endswith("Train matrix has 400 rows and 5 columns") for line in lines)
    assert any(line.endswith("Validation matrix has 100 rows") for line in lines)


def test_each_round_is_logged_with_its_metrics(folder):
    """A tab before each metric, the training data first, five decimals."""
    trained = folder.train(objective="binary:logistic", eval_metric="auc,error", num_round="3")
    number = r"\d\.\d{5}"

    assert len(trained.rounds) == 3
    assert re.fullmatch(
        rf"\[2\]\ttrain-auc:{number}\ttrain-error:{number}\tvalidation-auc:{number}\tvalidation-error:{number}",
        trained.rounds[2],
    )


@pytest.mark.parametrize(
    ("tag", "defaults"),
    [
        ("1.7-1", {"tree_method": "exact", "base_score": 0.5}),
        ("1.0-1-cpu-py3", {"tree_method": "exact", "base_score": 0.5}),
        ("3.0-5", {}),
    ],
)
def test_the_model_equals_what_xgboost_makes_with_the_versions_defaults(folder, tag, defaults):
    """Older images grow exact trees from 0.5; newer ones leave both to XGBoost."""
    folder.train(tag, objective="binary:logistic", max_depth="3", eta="0.2", subsample="0.8")
    data = matrix(folder.root / "input/data/train/train.csv")
    parameters = {
        "objective": "binary:logistic",
        "max_depth": 3,
        "eta": 0.2,
        "subsample": 0.8,
        "nthread": 1,
        **defaults,
    }
    bare = xgboost.train(parameters, data, 10)

    np.testing.assert_array_equal(load(folder.model).predict(data), bare.predict(data))


def test_old_images_report_the_error_where_new_ones_report_the_loss(folder):
    """The default metric of a classification changed with XGBoost 1.3."""
    assert "train-error:" in folder.train("1.2-1", objective="binary:logistic").rounds[0]
    assert "train-logloss:" in folder.train("1.3-1", objective="binary:logistic").rounds[0]


def test_names_that_xgboost_has_dropped_are_translated_or_left_out(folder):
    """A notebook of 2018 runs; what has no effect any more is said once."""
    trained = folder.train("latest", objective="reg:linear", silent="0", sketch_eps="0.03", tree_method="gpu_hist")

    assert trained.code == 0
    assert "WARNING] Hyperparameter sketch_eps has no effect" in trained.log
    assert "is run as hist on the CPU" in trained.log
    assert "reg:linear is now deprecated" not in trained.log


def test_several_files_and_folders_are_one_channel(empty_folder):
    """Files of folders down to the third level count; names with an underscore do not; too deep is said."""
    for name in ("a.csv", "b/b.csv", "b/c/c.csv", "_SUCCESS", "b/c/d/d.csv"):
        empty_folder.write("train", name, "1,2,3\n0,3,4\n")
    trained = empty_folder.train()

    assert "Train matrix has 6 rows and 2 columns" in trained.log
    assert "exceed the limit 3" in trained.log


def test_libsvm_is_read_and_is_the_default(empty_folder):
    """Weights behind the label, indices from 0, comments: what is not given is missing."""
    empty_folder.write("train", "a", "1:2 0:0.5 3:1 # first\n0:1 1:2\n\n" * 20)
    del empty_folder.channels["train"]["ContentType"]
    trained = empty_folder.train(min_child_weight="0")

    assert "Train matrix has 40 rows and 4 columns" in trained.log
    assert trained.last("train-rmse") < 0.5


def test_queries_group_the_rows_of_a_ranking(empty_folder):
    """`qid` in libsvm is what a ranking objective needs."""
    lines = [f"{row % 3} qid:{row // 6} 0:{row % 3} 1:{row % 5}\n" for row in range(60)]
    empty_folder.write("train", "a", "".join(lines), "text/libsvm")
    trained = empty_folder.train(objective="rank:ndcg", eval_metric="ndcg@3")

    assert trained.last("train-ndcg@3") > 0.9


def test_weights_of_a_csv_stand_in_its_second_column(empty_folder):
    """A row of weight 3 counts as three rows do."""
    empty_folder.write("train", "a.csv", "1,3,0\n0,1,0\n")
    trained = empty_folder.train(csv_weights="1", num_round="1", eta="0", base_score="0.5")
    three_rows = empty_folder
    three_rows.write("train", "a.csv", "1,0\n1,0\n1,0\n0,0\n")

    assert "2 rows and 1 columns" in trained.log
    assert trained.last("train-rmse") == three_rows.train(num_round="1", eta="0", base_score="0.5").last("train-rmse")


def test_an_empty_field_is_a_missing_value(empty_folder):
    """Missing is not zero: a tree can tell them apart."""
    empty_folder.write("train", "a.csv", "1,,5\n0,0,5\n" * 50)
    trained = empty_folder.train(base_score="0.5", eta="1", **{"lambda": "0"})

    assert trained.last("train-rmse") < 0.01


def test_early_stopping_keeps_the_best_round(folder):
    """The metric that decides is the last of eval_metric; the rounds after the best are not in the model."""
    trained = folder.train(
        objective="binary:logistic", num_round="200", eta="0.5", eval_metric="error,logloss", early_stopping_rounds="5"
    )
    losses = [float(line.rsplit(":", 1)[1]) for line in trained.rounds]

    assert len(losses) < 200
    assert load(folder.model).num_boosted_rounds() == int(np.argmin(losses)) + 1 == len(losses) - 5


def test_nothing_stops_early_without_a_metric(folder):
    """As in the container: early_stopping_rounds alone changes nothing."""
    trained = folder.train(objective="binary:logistic", num_round="60", eta="1", early_stopping_rounds="2")

    assert len(trained.rounds) == 60


def test_a_tuning_objective_is_computed_and_decides_when_to_stop(folder):
    """Even when it is one of the container's own metrics, of which more is better."""
    trained = folder.train(
        objective="binary:logistic",
        num_round="200",
        early_stopping_rounds="3",
        _tuning_objective_metric="validation:f1",
    )
    values = [float(line.rsplit("\tvalidation-f1:", 1)[1]) for line in trained.rounds]

    assert len(values) < 200
    assert int(np.argmax(values)) == len(values) - 4


def test_an_interrupted_training_goes_on_from_its_checkpoint(folder):
    """Five checkpoints are kept; the second run has only the rest of the rounds to do, and counts on."""
    folder.configure("checkpointconfig", {"LocalPath": "/opt/ml/checkpoints"})
    checkpoints = folder.root / "checkpoints"
    folder.train(num_round="7")
    assert sorted(file.name for file in checkpoints.iterdir()) == [f"xgboost-checkpoint.{n}" for n in range(2, 7)]

    trained = folder.train(num_round="9")
    assert [line.split("\t")[0] for line in trained.rounds] == ["[7]", "[8]"]
    assert load(folder.model).num_boosted_rounds() == 9


def test_a_damaged_checkpoint_is_passed_over(folder):
    """The newest that can be read is taken."""
    folder.configure("checkpointconfig", {"LocalPath": "/opt/ml/checkpoints"})
    folder.train(num_round="3")
    (folder.root / "checkpoints" / "xgboost-checkpoint.8").write_bytes(b"half a mod")

    assert folder.train(num_round="5").rounds[0].startswith("[3]")


def test_a_stopped_training_leaves_the_model_of_its_last_round_if_asked_to(folder):
    """SIGTERM then is a good end: exit code 0, and a model to use."""
    with folder.start(num_round="100000", save_model_on_termination="true") as process:
        while not process.stdout.readline().startswith("[5]"):
            pass
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)

    assert process.returncode == 0
    assert load(folder.model).num_boosted_rounds() >= 5
    assert [file.name for file in folder.model.parent.iterdir()] == ["xgboost-model"]


def test_every_booster_can_be_trained(folder):
    """Linear models and dropout as well as trees, on old images too."""
    assert folder.train("1.5-1", booster="gblinear", updater="coord_descent").code == 0
    assert folder.train("1.5-1", booster="dart", rate_drop="0.1").code == 0


@pytest.mark.parametrize(
    ("hyperparameters", "reason"),
    [
        ({"colour": "red"}, "Extraneous hyperparameter found: colour"),
        ({"objective": "multi:softmax", "num_class": "2"}, "label must be in [0, num_class)"),
        ({"objective": "binary:logistic"}, "label must be in [0,1] for logistic regression"),
        ({"objective": "count:poisson", "eval_metric": "f1_binary"}, "Target is multiclass but average='binary'"),
        (
            {"_kfold": "4"},
            "Cross validation: Cannot have number of splits n_splits=4 greater than the number of samples",
        ),
        ({"use_dask_gpu_training": "true"}, "Dask GPU training is not supported"),
    ],
)
def test_a_users_mistake_is_the_failure_reason(empty_folder, trained_here, hyperparameters, reason):
    """In plain words, without the stack of any library."""
    empty_folder.write("train", "a.csv", "0,1\n1,2\n2,3\n")
    trained = trained_here(empty_folder, **hyperparameters)

    assert trained.code == 1
    assert reason in empty_folder.failure.read_text()
    assert "Stack trace" not in empty_folder.failure.read_text()
    assert "Traceback" not in trained.errors


def test_hosts_without_addresses_are_named(folder):
    """Rather than each training on its own part of the data."""
    folder.configure("resourceconfig", {"current_host": "algo-2", "hosts": ["algo-1", "algo-2"]})

    assert folder.train().code == 1
    assert folder.failure.read_text().startswith("The hosts of the job cannot find each other: algo-1 has no address")


def test_an_unknown_command_is_explained():
    """The exit code says that nothing was run."""
    assert main(["--image-version", "1.7-1", "dance"]) == 2
