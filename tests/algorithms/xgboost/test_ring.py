"""Several hosts train one model: processes with addresses of their own, as the platform gives them to a job's hosts."""

import itertools
import os
import signal

import numpy as np
import pytest
import xgboost
from tests.algorithms.xgboost.conftest import Folder, Trained, make_rows, to_csv, to_parquet, to_records

NETWORKS = itertools.count()


class Hosts:
    """The hosts of a job, each with a contract folder."""

    def __init__(self, root, count):
        network = f"127.{128 + os.getpid() % 100}.{next(NETWORKS)}"
        self.names = [f"{network}.{number}" for number in range(1, count + 1)]
        self.folders = [Folder(root / name) for name in self.names]
        for name, folder in zip(self.names, self.folders, strict=True):
            folder.configure("resourceconfig", {"current_host": name, "hosts": self.names})

    def share_out(self, rows, checks=None):
        """Each host gets its share of the training rows, and all of the validation rows."""
        for number, folder in enumerate(self.folders):
            folder.write("train", "part.csv", to_csv(rows[number :: len(self.folders)]))
            if checks is not None:
                folder.write("validation", "part.csv", to_csv(checks))

    def start(self, tag="3.0-5", **hyperparameters):
        return [folder.start(tag, **hyperparameters) for folder in self.folders]

    def train(self, tag="3.0-5", **hyperparameters):
        """Train to the end; gives what each host said."""
        return [finish(process) for process in self.start(tag, **hyperparameters)]

    @property
    def leader(self):
        return self.folders[0]


def finish(process):
    with process:
        log, errors = process.communicate(timeout=60)
    return Trained(process.returncode, log, errors)


def load(file):
    return xgboost.Booster(model_file=bytearray(file.read_bytes()))


@pytest.fixture
def hosts(tmp_path):
    """Two hosts that share 400 rows, and each have the 100 to validate with."""
    hosts = Hosts(tmp_path, 2)
    hosts.share_out(make_rows(400, seed=1), make_rows(100, seed=2))
    return hosts


@pytest.fixture
def alone(tmp_path):
    """One host that has all the rows."""
    folder = Folder(tmp_path / "alone")
    folder.write("train", "train.csv", to_csv(make_rows(400, seed=1)))
    folder.write("validation", "validation.csv", to_csv(make_rows(100, seed=2)))
    return folder


HYPERPARAMETERS = {"objective": "binary:logistic", "max_depth": "3", "eval_metric": "auc,logloss,f1"}


def test_hosts_make_the_model_that_one_makes(hosts, alone):
    """Their sketches together are those of all rows, and so are the sums in their histograms."""
    first, second = hosts.train(**HYPERPARAMETERS)
    single = alone.train(**HYPERPARAMETERS)
    rows = xgboost.DMatrix(make_rows(500, seed=5)[:, 1:])

    assert (first.code, second.code) == (0, 0)
    np.testing.assert_allclose(load(hosts.leader.model).predict(rows), load(alone.model).predict(rows), atol=1e-5)
    for metric in ("train-f1", "validation-f1", "train-logloss", "validation-logloss"):
        assert first.last(metric) == pytest.approx(single.last(metric), abs=1e-5)


@pytest.mark.slow
def test_with_fewer_bins_than_values_hosts_come_close_to_one(hosts, alone):
    """Cuts of sketches put together differ a little from those of one."""
    first, _ = hosts.train(**HYPERPARAMETERS, max_bin="16")
    single = alone.train(**HYPERPARAMETERS, max_bin="16")

    assert first.last("validation-logloss") == pytest.approx(single.last("validation-logloss"), abs=0.02)


@pytest.mark.slow
def test_approximate_trees_of_hosts_come_close_to_one_hosts(hosts, alone):
    """What the older images grow on several hosts; it sketches anew in each round."""
    first, _ = hosts.train("1.7-1", **HYPERPARAMETERS)
    single = alone.train("1.7-1", **HYPERPARAMETERS, tree_method="approx")

    assert first.last("validation-logloss") == pytest.approx(single.last("validation-logloss"), abs=0.02)


def test_only_the_first_host_tells_the_rounds_and_leaves_a_model(hosts):
    """A metric counted twice, or two models in one archive, would be the user's riddle."""
    first, second = hosts.train(**HYPERPARAMETERS)

    assert len(first.rounds) == 10
    assert not second.rounds
    assert list(hosts.leader.model.parent.iterdir()) == [hosts.leader.model]
    assert not list(hosts.folders[1].model.parent.iterdir())
    assert f"Distributed node training with 2 hosts: {hosts.names}" in first.log
    assert "Train matrix has 200 rows and 5 columns" in second.log


def test_hosts_without_data_take_no_part(tmp_path):
    """More hosts than objects: the rest end well, also the one that would have led."""
    hosts = Hosts(tmp_path, 4)
    hosts.share_out(make_rows(400, seed=1))
    for empty in (0, 3):
        hosts.folders[empty].write("train", "part.csv", "")
    logs = hosts.train(**HYPERPARAMETERS)

    assert [log.code for log in logs] == [0] * 4
    assert [len(log.rounds) for log in logs] == [0, 10, 0, 0]
    assert f"WARNING] Host {hosts.names[3]} does not have training data." in logs[3].log
    assert load(hosts.folders[1].model).num_boosted_rounds() == 10


def test_one_host_with_data_trains_alone(tmp_path):
    """As if it had been the only one."""
    hosts = Hosts(tmp_path, 2)
    hosts.share_out(make_rows(400, seed=1))
    hosts.folders[1].write("train", "part.csv", "")
    first, second = hosts.train("1.7-1", **HYPERPARAMETERS)

    assert (first.code, second.code) == (0, 0)
    assert first.last("train-auc") > 0.9


