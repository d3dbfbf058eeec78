"""Hyperparameters, arrays in MXNet's file, and hosts in touch with each other."""

import itertools
import os
import threading

import numpy as np
import pytest

from fieldstone.algorithms.amazon import ndarray
from fieldstone.algorithms.amazon.hyperparameters import BOOLEAN, CHOICE, INTEGER, JSON, REAL, Hyperparameter, validate
from fieldstone.algorithms.amazon.interval import Interval
from fieldstone.algorithms.amazon.peers import Peers
from fieldstone.contract.training import UserError

TABLE = (
    Hyperparameter("k", INTEGER, Interval(1), required=True),
    Hyperparameter("feature_dim", INTEGER, Interval(1), required=True),
    Hyperparameter("factor", INTEGER, Interval(1), default="auto", auto=True),
    Hyperparameter("tol", REAL, Interval(0, 1), default="0.5"),
    Hyperparameter("method", CHOICE, ("random", "kmeans++"), default="random"),
    Hyperparameter("eval_metrics", JSON, ("msd", "ssd"), default='["msd"]'),
    Hyperparameter("force_dense", BOOLEAN, default="true"),
    Hyperparameter("seed", INTEGER),
)
GIVEN = {"k": "3", "feature_dim": "4"}


def test_hyperparameters_have_their_defaults_and_names_with_a_dash_below_are_taken():
    """What has no value is None, and so is `auto`."""
    assert validate(TABLE, GIVEN | {"tol": "1", "force_dense": "False", "_tuning_objective_metric": "x"}) == {
        "k": 3,
        "feature_dim": 4,
        "factor": None,
        "tol": 1.0,
        "method": "random",
        "eval_metrics": ["msd"],
        "force_dense": False,
        "seed": None,
    }


def test_the_log_says_what_became_of_them(capsys):
    """In AWS's three lines."""
    validate(TABLE, GIVEN)
    default, merging, final = capsys.readouterr().out.splitlines()

    assert (
        "] Reading default configuration from /opt/amazon/lib/python3.8/site-packages/algorithm/resources/" in default
    )
    assert default.endswith("'_num_kv_servers': 'auto'}")
    assert "Merging with provided configuration from /opt/ml/input/config/hyperparameters.json: {'k': '3'" in merging
    assert "] Final configuration: {'factor': 'auto', 'tol': '0.5'" in final


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "No value(s) were specified for 'k', 'feature_dim' which are required hyperparameter(s)"),
        (GIVEN | {"x": "1"}, "Additional hyperparameters are not allowed ('x' was unexpected)"),
        (GIVEN | {"k": "three"}, "Hyperparameter k: 'three' is not of type 'integer'"),
        (GIVEN | {"k": str(2**63)}, "Hyperparameter k: '9223372036854775808' is not of type 'integer'"),
        (GIVEN | {"k": "1_0"}, "Hyperparameter k: '1_0' is not of type 'integer'"),
        (GIVEN | {"k": "0"}, "Hyperparameter k: '0' is not in [1, +inf)"),
        (GIVEN | {"tol": "nan"}, "Hyperparameter tol: 'nan' is not in [0, 1]"),
        (GIVEN | {"method": "other"}, "Hyperparameter method: 'other' is not one of ['random', 'kmeans++']"),
        (GIVEN | {"eval_metrics": '["mse"]'}, "Hyperparameter eval_metrics: '[\"mse\"]' is not one of ['msd', 'ssd']"),
        (GIVEN | {"force_dense": "maybe"}, "Hyperparameter force_dense: 'maybe' is not of type 'boolean'"),
    ],
)
def test_a_hyperparameter_that_is_wrong_is_told_by_its_name(given, reason):
    """And the cause."""
    with pytest.raises(UserError) as error:
        validate(TABLE, given)

    assert str(error.value) == f"{reason} (caused by ValidationError)"


@pytest.mark.parametrize("text", ['["a"]', "null", "true", '{"a": 1}', "[[1]]", "[2]"])
def test_json_that_holds_no_numbers_of_a_range_is_refused(text):
    """Whatever it holds."""
    levels = Hyperparameter("levels", JSON, Interval(0, 1, high_open=True))
    with pytest.raises(UserError, match=r"Hyperparameter levels: .* is not in \[0, 1\)"):
        levels.parse(text)


def test_json_that_is_no_list_is_a_list_of_itself():
    """One measure, or one number."""
    assert validate(TABLE, GIVEN | {"eval_metrics": '"ssd"'})["eval_metrics"] == ["ssd"]


