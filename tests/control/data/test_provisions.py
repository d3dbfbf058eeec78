"""What the hosts of a training job find."""

from pathlib import Path
from typing import Any

import pytest
from tests.conftest import wait_until
from tests.control.data.conftest import Provide, training_job
from tests.control.storage.conftest import House

from fieldstone.contract.paths import Layout
from fieldstone.control.documents import training_documents
from fieldstone.control.failures import JobFailedError
from fieldstone.engine.feeds import read_feed

THREE: dict[str, Any] = {"InstanceType": "ml.m5.large", "InstanceCount": 3}
GROUPS: dict[str, Any] = {
    "InstanceGroups": [
        {"InstanceGroupName": "cpu", "InstanceType": "ml.m5.large", "InstanceCount": 2},
        {"InstanceGroupName": "big", "InstanceType": "ml.m5.xlarge", "InstanceCount": 1},
    ]
}
SHARDED = {"S3DataDistributionType": "ShardedByS3Key"}


LARGE = b"1" * (1 << 20)
"""A file that is worth a second name."""


def test_every_host_gets_everything(house: House, provided: Provide) -> None:
    """FullyReplicated, which is also what it is when nothing is said."""
    house.put("train/a", b"1")
    house.put("train/b", b"2")

    assert provided(THREE).files() == [{"a": b"1", "b": b"2"}] * 3


def test_objects_are_dealt_to_hosts_in_the_order_of_their_keys(house: House, provided: Provide) -> None:
    """A host that gets none has the folder all the same."""
    for key in ("train/a", "train/b"):
        house.put(key, b"")
    assert provided(THREE, source=SHARDED).files() == [{"a": b""}, {"b": b""}, {}]

    for key in ("train/c", "train/d"):
        house.put(key, b"")
    assert provided(THREE, source=SHARDED).files() == [{"a": b"", "d": b""}, {"b": b""}, {"c": b""}]


def test_shuffled_objects_are_dealt_otherwise_and_whole(house: House, provided: Provide) -> None:
    """The same seed deals the same."""
    for number in range(9):
        house.put(f"train/{number}", b"")

    first = provided(THREE, source=SHARDED, ShuffleConfig={"Seed": 3}).files()
    assert provided(THREE, source=SHARDED, ShuffleConfig={"Seed": 3}).files() == first
    assert first != provided(THREE, source=SHARDED).files()
    assert sorted(name for files in first if files for name in files) == [str(number) for number in range(9)]


def test_a_channel_may_be_for_some_instance_groups(house: House, provided: Provide) -> None:
    """Shards are dealt within them."""
    for key in ("train/a", "train/b"):
        house.put(key, b"")

    hosts = provided(GROUPS, source=SHARDED | {"InstanceGroupNames": ["cpu"]})

    assert hosts.files() == [{"a": b""}, {"b": b""}, None]
    assert [list(channels) for channels in hosts.document("inputdataconfig")] == [["train"], ["train"], []]


def test_a_pipe_is_told_the_hosts_share(house: House, provided: Provide) -> None:
    """Of all there is: what a host gets changes with the epoch where it is shuffled."""
    house.put("train/a", b"1")
    hosts = provided(THREE, source=SHARDED, InputMode="Pipe", ShuffleConfig={"Seed": 3})

    feeds = [read_feed(Path(feed)) for (feed,) in hosts.feeds]
    assert [tuple(feed.share) for feed in feeds] == [(0, 3), (1, 3), (2, 3)]
    assert {(feed.seed, len(feed.records)) for feed in feeds} == {(3, 1)}
    assert hosts.files() == [None, None, None]


def test_hosts_are_told_of_each_other(house: House, provided: Provide) -> None:
    """Names in the order of their letters; each with its type and group."""
    house.put("train/a")
    first, _, third = provided(GROUPS).document("resourceconfig")

    groups = [
        {"instance_group_name": "cpu", "instance_type": "ml.m5.large", "hosts": ["algo-1", "algo-2"]},
        {"instance_group_name": "big", "instance_type": "ml.m5.xlarge", "hosts": ["algo-3"]},
    ]
    assert first == {
        "current_host": "algo-1",
        "current_instance_type": "ml.m5.large",
        "current_group_name": "cpu",
        "hosts": ["algo-1", "algo-2", "algo-3"],
        "instance_groups": groups,
        "network_interface_name": "lo",
    }
    assert (third["current_host"], third["current_instance_type"]) == ("algo-3", "ml.m5.xlarge")