def test_no_data_at_all_is_the_users_to_mend(tmp_path):
    """On every host."""
    hosts = Hosts(tmp_path, 2)
    for folder in hosts.folders:
        folder.write("train", "part.csv", "")

    assert [log.code for log in hosts.train()] == [1, 1]
    assert hosts.leader.failure.read_text().startswith("No data in training channel path")


@pytest.mark.slow
def test_hosts_stop_early_together(hosts):
    """They see the same metric, and keep the same best round."""
    logs = hosts.train(**HYPERPARAMETERS | {"num_round": "200", "eta": "0.5"}, early_stopping_rounds="5")

    assert [log.code for log in logs] == [0, 0]
    assert len(logs[0].rounds) < 200
    assert load(hosts.leader.model).num_boosted_rounds() == len(logs[0].rounds) - 5


@pytest.mark.slow
def test_hosts_go_on_from_the_first_ones_checkpoint(hosts):
    """What the others have in their folders does not matter: they begin where the first does."""
    for folder in hosts.folders:
        folder.configure("checkpointconfig", {"LocalPath": "/opt/ml/checkpoints"})
    hosts.train(**HYPERPARAMETERS, num_round="6")
    first, second = hosts.train(**HYPERPARAMETERS, num_round="8")

    assert [line.split("\t")[0] for line in first.rounds] == ["[6]", "[7]"]
    assert second.code == 0
    assert load(hosts.leader.model).num_boosted_rounds() == 8
    assert not list((hosts.folders[1].root / "checkpoints").glob("*"))


def test_sparse_rows_are_as_wide_as_the_widest_hosts(tmp_path):
    """A feature that occurs on one host only is known to all."""
    hosts = Hosts(tmp_path, 2)
    for folder, column in zip(hosts.folders, (1, 7), strict=True):
        folder.write("train", "part", f"1 0:1 {column}:2\n0 0:2\n" * 20, "text/libsvm")
    first, second = hosts.train(min_child_weight="0")

    assert (first.code, second.code) == (0, 0)
    assert load(hosts.leader.model).num_features() == 8


def test_tables_of_different_widths_are_told_from_each_other(tmp_path):
    """Before XGBoost finds it out in its own words."""
    hosts = Hosts(tmp_path, 2)
    for folder, line in zip(hosts.folders, ("1,2,3\n", "1,2\n"), strict=True):
        folder.write("train", "part.csv", line * 20)

    assert [log.code for log in hosts.train()] == [1, 1]
    assert hosts.leader.failure.read_text() == "The data of the hosts differ: some have 1 features, others 2."


@pytest.mark.slow
def test_exact_trees_are_for_one_host(hosts):
    """XGBoost says so; older images chose approximate trees for several by themselves."""
    assert {log.code for log in hosts.train(tree_method="exact")} == {1}
    assert "support distributed training" in hosts.leader.failure.read_text()
    assert {log.code for log in hosts.train("1.2-1", **HYPERPARAMETERS)} == {0}


def test_a_host_that_is_killed_ends_the_others(hosts):
    """Nobody waits for it for ever, and nobody dies of a fault in memory over it."""
    first, second = hosts.start(num_round="1000000")
    while not first.stdout.readline().startswith("[5]"):
        pass
    second.kill()
    (killed, left) = finish(second), finish(first)

    assert killed.code == -signal.SIGKILL
    assert left.code == 1
    assert "XGB train call failed with exception" in hosts.leader.failure.read_text()


def test_a_host_that_fails_says_why_before_the_others_miss_it(tmp_path):
    """A label that only one of them has: its reason is the first to be known."""
    hosts = Hosts(tmp_path, 2)
    hosts.folders[0].write("train", "part.csv", "1,2\n0,1\n" * 20)
    hosts.folders[1].write("train", "part.csv", "7,2\n0,1\n" * 20)
    first, second = hosts.start(objective="multi:softmax", num_class="2", num_round="1000000")
    reasons = [finish(second), finish(first)]

    assert [log.code for log in reasons] == [1, 1]
    assert "label must be in [0, num_class)" in hosts.folders[1].failure.read_text()


def test_a_stopped_ring_leaves_the_model_of_its_last_round_if_asked_to(hosts):
    """All hosts are told to stop at once; each ends well."""
    first, second = hosts.start(num_round="1000000", save_model_on_termination="true")
    while not first.stdout.readline().startswith("[5]"):
        pass
    for process in (first, second):
        process.send_signal(signal.SIGTERM)
    logs = [finish(process) for process in (first, second)]

    assert [log.code for log in logs] == [0, 0]
    assert load(hosts.leader.model).num_boosted_rounds() >= 5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content_type", "write"), [("parquet", to_parquet), ("application/x-recordio-protobuf", to_records)]
)
def test_hosts_share_files_of_every_format(tmp_path, alone, content_type, write):
    """Of three hosts one has none; the others make the model that one makes of the same rows as CSV."""
    hosts, rows = Hosts(tmp_path, 3), make_rows(400, seed=1)
    for number, folder in enumerate(hosts.folders):
        folder.write("train", "part", write(rows[number // 2 :: 2]) if number != 1 else b"", content_type)
    del alone.channels["validation"]
    first, second, third = hosts.train(objective="binary:logistic", max_depth="3")
    alone.train(objective="binary:logistic", max_depth="3")
    checks = xgboost.DMatrix(make_rows(500, seed=5)[:, 1:])

    assert [log.code for log in (first, second, third)] == [0, 0, 0]
    assert f"WARNING] Host {hosts.names[1]} does not have training data." in second.log
    np.testing.assert_allclose(load(hosts.leader.model).predict(checks), load(alone.model).predict(checks), atol=1e-5)
