"""Buckets."""

import pytest
from tests.conftest import client
from tests.services.conftest import refusal


@pytest.fixture
def name(account):
    return f"new-{account}"


def test_a_new_bucket_is_there(s3, name):
    """It answers to HeadBucket, and is in the account's list."""
    assert s3.create_bucket(Bucket=name)["Location"] == f"/{name}"
    assert s3.head_bucket(Bucket=name)["BucketRegion"] == "us-east-1"
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == [name]


def test_creating_ones_own_bucket_again_is_fine_in_us_east_1(s3, name):
    """What is in it stays."""
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="key", Body=b"x")

    assert s3.create_bucket(Bucket=name)["Location"] == f"/{name}"
    assert s3.get_object(Bucket=name, Key="key")["Body"].read() == b"x"


def test_creating_ones_own_bucket_again_is_an_error_elsewhere(aws, name):
    """As at AWS."""
    s3 = aws("s3", "eu-west-1")
    request = {"Bucket": name, "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
    s3.create_bucket(**request)

    assert refusal(s3.create_bucket, **request)[:2] == (409, "BucketAlreadyOwnedByYou")


def test_a_name_that_another_account_has_is_taken(s3, bucket, server, stranger):
    """Bucket names belong to the whole server."""
    other = client(server.url, "s3", stranger)

    assert refusal(other.create_bucket, Bucket=bucket)[:2] == (409, "BucketAlreadyExists")


@pytest.mark.parametrize("call", ["head_bucket", "list_objects_v2", "get_bucket_location", "delete_bucket"])
def test_another_accounts_bucket_is_closed(bucket, server, call, stranger):
    """Whatever is asked of it."""
    other = client(server.url, "s3", stranger)

    assert refusal(getattr(other, call), Bucket=bucket).status == 403


def test_another_accounts_bucket_is_not_listed(s3, bucket, server, stranger):
    """Each account sees its own."""
    assert bucket not in [bucket["Name"] for bucket in client(server.url, "s3", stranger).list_buckets()["Buckets"]]


def test_a_bucket_with_another_owner_than_expected_is_refused(s3, bucket, account, stranger):
    """Clients say whose bucket they mean."""
    assert s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=account)
    assert refusal(s3.list_objects_v2, Bucket=bucket, ExpectedBucketOwner=stranger)[:2] == (403, "AccessDenied")


@pytest.mark.parametrize(
    "bad", ["ab", "a" * 64, "Capital", "under_score", "-hyphen", "hyphen-", "a..b", ".dot", "192.168.5.4", "a b"]
)
def test_a_name_that_breaks_the_rules_is_refused(http_client, bad):
    """boto3 checks some of the rules by itself, so these go without it."""
    answer = http_client("PUT", f"/{bad.replace(' ', '%20')}")

    assert answer.status == 400
    assert b"<Code>InvalidBucketName</Code>" in answer.body


@pytest.mark.parametrize("good", ["{0}", "a.{0}", "a-b.c-{0}", "{0}-9", "a" * 50 + "-{0}"])
def test_a_name_that_keeps_the_rules_is_taken(s3, account, good):
    """Letters, digits, hyphens and single dots; up to 63 of them."""
    assert s3.create_bucket(Bucket=good.format(account))


def test_the_longest_name_has_63_letters(s3, account):
    """One more is too long."""
    longest = account.ljust(63, "a")

    assert s3.create_bucket(Bucket=longest)
    assert refusal(s3.create_bucket, Bucket=longest + "a").code in {"InvalidBucketName", "ParamValidation"}


def test_a_bucket_has_the_region_it_was_made_for(aws, name):
    """GetBucketLocation tells it."""
    s3 = aws("s3", "eu-west-1")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] == "eu-west-1"
    assert s3.head_bucket(Bucket=name)["BucketRegion"] == "eu-west-1"


def test_us_east_1_has_no_name_as_a_location(s3, bucket):
    """For historical reasons."""
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None


def test_us_east_1_makes_buckets_for_other_regions(s3, name):
    """A client of us-east-1 may ask for any."""
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})

    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] == "eu-central-1"


@pytest.mark.parametrize("location", [None, "us-west-2"])
def test_other_regions_make_buckets_for_themselves_alone(aws, name, location):
    """And want to be told so."""
    request = {"CreateBucketConfiguration": {"LocationConstraint": location}} if location else {}

    refused = refusal(aws("s3", "eu-west-1").create_bucket, Bucket=name, **request)
    assert refused[:2] == (400, "IllegalLocationConstraintException")
    assert (location or "unspecified") in refused.message


def test_buckets_are_listed_by_name_page_by_page(s3, account):
    """With a token as long as there are more; a prefix and a region narrow them."""
    names = sorted(f"{letter}-{account}" for letter in "cab")
    for name in names:
        s3.create_bucket(Bucket=name)
    pages = list(s3.get_paginator("list_buckets").paginate(PaginationConfig={"PageSize": 2}))

    assert [[bucket["Name"] for bucket in page["Buckets"]] for page in pages] == [names[:2], names[2:]]
    assert [bucket["Name"] for bucket in s3.list_buckets(Prefix="b-")["Buckets"]] == [f"b-{account}"]
    assert s3.list_buckets(BucketRegion="eu-west-1")["Buckets"] == []


def test_an_empty_bucket_can_be_deleted(s3, bucket):
    """Afterwards it is not there, and may be made again."""
    s3.delete_bucket(Bucket=bucket)

    assert refusal(s3.head_bucket, Bucket=bucket)[:3] == (404, "404", "Not Found")
    assert refusal(s3.list_objects_v2, Bucket=bucket)[:2] == (404, "NoSuchBucket")
    assert s3.create_bucket(Bucket=bucket)


def test_a_bucket_with_objects_cannot_be_deleted(s3, bucket, put):
    """They have to go first."""
    put()

    refused = refusal(s3.delete_bucket, Bucket=bucket)
    assert refused[:3] == (409, "BucketNotEmpty", "The bucket you tried to delete is not empty")
    assert refused.details["BucketName"] == bucket


def test_a_bucket_made_again_is_empty(s3, bucket, put, keys):
    """Nothing of its former life comes back."""
    put()
    s3.delete_object(Bucket=bucket, Key="key")
    s3.delete_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)

    assert keys() == []


@pytest.mark.parametrize(
    ("call", "request_"),
    [
        ("put_object", {"Key": "k", "Body": b"x"}),
        ("get_object", {"Key": "k"}),
        ("delete_object", {"Key": "k"}),
        ("delete_objects", {"Delete": {"Objects": [{"Key": "k"}]}}),
        ("list_objects", {}),
        ("list_objects_v2", {}),
        ("delete_bucket", {}),
        ("get_bucket_location", {}),
        ("copy_object", {"Key": "k", "CopySource": "no-such-bucket-at-all/k"}),
    ],
)
def test_a_bucket_that_is_not_there_is_said_so(s3, call, request_):
    """With its name."""
    refused = refusal(getattr(s3, call), Bucket="no-such-bucket-at-all", **request_)

    assert refused[:3] == (404, "NoSuchBucket", "The specified bucket does not exist")
    assert refused.details["BucketName"] == "no-such-bucket-at-all"
