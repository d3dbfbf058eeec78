"""Objects, versions and uploads whose time is over."""

from datetime import UTC, datetime

import pytest
from tests.conftest import wait_until
from tests.control.storage.conftest import DAY, NOON

from fieldstone.control.storage.lifecycle import Lifecycle
from fieldstone.control.storage.rules import midnight_after


def set_rule(house, **rule):
    rule = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}} | rule
    house.do("put_bucket_lifecycle_configuration", LifecycleConfiguration={"Rules": [rule]})


def apply(house, days=0.0):
    house.now = NOON + days * DAY
    house.runner.run(Lifecycle(house.dispatch, house.clock).apply())


def test_time_is_over_at_the_midnight_after(house):
    """As at AWS: a day after noon is the midnight after the next noon."""
    assert midnight_after(NOON, 1) == NOON + 1.5 * DAY
    assert midnight_after(NOON + DAY / 2, 1) == NOON + 1.5 * DAY


def test_an_object_expires_after_its_days(house):
    """Not before; with its bytes."""
    house.put("old")
    set_rule(house, Expiration={"Days": 1})
    apply(house, 1.4)
    assert house.keys() == ["old"]

    apply(house, 1.5)
    assert house.keys() == []


def test_a_date_is_over_for_everything(house):
    """From its midnight on."""
    house.put("a")
    set_rule(house, Expiration={"Date": NOON + DAY / 2})
    apply(house, 0.4)
    assert house.keys() == ["a"]

    apply(house, 0.5)
    assert house.keys() == []


@pytest.mark.parametrize(
    ("chosen", "left"),
    [
        ({"Prefix": "logs/"}, ["a", "tagged"]),
        ({"Tag": {"Key": "k", "Value": "v"}}, ["a", "logs/1"]),
        ({"And": {"Prefix": "t", "Tags": [{"Key": "k", "Value": "v"}]}}, ["a", "logs/1"]),
        ({"ObjectSizeGreaterThan": 4}, ["logs/1", "tagged"]),
        ({"ObjectSizeLessThan": 5}, ["a"]),
    ],
)
def test_a_rule_is_for_what_its_filter_chooses(house, chosen, left):
    """By prefix, tags and size."""
    house.put("a", b"large")
    house.put("logs/1", b"tiny")
    house.put("tagged", b"tiny", Tagging="k=v")
    set_rule(house, Filter=chosen, Expiration={"Days": 1})
    apply(house, 3)

    assert house.keys() == left


def test_a_rule_that_is_disabled_does_nothing(house):
    """It is kept for later."""
    house.put("a")
    set_rule(house, Status="Disabled", Expiration={"Days": 1})
    apply(house, 9)

    assert house.keys() == ["a"]


def test_what_expires_in_a_versioned_bucket_is_covered_by_a_marker(house):
    """Its version stays, until a rule for such versions takes it; then the marker goes too."""
    house.do("put_bucket_versioning", VersioningConfiguration={"Status": "Enabled"})
    house.put("a")
    set_rule(house, Expiration={"Days": 1})
    apply(house, 2)
    listed = house.do("list_object_versions")
    assert (house.keys(), len(listed["Versions"]), len(listed["DeleteMarkers"])) == ([], 1, 1)

    set_rule(house, NoncurrentVersionExpiration={"NoncurrentDays": 1}, Expiration={"ExpiredObjectDeleteMarker": True})
    apply(house, 4)
    apply(house, 4)
    listed = house.do("list_object_versions")
    assert (listed["Versions"], listed["DeleteMarkers"]) == (None, None)


def test_older_versions_expire_but_for_the_newest_of_them(house):
    """As many as the rule keeps."""
    house.do("put_bucket_versioning", VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"22", b"333", b"4444"):
        house.put("a", body)
    set_rule(house, NoncurrentVersionExpiration={"NoncurrentDays": 1, "NewerNoncurrentVersions": 1})
    apply(house, 3)

    assert [item["Size"] for item in house.do("list_object_versions")["Versions"]] == [4, 3]


def test_uploads_that_nobody_completes_are_given_up(house):
    """After their days, with their parts."""
    upload = house.do("create_multipart_upload", Key="a")["UploadId"]
    house.do("upload_part", Key="a", UploadId=upload, PartNumber=1, Body=house.store.blobs.store([b"part"]))
    set_rule(house, AbortIncompleteMultipartUpload={"DaysAfterInitiation": 2})
    apply(house, 1)
    assert house.do("list_multipart_uploads")["Uploads"]

    apply(house, 3)
    assert house.do("list_multipart_uploads")["Uploads"] is None


def test_a_thousand_objects_expire_in_batches(house):
    """All of them, and nothing else."""
    blob = house.store.blobs.store([b"shared"])
    for number in range(1200):
        house.do("put_object", Key=f"old/{number}", Body=blob)
    house.put("kept")
    set_rule(house, Filter={"Prefix": "old/"}, Expiration={"Days": 1})
    apply(house, 2)

    assert house.keys() == ["kept"]


def test_the_running_server_carries_rules_out_when_they_are_set(aws, bucket):
    """At once, where their time is over."""
    s3 = aws("s3")
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    rule = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}}
    over = {"Expiration": {"Date": datetime(2020, 1, 1, tzinfo=UTC)}}
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [rule | over]})

    wait_until(lambda: "Contents" not in s3.list_objects_v2(Bucket=bucket))
