"""Batch transform with XGBoost, each number held against XGBoost's own."""

import gzip
import json
import os
from typing import Any

import pytest
from tests.journeys.transforming import (
    create_model,
    lines,
    logged,
    outputs,
    put,
    scores,
    table,
    transform,
)


@pytest.fixture(autouse=True)
def model(aws: Any, bucket: str) -> None:
    create_model(aws, bucket)


def numbers(text: str) -> list[float]:
    return [float(line) for line in text.splitlines()]


def test_every_object_gets_the_scores_that_xgboost_gives(aws: Any, bucket: str) -> None:
    """Row by row, whatever the lines look like; what is a folder or another prefix is no input."""
    rows = {name: table(count, seed) for seed, (name, count) in enumerate(
        {"plain.csv": 3000, "crlf.csv": 5, "mark.csv": 5, "no-end.csv": 5, "deep/er.csv": 5, "gaps.csv": 5}.items()
    )}  # fmt: skip
    put(aws, bucket, {name: lines(features) for name, features in rows.items()})
    put(aws, bucket, {
        "crlf.csv": lines(rows["crlf.csv"], "\r\n"),
        "mark.csv": "\ufeff" + lines(rows["mark.csv"]),
        "no-end.csv": lines(rows["no-end.csv"]).rstrip(),
        "gaps.csv": "\n" + lines(rows["gaps.csv"], "\n\n"),
        "empty.csv": "",
        "folder/": "",
    })  # fmt: skip

    job = transform(aws, bucket, Accept="text/csv")

    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    found = outputs(aws, bucket)
    assert found.pop("empty.csv.out") == ""
    assert set(found) == {f"{name}.out" for name in rows}
    for name, features in rows.items():
        assert numbers(found[f"{name}.out"]) == pytest.approx(scores(features), abs=1e-6), name


def test_a_description_has_every_member(aws: Any, bucket: str) -> None:
    """What was said, what AWS puts where nothing was, and the times."""
    put(aws, bucket, {"in.csv": lines(table(3))})
    said = {
        "MaxConcurrentTransforms": 2,
        "MaxPayloadInMB": 5,
        "BatchStrategy": "MultiRecord",
        "ModelClientConfig": {"InvocationsTimeoutInSeconds": 60, "InvocationsMaxRetries": 1},
        "Environment": {"A": "b"},
        "DataCaptureConfig": {"DestinationS3Uri": f"s3://{bucket}/captured", "GenerateInferenceId": True},
        "ExperimentConfig": {"ExperimentName": "trials", "TrialComponentDisplayName": "batch"},
    }

    job = transform(aws, bucket, **said, KmsKeyId="alias/mine", Tags=[{"Key": "team", "Value": "a"}])

    assert {member: job[member] for member in said} == said
    assert job["TransformInput"] | {"SplitType": "Line", "CompressionType": "None"} == job["TransformInput"]
    assert job["TransformOutput"]["KmsKeyId"] == "alias/mine"
    assert job["DataProcessing"] == {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "None"}
    assert job["CreationTime"] <= job["TransformStartTime"] <= job["TransformEndTime"]
    assert "FailureReason" not in job
    assert aws("sagemaker").list_tags(ResourceArn=job["TransformJobArn"])["Tags"] == [{"Key": "team", "Value": "a"}]
    stored = aws("s3").head_object(Bucket=bucket, Key="scored/in.csv.out")
    assert (stored["ServerSideEncryption"], stored["SSEKMSKeyId"]) == ("aws:kms", "alias/mine")
    assert any(
        "MaxConcurrentTransforms=2, MaxPayloadInMB=5, BatchStrategy=MULTI_RECORD" in line for line in logged(aws)
    )