def test_json_that_is_none_is_refused_in_awss_words():
    """As a job of K-Means says it."""
    with pytest.raises(UserError, match=r"must be valid json, but found eval_metrics: msd \(caused by ValueError\)"):
        validate(TABLE, GIVEN | {"eval_metrics": "msd"})


ONE_BY_HAND = bytes.fromhex(
    "1201000000000000 0000000000000000 0100000000000000"
    "c9fa93f9 00000000 02000000 0100000000000000 0200000000000000 01000000 00000000 00000000 0000803f 00000040"
    "0100000000000000 0100000000000000 76"
)


def test_arrays_are_written_as_mxnet_writes_them(tmp_path):
    """Byte for byte."""
    ndarray.save(tmp_path / "a", {"v": np.array([[1, 2]], np.float32)})

    assert (tmp_path / "a").read_bytes() == ONE_BY_HAND


@pytest.mark.parametrize("dtype", ["f4", "f8", "f2", "u1", "i4", "i1", "i8"])
def test_arrays_come_back_as_they_were(tmp_path, dtype):
    """Of every type and shape, with names or as a list."""
    arrays = {"one": np.arange(6).reshape(2, 3).astype(dtype), "none": np.empty((0, 2), dtype)}
    ndarray.save(tmp_path / "named", arrays)
    ndarray.save_list(tmp_path / "list", list(arrays.values()))

    for found, names in ((ndarray.load(tmp_path / "named"), ["one", "none"]), (ndarray.load(tmp_path / "list"), "01")):
        assert list(found) == list(names)
        for array, expected in zip(found.values(), arrays.values(), strict=True):
            assert array.dtype == expected.dtype
            np.testing.assert_array_equal(array, expected)


def test_older_and_newer_arrays_are_read(tmp_path):
    """Those without a storage type, and those with NumPy's shapes."""
    (tmp_path / "old").write_bytes(ONE_BY_HAND.replace(bytes.fromhex("c9fa93f9 00000000"), bytes.fromhex("c8fa93f9")))
    (tmp_path / "new").write_bytes(ONE_BY_HAND.replace(bytes.fromhex("c9fa93f9"), bytes.fromhex("cafa93f9")))

    assert ndarray.load(tmp_path / "old")["v"].tolist() == ndarray.load(tmp_path / "new")["v"].tolist() == [[1, 2]]


def test_what_is_no_file_of_arrays_is_refused(tmp_path):
    """Other bytes, and a file cut off anywhere."""
    for end in range(len(ONE_BY_HAND)):
        (tmp_path / "a").write_bytes(ONE_BY_HAND[:end])
        with pytest.raises(ndarray.NotArraysError, match="a is no file of MXNet's arrays"):
            ndarray.load(tmp_path / "a")


NETWORKS = itertools.count()


def meet(count, work):
    """Have some hosts, each a thread with an address of its own, do the same; what each got."""
    network = f"127.{128 + os.getpid() % 100}.{100 + next(NETWORKS)}"
    hosts = [f"{network}.{number}" for number in range(1, count + 1)]
    got = {}

    def be(host):
        with Peers(hosts, host) as peers:
            got[host] = work(peers, hosts.index(host))

    threads = [threading.Thread(target=be, args=(host,)) for host in hosts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return [got[host] for host in hosts]


@pytest.mark.parametrize("count", [1, 2, 4])
def test_hosts_hear_each_others_words_and_add_their_numbers(count):
    """In their order, again and again; one alone hears itself."""

    def work(peers, number):
        words = peers.exchange(b"x" * number)
        numbers, table = peers.add(np.array([number, 1.0]), np.full((2, 3), float(number)))
        return peers.leads, words, numbers.tolist(), table.tolist(), peers.gather(b"y" * number), peers.exchange(b"end")

    total = sum(range(count))
    for number, (leads, words, numbers, table, gathered, end) in enumerate(meet(count, work)):
        assert leads == (number == 0)
        assert words == [b"x" * other for other in range(count)]
        assert numbers == [total, count]
        assert table == [[total] * 3] * 2
        assert gathered == [b"y" * other for other in range(count if leads else 0)]
        assert end == [b"end"] * count


def test_a_host_that_is_gone_is_missed_by_name():
    """By those who wait for its share."""

    def work(peers, number):
        if number == 1:
            return None
        with pytest.raises(ConnectionError, match=r"Host 127\.\d+\.\d+\.[12] has ended before all hosts had done"):
            peers.exchange(b"word")
        return True

    assert meet(2, work) == [True, None]
