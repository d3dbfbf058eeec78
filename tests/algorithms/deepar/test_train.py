"""Training as a process: without PyTorch a reason, with it log, model, scores, hosts, and its end when stopped."""

import itertools
import json
import os
import re
import signal
import time
import tomllib
from importlib.resources import files
from importlib.util import find_spec

import numpy as np
import pytest
from tests.algorithms.deepar.conftest import TorchFolder, make_series, to_lines

NETWORKS = itertools.count()
PARAMETERS, CONFIG = "model_algo-1-0000.params", "model_algo-1-config.json"


def scores(log):
    return {name: float(value) for name, value in re.findall(r"#test_score \(\S+, (\S+)\): (\S+)", log)}


def loss_of(targets, seasons=1, ahead=12):
    """The weighted quantile loss of saying what was a day ago."""
    came, before = targets[:, -ahead:], targets[:, -24 * seasons : len(targets[0]) - 24 * seasons + ahead]
    return np.abs(came - before).sum() / np.abs(came).sum()


@pytest.mark.skipif(find_spec("torch") is not None, reason="PyTorch is installed here")
def test_without_pytorch_a_job_ends_with_what_to_type(folder):
    """And so does a model server."""
    folder.write("train", "a.json", to_lines(make_series()))
    code, log, errors = folder.train()
    reason = (
        "this image needs PyTorch, and PyTorch is not installed in Fieldstone's environment: "
        "pip install 'fieldstone[torch]'"
    )

    assert code == 2
    assert folder.failure.read_text() == f"ClientError: {reason}"
    assert f"Customer Error: {reason}" in log
    assert "Traceback" not in errors


def test_the_log_has_awss_lines_and_the_manifest_finds_its_metrics(torch_folder):
    """Those that people and their expressions look for; the tabs are #011 in CloudWatch."""
    code, log, errors = torch_folder.train(epochs="3", early_stopping_patience="3")
    shown = log.replace("\t", "#011")
    manifest = tomllib.loads((files("fieldstone.algorithms.deepar") / "algorithm.toml").read_text())
    metrics = {metric["name"]: re.findall(metric["regex"], shown) for metric in manifest["metrics"]}
    losses = [float(loss) for loss in metrics["train:loss"]]

    assert (code, errors) == (0, "")
    for pattern in (
        r"\[\d\d/\d\d/\d{4} \d\d:\d\d:\d\d INFO \d+\] Using early stopping with patience 3",
        r"Small number of time series\. Doing 20 passes over dataset with prob 1\.0 per epoch\.",
        r"Epoch\[0\] Batch\[5\] avg_epoch_loss=\S+",
        r"#quality_metric: host=algo-1, epoch=0, batch=5 train loss <loss>=\S+",
        r"Epoch\[2\] Batch \[5\]#011Speed: \S+ samples/sec#011loss=\S+",
        r"processed a total of \d+ examples",
        r"#progress_metric: host=algo-1, completed 100 % of epochs",
        r"best epoch loss so far",
        rf"Final loss: {min(losses)} \(occurred at epoch {np.argmin(losses)}\)",
        r"Evaluating model accuracy on testset using 20 samples",
        r'"Dimensions": {"Algorithm": "AWS/DeepAR", "Host": "algo-1", "Operation": "training"}',
    ):
        assert re.search(pattern, shown), pattern
    assert all(metrics.values())
    assert float(metrics["train:final_loss"][0]) == min(losses)
    assert len(losses) == 3
    found = scores(log)
    assert list(found)[:3] == ["RMSE", "mean_absolute_QuantileLoss", "mean_wQuantileLoss"]
    assert found["mean_wQuantileLoss"] == pytest.approx(
        np.mean([found[f"wQuantileLoss[{level / 10}]"] for level in range(1, 10)])
    )
    assert float(metrics["test:RMSE"][0]) == found["RMSE"]
    config = json.loads((torch_folder.root / "model" / CONFIG).read_text())
    assert (config["time_freq"], config["prediction_length"]) == ("1H", 12)
    assert (torch_folder.root / "model" / PARAMETERS).exists()


LIKELIHOODS = {
    "gaussian": lambda targets: targets,
    "student-T": lambda targets: targets - 25,
    "beta": lambda targets: targets / (targets.max() + 1),
    "negative-binomial": np.round,
    "deterministic-L1": lambda targets: targets,
}


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_every_likelihood_learns_what_comes_a_day_after(torch_folder, likelihood):
    """Better than the same hour of the day before says it, which has noise."""
    targets = LIKELIHOODS[likelihood](make_series(20, 300))
    for name, until in (("train", -12), ("test", None)):
        for file in (torch_folder.root / "input/data" / name).rglob("*.json"):
            file.unlink()
        torch_folder.write(name, "all.json", to_lines(targets[:, :until]))
    code, log, errors = torch_folder.train(
        likelihood=likelihood, epochs="12", num_cells="24", num_layers="2", num_eval_samples="100"
    )

    assert (code, errors) == (0, "")
    assert scores(log)["mean_wQuantileLoss"] < loss_of(targets)