def test_scores_are_joined_with_the_rows_that_they_are_of(aws: Any, bucket: str) -> None:
    """The id is kept from the model and stands beside the score."""
    features = table(2000)
    ids = [f"customer-{number:04}" for number in range(2000)]
    put(
        aws,
        bucket,
        {"in.csv": "".join(f"{name},{line}\n" for name, line in zip(ids, lines(features).splitlines(), strict=True))},
    )
    filters = {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"}

    job = transform(aws, bucket, Accept="text/csv", DataProcessing=filters)

    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    rows = [line.split(",") for line in outputs(aws, bucket)["in.csv.out"].splitlines()]
    assert [row[0] for row in rows] == ids
    assert [float(row[1]) for row in rows] == pytest.approx(scores(features), abs=1e-6)


@pytest.mark.parametrize("instances", [1, 2])
def test_compressed_objects_of_a_manifest_are_dealt_out(aws: Any, bucket: str, instances: int) -> None:
    """Over as many model servers as there are cores for, with the same outputs; the manifest alone says which."""
    rows = {f"part-{number}.csv": table(20 + number, number) for number in range(4)}
    put(aws, bucket, {name: gzip.compress(lines(features).encode()) for name, features in rows.items()})
    put(aws, bucket, {"other.csv": "no numbers"})
    manifest = json.dumps([{"prefix": f"s3://{bucket}/batch/"}, *rows])
    aws("s3").put_object(Bucket=bucket, Key="input.manifest", Body=manifest.encode())

    job = transform(
        aws, bucket, S3DataType="ManifestFile", S3Uri=f"s3://{bucket}/input.manifest", CompressionType="Gzip",
        InstanceCount=instances,
    )  # fmt: skip

    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    found = outputs(aws, bucket)
    assert set(found) == {f"{name}.out" for name in rows}
    for name, features in rows.items():
        assert numbers(found[f"{name}.out"]) == pytest.approx(scores(features), abs=1e-6)
    hosts = min(instances, len(os.sched_getaffinity(0)))
    assert sum("MaxConcurrentTransforms=" in line for line in logged(aws)) == hosts


def test_one_record_at_a_time_gives_the_same(aws: Any, bucket: str) -> None:
    """SingleRecord."""
    features = table(40)
    put(aws, bucket, {"in.csv": lines(features)})

    job = transform(aws, bucket, BatchStrategy="SingleRecord", MaxConcurrentTransforms=8)

    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    assert numbers(outputs(aws, bucket)["in.csv.out"]) == pytest.approx(scores(features), abs=1e-6)


def test_a_bad_row_is_named_and_keeps_no_other_object_from_its_output(aws: Any, bucket: str) -> None:
    """AWS's words, the object, the line, what the model said of it; the object with the row has no output."""
    good = table(200)
    rows = lines(good).splitlines(keepends=True)
    put(
        aws,
        bucket,
        {"bad.csv": "".join([*rows[:136], "\n", "0.1,twelve,0.3,0.4\n", *rows[136:]]), "good.csv": lines(good)},
    )

    job = transform(aws, bucket)

    assert job["TransformJobStatus"] == "Failed"
    reason = job["FailureReason"]
    assert reason.startswith("ClientError: See job logs for more information")
    assert f"{bucket}/batch/bad.csv: Bad HTTP status received from algorithm: 415, at line 138: " in reason
    assert "twelve" in reason
    found = outputs(aws, bucket)
    assert set(found) == {"good.csv.out"}
    assert numbers(found["good.csv.out"]) == pytest.approx(scores(good), abs=1e-6)
    about = f"[sagemaker logs]: {bucket}/batch/bad.csv: "
    told = [line.partition(about)[2] for line in logged(aws) if about in line]
    assert told[:3] == ["ClientError: 415", "", "Message:"]
    assert told[-1].startswith("Bad HTTP status received from algorithm: 415, at line 138")


@pytest.mark.parametrize(("changes", "content", "reason"), [
    ({"S3Uri": "s3://{bucket}/nothing/"}, "1,2,3,4\n", 'No S3 objects found under S3 URL "s3://{bucket}/nothing/"'),
    ({"S3Uri": "s3://{bucket}/no.manifest", "S3DataType": "ManifestFile"}, "1,2,3,4\n", "NoSuchKey"),
    ({"S3Uri": "s3://{bucket}/batch/in.csv", "S3DataType": "ManifestFile"}, "1,2,3,4\n", "it is not JSON"),
    ({"S3OutputPath": "s3://no-such-bucket-here/scored"}, "1,2,3,4\n", "Output upload failed"),
    ({"CompressionType": "Gzip"}, "1,2,3,4\n", "batch/in.csv: Fail to decompress input as Gzip"),
    ({"MaxPayloadInMB": 1}, "1," * 600_000, "batch/in.csv: Too much data for max payload size: line 1 has more than"),
    ({"SplitType": "TFRecord"}, "1,2,3,4\n", "batch/in.csv: Fail to parse input as TFRecord"),
    ({"DataProcessing": {"InputFilter": "$[0:2,3:"}}, "1,2,3,4\n", "Invalid JsonPath: $[0:2,3:"),
    ({"DataProcessing": {"OutputFilter": "$[7]"}}, "1,2,3,4\n", "there is no column 7 in a row of 1"),
    ({"DataProcessing": {"InputFilter": "$[4]"}}, "1,2,3,4,5\n1,2\n", "in record 2 of the payload (in lines 1 to 2)"),
], ids=["nothing", "no manifest", "bad manifest", "no bucket", "no gzip", "too large", "no records", "bad path",
        "no column", "short row"])  # fmt: skip
def test_a_failed_job_says_why(aws: Any, bucket: str, changes: dict[str, Any], content: str, reason: str) -> None:
    """And leaves no output."""
    put(aws, bucket, {"in.csv": content})
    changes = {
        name: value.format(bucket=bucket) if isinstance(value, str) else value for name, value in changes.items()
    }

    job = transform(aws, bucket, **changes)

    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: ")
    assert reason.format(bucket=bucket) in job["FailureReason"]
    assert outputs(aws, bucket) == {}
