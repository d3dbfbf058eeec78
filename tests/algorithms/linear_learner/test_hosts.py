"""Several hosts: the same steps, the same choice and the same scores as those of one host that has all rows."""

import itertools
import os
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from tests.algorithms import folder
from tests.algorithms.linear_learner.conftest import KINDS, QUICK, kind_options, make_table, read_metrics, to_csv

from fieldstone.algorithms.amazon import records
from fieldstone.algorithms.amazon.channels import Source
from fieldstone.algorithms.amazon.peers import Peers
from fieldstone.algorithms.linear_learner import model
from fieldstone.algorithms.linear_learner.agreeing import agree, require_classes
from fieldstone.algorithms.linear_learner.checkpoints import Checkpoints
from fieldstone.algorithms.linear_learner.plans import Plan
from fieldstone.algorithms.linear_learner.rows import Passes, labels_of
from fieldstone.algorithms.linear_learner.selection import CRITERIA, Wish
from fieldstone.algorithms.linear_learner.training import Surroundings, train
from fieldstone.contract.training import Channel, UserError

NETWORKS = itertools.count()
RECORDIO = "application/x-recordio-protobuf"


def plan(kind, loss, **changed):
    """One that is short, as hosts wait for each other in every step."""
    return Plan(kind, loss, **{"num_models": 4, "epochs": 3} | changed)


PLANS = {
    **{
        criterion: plan("binary_classifier", "logistic", wish=Wish(criterion, target_precision=0.9))
        for criterion in CRITERIA
    },
    "balanced": plan("binary_classifier", "hinge_loss", positive_example_weight_mult="balanced"),
    "auto": plan("binary_classifier", "logistic", positive_example_weight_mult="auto"),
    "classes": plan("multiclass_classifier", "softmax_loss", num_classes=3, balance_multiclass_weights=True),
    "values": plan("regressor", "huber_loss"),
    "few": plan("binary_classifier", "logistic", num_point_for_scaler=100, num_calibration_samples=200),
}


def names(count):
    """Addresses for hosts that nobody else has."""
    network = f"127.{128 + os.getpid() % 100}.{50 + next(NETWORKS)}"
    return [f"{network}.{number}" for number in range(1, count + 1)]


def together(count, work):
    """Have some hosts, each a thread with an address of its own, do the same; what each got."""
    hosts = names(count)

    def be(number):
        with Peers(hosts, hosts[number]) as peers:
            return work(peers)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(be, range(count)))


def in_batches(table, size):
    return [(table[at : at + size, 1:], table[at : at + size, 0]) for at in range(0, len(table), size)]


def fit(batches, plan, validation=None, **around):
    return train(
        lambda: iter(batches),
        plan,
        np.random.default_rng(0),
        validation=None if validation is None else lambda: iter(validation),
        around=Surroundings(**around),
    )


def assert_same(models, one):
    """All hosts have the same model to the bit, which is that of one host but for rounding."""
    for other in models[1:]:
        assert np.array_equal(other.weights, models[0].weights)
        assert (other.setting, other.epochs, other.losses) == (models[0].setting, models[0].epochs, models[0].losses)
        assert np.array_equal(other.threshold, models[0].threshold, equal_nan=True)
    assert models[0].setting == one.setting
    assert models[0].weights == pytest.approx(one.weights, rel=1e-4, abs=1e-4 * np.abs(one.weights).max())
    assert models[0].threshold == pytest.approx(one.threshold, rel=1e-4, nan_ok=True)
    assert models[0].losses == pytest.approx(one.losses, rel=1e-4)


@pytest.mark.parametrize("validated", [True, False], ids=["validated", "alone"])
@pytest.mark.parametrize("name", PLANS)
def test_two_hosts_make_the_model_of_one_whose_batches_are_as_big_as_both(name, validated):
    """Batch by batch in turns, the last of them on one host only: steps, losses, choice and threshold are the same."""
    asked = PLANS[name]
    table, checks = make_table(asked.predictor_type, 630), make_table(asked.predictor_type, 310, seed=1)
    parts, tests = in_batches(table, 50), in_batches(checks, 50)

    def work(peers):
        own, other = (part[peers.number :: 2] for part in (parts, tests))
        return fit(own, asked, other if validated else None, peers=peers)

    one = fit(in_batches(table, 100), asked, in_batches(checks, 100) if validated else None)
    assert_same(together(2, work), one)


