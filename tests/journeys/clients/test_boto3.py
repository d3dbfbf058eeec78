"""boto3's own conveniences, transfers in parts, paginators, waiters; and jobs, one after the other."""

import random

import boto3
import pytest
from botocore.exceptions import ClientError, WaiterError
from tests.journeys.clients.chain import FILES, requests, verify
from tests.journeys.conftest import IMAGE, ROLE

MEGABYTE = 1 << 20


def test_a_file_goes_up_and_comes_down_in_parts(lake, tmp_path):
    """Several at a time, as boto3 does with large files; the bytes are the same, and the parts are told."""
    s3, sent, got = boto3.client("s3"), tmp_path / "sent", tmp_path / "got"
    sent.write_bytes(random.Random(1).randbytes(21 * MEGABYTE))
    seen: list[int] = []
    s3.upload_file(str(sent), lake, "model.tar.gz", ExtraArgs={"Metadata": {"of": "churn"}}, Callback=seen.append)
    s3.download_file(lake, "model.tar.gz", str(got))
    head = s3.head_object(Bucket=lake, Key="model.tar.gz", PartNumber=3, ChecksumMode="ENABLED")

    assert got.read_bytes() == sent.read_bytes()
    assert sum(seen) == 21 * MEGABYTE
    assert (head["PartsCount"], head["ContentLength"], head["Metadata"]) == (3, 5 * MEGABYTE, {"of": "churn"})
    assert head["ETag"].endswith('-3"')


def test_a_large_object_is_copied_in_parts(lake):
    """By UploadPartCopy, once boto3 is told that 5 MiB are many."""
    s3, data = boto3.client("s3"), random.Random(2).randbytes(11 * MEGABYTE)
    s3.put_object(Bucket=lake, Key="from", Body=data)
    few = boto3.s3.transfer.TransferConfig(multipart_threshold=5 * MEGABYTE, multipart_chunksize=5 * MEGABYTE)
    s3.copy({"Bucket": lake, "Key": "from"}, lake, "to", Config=few)

    assert s3.get_object(Bucket=lake, Key="to")["Body"].read() == data
    assert s3.head_object(Bucket=lake, Key="to")["ETag"].endswith('-3"')


def test_the_resources_of_boto3_walk_and_empty_a_bucket(lake):
    """They list, filter and delete in batches."""
    bucket = boto3.resource("s3").Bucket(lake)
    for number in range(12):
        bucket.put_object(Key=f"day={number % 3}/part-{number:02}", Body=b"x" * number)

    assert [item.size for item in bucket.objects.filter(Prefix="day=1/")] == [1, 4, 7, 10]
    bucket.objects.filter(Prefix="day=0/").delete()
    assert sum(1 for _ in bucket.objects.all()) == 8
    bucket.objects.delete()
    assert list(bucket.objects.limit(1)) == []


def test_paginators_give_everything_once(lake):
    """By pages of any size, with folders between the keys."""
    s3 = boto3.client("s3")
    keys = [f"{letter}/{number}" for letter in "abc" for number in range(7)] + ["d", "e é+%"]
    for key in keys:
        s3.put_object(Bucket=lake, Key=key, Body=b"")
    pages = s3.get_paginator("list_objects_v2")
    flat = pages.paginate(Bucket=lake, PaginationConfig={"PageSize": 4})
    top = list(pages.paginate(Bucket=lake, Delimiter="/", PaginationConfig={"PageSize": 2}))

    assert [item["Key"] for page in flat for item in page["Contents"]] == keys
    assert [item["Prefix"] for page in top for item in page.get("CommonPrefixes", [])] == ["a/", "b/", "c/"]
    assert [item["Key"] for page in top for item in page.get("Contents", [])] == ["d", "e é+%"]


def test_paginators_of_sagemaker_give_everything_once(pointed, account):
    """Newest first."""
    sagemaker = boto3.client("sagemaker")
    names = [f"m-{account}-{number}" for number in range(7)]
    for name in names:
        sagemaker.create_model(ModelName=name, PrimaryContainer={"Image": IMAGE}, ExecutionRoleArn=ROLE)
    pages = sagemaker.get_paginator("list_models").paginate(NameContains=account, PaginationConfig={"PageSize": 3})

    assert [model["ModelName"] for page in pages for model in page["Models"]] == names[::-1]


def test_waiters_wait_for_what_is_there_and_for_what_is_gone(lake):
    """By asking again; they give up in words."""
    s3 = boto3.client("s3")
    s3.put_object(Bucket=lake, Key="k", Body=b"1")
    once = {"Delay": 1, "MaxAttempts": 1}

    s3.get_waiter("bucket_exists").wait(Bucket=lake, WaiterConfig=once)
    s3.get_waiter("object_exists").wait(Bucket=lake, Key="k", WaiterConfig=once)
    s3.get_waiter("object_not_exists").wait(Bucket=lake, Key="gone", WaiterConfig=once)
    with pytest.raises(WaiterError, match="Max attempts exceeded"):
        s3.get_waiter("object_exists").wait(Bucket=lake, Key="gone", WaiterConfig=once)


def test_an_object_is_written_once(lake):
    """``If-None-Match: *`` and ``If-Match``, on which table formats build their commits."""
    s3 = boto3.client("s3")
    first = s3.put_object(Bucket=lake, Key="log/0.json", Body=b"1", IfNoneMatch="*")
    for condition in ({"IfNoneMatch": "*"}, {"IfMatch": '"0123456789abcdef0123456789abcdef"'}):
        with pytest.raises(ClientError, match="PreconditionFailed"):
            s3.put_object(Bucket=lake, Key="log/0.json", Body=b"2", **condition)
    s3.put_object(Bucket=lake, Key="log/0.json", Body=b"3", IfMatch=first["ETag"])

    assert s3.get_object(Bucket=lake, Key="log/0.json")["Body"].read() == b"3"


def test_rows_are_prepared_learned_from_and_scored(lake, account):
    """By three jobs, each waited for, and each number held against NumPy and XGBoost."""
    s3, sagemaker = boto3.client("s3"), boto3.client("sagemaker")
    for key, body in FILES.items():
        s3.put_object(Bucket=lake, Key=key, Body=body)
    for kind, request in requests(lake, f"chain-{account}").items():
        what = kind.replace("-", "_")
        getattr(sagemaker, f"create_{what}")(**request)
        if kind != "model":
            name = {member: text for member, text in request.items() if member.endswith("JobName")}
            waiter = sagemaker.get_waiter(f"{what}_completed_or_stopped")
            waiter.wait(**name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 600})
    metrics = sagemaker.describe_training_job(TrainingJobName=f"chain-{account}")["FinalMetricDataList"]
    told = {metric["MetricName"]: metric["Value"] for metric in metrics}

    def read(key: str) -> bytes:
        return s3.get_object(Bucket=lake, Key=key)["Body"].read()

    verify(
        train=read("train/rows.csv"),
        validation=read("validation/rows.csv"),
        model=read(f"models/chain-{account}/output/model.tar.gz"),
        scored=read("scored/rows.csv.out"),
        logloss=told["validation:logloss"],
    )