def test_ten_hosts_are_in_the_order_of_their_letters(house: House, provided: Provide) -> None:
    """As AWS has it; without groups all are in one."""
    house.put("train/a")
    (first, *_) = provided({"InstanceType": "ml.m5.large", "InstanceCount": 10}).document("resourceconfig")

    assert first["hosts"][:3] == ["algo-1", "algo-10", "algo-2"]
    assert [group["instance_group_name"] for group in first["instance_groups"]] == ["homogeneousCluster"]


def test_checkpoints_and_the_debuggers_hook_are_told_with_where_they_go() -> None:
    """AWS's folders, where the job names none."""
    layout = Layout()
    job = training_job(THREE) | {
        "CheckpointConfig": {"S3Uri": "s3://bucket/kept"},
        "DebugHookConfig": {"S3OutputPath": "s3://bucket/tensors"},
    }

    documents = training_documents(layout, job)

    assert documents[layout.checkpoint_config] == {"S3Uri": "s3://bucket/kept", "LocalPath": "/opt/ml/checkpoints"}
    tensors = {"S3OutputPath": "s3://bucket/tensors", "LocalPath": "/opt/ml/output/tensors"}
    assert documents[layout.debug_hook_config] == tensors


def test_files_are_the_stored_ones_where_the_job_cannot_write(house: House, provided: Provide) -> None:
    """One file under several names, for all hosts; deleting the object leaves them."""
    house.put("train/a", LARGE)
    (stored,) = house.data_dir.objects.glob("*/*")
    hosts = provided(THREE, may_link=True)

    assert stored.stat().st_nlink == 4
    house.do("delete_object", Key="train/a")
    wait_until(lambda: house.settle() == set())
    assert hosts.files() == [{"a": LARGE}] * 3


def test_fast_file_mode_takes_whole_folders(house: House, provided: Provide) -> None:
    """A prefix that ends within a name shows no folder; in File mode it is good."""
    house.put("train-01/a", b"1")
    source = {"S3Uri": "s3://bucket/train"}

    assert provided(THREE, source=source).files()[0] == {"train-01/a": b"1"}
    assert provided(THREE, source={"S3Uri": "s3://bucket/train-01"}, InputMode="FastFile").files()[0] == {"a": b"1"}
    with pytest.raises(JobFailedError, match="ends within the name"):
        provided(THREE, source=source, InputMode="FastFile")


def test_a_manifest_may_name_objects_of_several_buckets_by_their_addresses(house: House, provided: Provide) -> None:
    """And the same one twice."""
    house.do("create_bucket", Bucket="other")
    house.put("a/b", b"1")
    house.put("c", b"2", Bucket="other")
    house.put("m", b'["s3://bucket/a/b", "s3://other/c", "s3://other/c"]')
    source = {"S3DataType": "ManifestFile", "S3Uri": "s3://bucket/m"}

    assert provided(THREE, source=source).files()[0] == {"a/b": b"1", "c": b"2"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"label": 1}', "line 2: it has no attribute 'image-ref'"),
        (b'{"image-ref": "here", "label": 1}', "line 2: 'here' is no address of an S3 object"),
        (b"[1]", "line 2: it is no JSON object"),
        (b"{", "line 2: "),
    ],
)
def test_a_line_of_an_augmented_manifest_that_is_none_is_named(
    house: House, provided: Provide, line: bytes, reason: str
) -> None:
    """With its number."""
    house.put("train/a")
    house.put("m", b'{"image-ref": "s3://bucket/train/a", "label": 0}\n' + line)
    names = ["image-ref", "label"]
    source = {"S3DataType": "AugmentedManifestFile", "S3Uri": "s3://bucket/m", "AttributeNames": names}

    with pytest.raises(JobFailedError, match="ClientError: Data download failed: manifest s3://bucket/m: " + reason):
        provided(THREE, source=source, InputMode="Pipe")