@pytest.mark.parametrize("kind", KINDS)
def test_hosts_have_as_many_rows_as_they_have_one_of_them_none(kind):
    """Who has run out waits for the others; each step is that of one host which has the batches of all at once."""
    asked = PLANS[{"binary_classifier": "auto", "multiclass_classifier": "classes", "regressor": "values"}[kind]]
    table = make_table(kind, 500)
    shards = [in_batches(table[:0], 50), in_batches(table[:380], 50), in_batches(table[380:], 50)]
    steps = [[batch for batch in step if batch] for step in itertools.zip_longest(*shards)]
    joined = [tuple(np.concatenate(part) for part in zip(*step, strict=True)) for step in steps]

    models = together(3, lambda peers: fit(shards[peers.number], asked, peers=peers))
    assert_same(models, fit(joined, asked))


def test_hosts_go_on_together_from_the_first_ones_checkpoint(tmp_path):
    """The others have none; the model is that of hosts which were not interrupted."""
    short, long = (plan("regressor", "squared_loss", epochs=epochs) for epochs in (2, 4))
    parts = in_batches(make_table("regressor"), 50)

    def work(asked, keep):
        def be(peers):
            kept = Checkpoints(tmp_path / str(peers.number) if keep else None)
            return fit(parts[peers.number :: 2], asked, peers=peers, checkpoints=kept)

        return be

    together(2, work(short, keep=True))
    resumed, whole = together(2, work(long, keep=True)), together(2, work(long, keep=False))

    assert [file.name for file in sorted(tmp_path.rglob("*checkpoint*"))] == [
        f"linear-learner-checkpoint.{number}" for number in (3, 4)
    ]
    for found, expected in zip(resumed, whole, strict=True):
        assert np.array_equal(found.weights, expected.weights)
        assert found.epochs == expected.epochs


class Host(folder.Folder):
    """A contract folder, and the program in it."""

    algorithm = "linear_learner"
    hyperparameters = QUICK


def run(tmp_path, channels, **hyperparameters):
    """Train on several hosts, each a process; their folders, exit codes, logs and errors.

    Args:
        tmp_path: Where their folders are.
        channels: Of each host: files by channel, and how they are distributed.
        hyperparameters: The job's.
    """
    found, hosts = names(len(channels)), []
    for name, files in zip(found, channels, strict=True):
        host = Host(tmp_path / name)
        host.configure("resourceconfig", {"current_host": name, "hosts": found})
        for channel, (data, content_type, distribution) in files.items():
            host.write(channel, f"part-{name}", data, content_type, S3DistributionType=distribution)
        hosts.append(host)
    processes = [host.start(**hyperparameters) for host in hosts]
    ended = []
    for process in processes:
        with process:
            log, errors = process.communicate(timeout=120)
        ended.append((process.returncode, log, errors))
    return hosts, ended


def test_a_job_of_three_hosts_leaves_the_model_and_the_scores_of_a_job_of_one(tmp_path):
    """Rows of one channel are in all hosts' folders and shared out; only the first host leaves a model and tells."""
    table, checks = (to_csv(make_table("binary_classifier", 610, seed=seed)) for seed in (0, 1))
    files = {name: (data, "text/csv", "FullyReplicated") for name, data in (("train", table), ("test", checks))}
    options = kind_options("binary_classifier")
    hosts, ended = run(tmp_path, [files] * 3, **options, mini_batch_size="40")
    (alone,), (expected,) = run(tmp_path, [files], **options, mini_batch_size="120")

    for code, log, errors in [*ended, expected]:
        assert (code, errors) == (0, ""), log
    found, single = (model.read(host.root / "model" / "model_algo-1") for host in (hosts[0], alone))
    assert found.weights == pytest.approx(single.weights, rel=1e-3)
    assert found.threshold == pytest.approx(single.threshold, rel=1e-3)
    assert [list((host.root / "model").iterdir()) for host in hosts[1:]] == [[], []]
    told = read_metrics("".join(log for _, log, _ in ended))
    once = {name: values for name, values in told.items() if name.startswith("test:") or name.endswith("final")}
    wanted = {name: read_metrics(expected[1])[name] for name in once}
    assert len(once) > 6
    assert {name: len(values) for name, values in once.items()} == dict.fromkeys(once, 1)
    assert {name: values[0] for name, values in once.items()} == pytest.approx(
        {name: values[0] for name, values in wanted.items()}, rel=1e-4
    )