def test_categories_and_features_are_learned_from(torch_folder):
    """A feature that foretells the target, and groups that it means different things to."""
    draw = np.random.default_rng(0)
    known = draw.integers(0, 2, (12, 240)).astype(float)
    groups = [number % 2 for number in range(12)]
    targets = 10 + np.where(np.array(groups)[:, None], known, -known) * 5 + draw.normal(0, 0.2, (12, 240))
    for name, until in (("train", 228), ("test", 240)):
        for file in (torch_folder.root / "input/data" / name).rglob("*.json"):
            file.unlink()
        lines = to_lines(
            targets[:, :until],
            cat=[[group] for group in groups],
            dynamic_feat=[[row[:until].tolist()] for row in known],
        )
        torch_folder.write(name, "all.json", lines)
    found = {}
    for used in ("auto", "ignore"):
        code, log, errors = torch_folder.train(epochs="25", num_cells="24", cardinality=used, num_dynamic_feat=used)
        assert (code, errors) == (0, "")
        found[used] = scores(log)["RMSE"]

    assert found["auto"] < 1
    assert found["ignore"] > 2


def test_patience_ends_a_training_that_gains_nothing(torch_folder):
    """And the model is that of the best epoch."""
    code, log, _ = torch_folder.train(epochs="400", learning_rate="0.3", early_stopping_patience="2")
    losses = [float(loss) for loss in re.findall(r"epoch=\d+, train loss <loss>=(\S+)", log)]

    assert code == 0
    assert len(losses) == np.argmin(losses) + 3
    assert f"Final loss: {min(losses)} " in log


def test_a_loss_without_bounds_is_the_users_to_mend(torch_folder):
    """The reason says what to try."""
    code, _, errors = torch_folder.train(epochs="50", learning_rate="1e30")

    assert code == 2
    assert re.search(r"The training loss is \S+ in epoch \d+, batch \d+. Try a smaller learning_rate", errors)
    assert "Traceback" not in errors


def test_the_same_job_makes_the_same_model_and_another_seed_another(torch_folder):
    """To the last bit."""
    models = []
    for seed in ("1", "1", "2"):
        assert torch_folder.train(_seed=seed)[0] == 0
        models.append((torch_folder.root / "model" / PARAMETERS).read_bytes())

    assert models[0] == models[1] != models[2]


def test_a_job_that_is_stopped_leaves_its_best_model(torch_folder):
    """And does not judge it."""
    with torch_folder.start(epochs="100000", early_stopping_patience="") as process:
        for line in process.stdout:
            if "epoch=2, train loss" in line:
                break
        process.send_signal(signal.SIGTERM)
        told = time.monotonic()
        log, errors = process.communicate(timeout=60)

    assert (process.returncode, errors) == (0, "")
    assert time.monotonic() - told < 30
    assert "Successfully serialized the model for prediction." in log
    assert "Evaluating model accuracy" not in log
    assert (torch_folder.root / "model" / PARAMETERS).exists()


@pytest.mark.parametrize("distribution", ["ShardedByS3Key", "FullyReplicated"])
def test_two_hosts_learn_one_model(torch_folder, tmp_path, distribution):
    """Each from its share, also where one has few series; both say the same losses, and the first one the scores."""
    targets = make_series(20, 300)
    network = f"127.{128 + os.getpid() % 100}.{70 + next(NETWORKS)}"
    names = [f"{network}.{number}" for number in (1, 2)]
    shares = (targets[:3], targets[3:]) if distribution == "ShardedByS3Key" else (targets, targets)
    hosts = [TorchFolder(tmp_path / name) for name in names]
    for name, host, share in zip(names, hosts, shares, strict=True):
        host.configure("resourceconfig", {"current_host": name, "hosts": names})
        host.write("train", "part.json", to_lines(share[:, :-12]), S3DistributionType=distribution)
        host.write("test", "part.json", to_lines(share), S3DistributionType=distribution)
    processes = [host.start(epochs="6", num_cells="24") for host in hosts]
    logs = []
    for process in processes:
        with process:
            log, errors = process.communicate(timeout=240)
        assert (process.returncode, errors) == (0, "")
        logs.append(log)
    losses = [re.findall(r"epoch=\d+, train loss <loss>=(\S+)", log) for log in logs]

    assert losses[0] == losses[1]
    assert len(losses[0]) == 6
    assert "number of time series: 20\n" in logs[1]
    assert (hosts[0].root / "model" / PARAMETERS).exists()
    assert not (hosts[1].root / "model" / PARAMETERS).exists()
    assert scores(logs[0])["mean_wQuantileLoss"] < loss_of(targets)
    assert not scores(logs[1])