@pytest.mark.slow
def test_shards_of_text_and_sparse_records_are_joined_whatever_each_host_has(tmp_path):
    """The first host has no file at all, the second sparse rows, the third dense ones: a regression of all of them."""
    table = make_table("regressor", 900)
    sparse = records.write(csr_matrix(table[:600, 1:]), table[:600, :1])
    shards = [b"", sparse, records.write(table[600:, 1:], table[600:, :1])]
    hosts, ended = run(
        tmp_path,
        [{"train": (shard, RECORDIO, "ShardedByS3Key")} for shard in shards],
        predictor_type="regressor",
        epochs="15",
        mini_batch_size="20",
    )

    assert [(code, errors) for code, _, errors in ended] == [(0, "")] * 3
    fitted = model.read(hosts[0].root / "model" / "model_algo-1")
    off = fitted.margins(table[:, 1:].astype(np.float64))[:, 0] - table[:, 0]
    told = read_metrics(ended[0][1])
    assert told["train:mse"] == [pytest.approx(np.mean(off**2), rel=1e-4)]
    assert np.mean(off**2) < 0.05 * table[:, 0].var()
    seen = defaultdict(set)
    for number, (_, log, _) in enumerate(ended):
        seen[number].update(int(line.split('"Total Records Seen": {"sum": ')[1].split(".")[0])
                            for line in log.splitlines() if "Total Records Seen" in line)  # fmt: skip
    assert seen == {0: {0}, 1: {600}, 2: {300}}


@pytest.mark.slow
def test_a_row_that_one_host_alone_cannot_read_ends_the_others_too(tmp_path):
    """It says why, by its file and row; the others that it is gone, and none leaves a model."""
    good = to_csv(make_table("regressor"))
    channels = [{"train": (data, "text/csv", "ShardedByS3Key")} for data in (good, good + b"1,2,x,4,5\n")]
    hosts, ended = run(tmp_path, channels, predictor_type="regressor")

    assert [code for code, _, _ in ended] == [1, 2]
    assert "ended before all hosts had done their share" in hosts[0].failure.read_text()
    file = f"part-{hosts[1].root.name}"
    assert hosts[1].failure.read_text() == (
        f"ClientError: Unable to parse csv: 'x' in row 601, column 3 of file {file} is not a number."
    )
    assert not [file for host in hosts for file in (host.root / "model").iterdir()]


@pytest.mark.parametrize(
    ("shards", "reason"),
    [
        ([b"", b""], "No training data processed. Either the training channel is empty"),
        ([b"1,2,3\n", b"0,1\n"], "Rows of channel 'train' have 1 features instead of 2"),
        ([b"", b"1,2,3\n1,0,4\n"], "All labels of channel 'train' are 1: a classifier needs rows of two classes"),
        ([b"1,2,3\n", b"1,0,4\n"], "All labels of channel 'train' are 1: a classifier needs rows of two classes"),
    ],
)
def test_what_no_host_can_see_by_itself_ends_all_of_them_with_the_same_reason(tmp_path, shards, reason):
    """Before they have trained, or after the first pass."""

    def work(peers):
        file = tmp_path / str(peers.number) / "part"
        file.parent.mkdir()
        file.write_bytes(shards[peers.number])
        channel = Channel("train", file.parent, "text/csv;label_size=1", distribution="ShardedByS3Key")
        source = Source(channel, None, frozenset({"Float32Tensor"}))
        passes = Passes(source, 10, labels_of("binary_classifier", 1), peers)
        with pytest.raises(UserError) as error:
            begin(passes, peers)
        return str(error.value)

    def begin(passes, peers):
        agree([passes], peers)
        assert bool(list(passes())) == bool(shards[peers.number])
        require_classes(passes, peers)

    for told in together(2, work):
        assert told.startswith(reason)
