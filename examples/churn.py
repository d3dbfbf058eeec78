"""Which customers will leave? From a table of customers to a model that answers, on SageMaker's API.

Nothing here knows where it runs. With AWS credentials it runs on AWS; with the environment that `fieldstone env` prints
it runs on your own machine, unchanged:

    python examples/churn.py            # train, deploy, predict, compare, clean up
    python examples/churn.py --keep     # leave the endpoint running

On AWS, name a role that SageMaker may take on: --role, or the environment variable SAGEMAKER_ROLE.
"""

import argparse
import csv
import os
import random
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError, WaiterError

DATA = Path(__file__).parent / "data" / "churn.csv"
REGION = boto3.Session().region_name or "us-east-1"

# AWS keeps its images in an account of its own in each region; for regions not listed here there is --image.
IMAGE_ACCOUNT = {"us-west-2": "246618743249", "eu-west-1": "141502667606"}.get(REGION, "683313688378")
IMAGE = f"{IMAGE_ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/sagemaker-xgboost:1.7-1"
INSTANCE = {"InstanceType": "ml.m5.large", "InstanceCount": 1}

HYPERPARAMETERS = {
    "objective": "binary:logistic",
    "num_round": "100",
    "max_depth": "5",
    "eta": "0.2",
    "gamma": "4",
    "min_child_weight": "6",
    "subsample": "0.8",
    "eval_metric": "auc",
}

# How often a waiter asks, in seconds, and how many times; the usual 30 to 120 seconds would be most of our time.
PATIENCE = {"Delay": 1, "MaxAttempts": 3600}


# --- The data: a table of words and numbers becomes rows of numbers ---------------------------------------------------


def load(file: Path) -> tuple[list[str], list[list[float]]]:
    """Read the table; gives the features' names, and rows with the label first: 1 for a customer who left."""
    with file.open(newline="") as text:
        table = list(csv.DictReader(text))
    features: dict[str, list[float]] = {}
    for column in table[0]:
        values = [line[column] for line in table]
        if column == "churn" or column.endswith("_charge"):
            continue  # what we want to know; and charges, which are minutes times a price and tell nothing new
        if values[0].replace(".", "", 1).isdigit():
            features[column] = [float(value) for value in values]
        else:  # a column of words becomes one of 0 and 1 for each word
            for word in sorted(set(values)):
                features[f"{column} is {word}"] = [float(value == word) for value in values]
    labels = [float(line["churn"] == "yes") for line in table]
    return list(features), [list(row) for row in zip(labels, *features.values(), strict=True)]


def split(rows: list[list[float]], seed: int = 1) -> tuple[list[list[float]], list[list[float]], list[list[float]]]:
    """Shuffle, then deal: 70 % to learn from, 10 % to watch the learning, 20 % that the model never sees."""
    shuffled = random.Random(seed).sample(rows, len(rows))
    first, second = len(rows) * 7 // 10, len(rows) * 8 // 10
    return shuffled[:first], shuffled[first:second], shuffled[second:]


def to_csv(rows: Sequence[Sequence[float]]) -> bytes:
    """What SageMaker's XGBoost reads: no header, the label in the first column, or none when asking for predictions."""
    return "".join(",".join(f"{value:g}" for value in row) + "\n" for row in rows).encode()


# --- How good is it? And how good is next to nothing? -----------------------------------------------------------------


def auc(labels: Sequence[float], scores: Sequence[float]) -> float:
    """The chance that a customer who left has a higher score than one who stayed; a tie counts half."""
    order = sorted(range(len(scores)), key=scores.__getitem__)
    places: dict[float, list[int]] = {}
    for place, index in enumerate(order, 1):
        places.setdefault(scores[index], []).append(place)
    rank = {score: sum(equal) / len(equal) for score, equal in places.items()}
    ranks = sum(rank[score] for score, label in zip(scores, labels, strict=True) if label)
    left = sum(labels)
    return (ranks - left * (left + 1) / 2) / (left * (len(labels) - left))


def best_rule(rows: Sequence[list[float]]) -> tuple[int, float]:
    """The question `is this feature at least so much?` that finds leavers best, by F1: which feature, and how much."""
    leavers = sum(row[0] for row in rows)
    candidates: list[tuple[float, int, float]] = []
    for feature in range(1, len(rows[0])):
        hits = 0.0
        found: dict[float, float] = {}  # F1 by threshold; of equal values the last one counts, when all are in
        for flagged, (value, label) in enumerate(sorted(((row[feature], row[0]) for row in rows), reverse=True), 1):
            hits += label
            found[value] = 2 * hits / (flagged + leavers)
        candidates += [(f1, feature, threshold) for threshold, f1 in found.items()]
    return max(candidates)[1:]


def report(name: str, labels: Sequence[float], scores: Sequence[float]) -> None:
    """Print one line of the comparison. Who scores over one half is flagged as a leaver.

    Precision: how many of those we flag leave. Recall: how many of those who leave we flag.
    """
    flagged = [label for label, score in zip(labels, scores, strict=True) if score > 0.5]
    precision = f"{sum(flagged) / len(flagged):.3f}" if flagged else "-"
    print(f"  {name:<42} {auc(labels, scores):6.3f} {precision:>10} {sum(flagged) / sum(labels):7.3f}")


# --- SageMaker --------------------------------------------------------------------------------------------------------


@cache
def client(service: str) -> Any:
    """The client of an AWS service."""
    return boto3.client(service, region_name=REGION)


def wait(waiter: str, **name: str) -> None:
    """Wait for the end of something that was started; if it failed, end with the reason."""
    try:
        client("sagemaker").get_waiter(waiter).wait(**name, WaiterConfig=PATIENCE)
    except WaiterError as error:
        raise SystemExit(error.last_response.get("FailureReason") or str(error)) from error


def upload(bucket: str, files: dict[str, bytes]) -> None:
    """Put files into the bucket, which is created unless it is there."""
    s3 = client("s3")
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] != "404":
            raise
        # The oldest region must not be named, every other one must.
        place = {} if REGION == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": REGION}}
        s3.create_bucket(Bucket=bucket, **place)
    for key, content in files.items():
        s3.put_object(Bucket=bucket, Key=key, Body=content)


def train(name: str, folder: str, options: argparse.Namespace) -> str:
    """Train on the files in the folder; gives the address of the model."""
    client("sagemaker").create_training_job(
        TrainingJobName=name,
        AlgorithmSpecification={"TrainingImage": options.image, "TrainingInputMode": "File"},
        RoleArn=options.role,
        HyperParameters=HYPERPARAMETERS,
        InputDataConfig=[
            {"ChannelName": part, "ContentType": "text/csv", "DataSource": source(f"{folder}/{part}/")}
            for part in ("train", "validation")
        ],
        OutputDataConfig={"S3OutputPath": f"{folder}/output"},
        ResourceConfig={**INSTANCE, "VolumeSizeInGB": 10},
        StoppingCondition={"MaxRuntimeInSeconds": 3600},
    )
    wait("training_job_completed_or_stopped", TrainingJobName=name)
    job = client("sagemaker").describe_training_job(TrainingJobName=name)
    for metric in job.get("FinalMetricDataList", []):
        print(f"  {metric['MetricName']} = {metric['Value']:.4f}")
    return job["ModelArtifacts"]["S3ModelArtifacts"]


def source(uri: str) -> dict[str, Any]:
    """All files in S3 whose addresses begin like this."""
    return {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}


def print_log(job: str, lines: int = 3) -> None:
    """Print the last lines that a training job wrote."""
    log = {"logGroupName": "/aws/sagemaker/TrainingJobs"}
    for stream in client("logs").describe_log_streams(**log, logStreamNamePrefix=f"{job}/")["logStreams"]:
        events = client("logs").get_log_events(**log, logStreamName=stream["logStreamName"], limit=lines)["events"]
        for event in events:
            print(f"  | {event['message']}")


def deploy(name: str) -> None:
    """Put the model of that name behind an endpoint of the same name, and wait until it answers."""
    variant = {"VariantName": "all", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    client("sagemaker").create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    client("sagemaker").create_endpoint(EndpointName=name, EndpointConfigName=name)
    wait("endpoint_in_service", EndpointName=name)


def ask(endpoint: str, features: Sequence[list[float]], batch: int = 100) -> list[float]:
    """Ask the endpoint for the probability of leaving, some customers at a time."""
    scores: list[float] = []
    for start in range(0, len(features), batch):
        body = to_csv(features[start : start + batch])
        reply = client("sagemaker-runtime").invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body=body)
        scores += parse_scores(reply["Body"].read())
    return scores


def parse_scores(reply: bytes) -> list[float]:
    """Read predictions: one a line from today's images, all on one line between commas from old ones."""
    return [float(score) for score in reply.decode().replace(",", "\n").split()]


def transform(name: str, folder: str) -> None:
    """Predict for a whole file in S3, without an endpoint: a batch transform job, one prediction per line."""
    client("sagemaker").create_transform_job(
        TransformJobName=name,
        ModelName=name,
        BatchStrategy="MultiRecord",
        TransformInput={"DataSource": source(f"{folder}/test.csv"), "ContentType": "text/csv", "SplitType": "Line"},
        TransformOutput={"S3OutputPath": f"{folder}/predictions", "AssembleWith": "Line"},
        TransformResources=INSTANCE,
    )
    wait("transform_job_completed_or_stopped", TransformJobName=name)


def clean_up(name: str) -> None:
    """Delete what costs money or stands in the way; the jobs and the files stay as a record."""
    for kind, key in (("endpoint", "EndpointName"), ("endpoint_config", "EndpointConfigName"), ("model", "ModelName")):
        try:
            getattr(client("sagemaker"), f"delete_{kind}")(**{key: name})
        except ClientError as error:  # an earlier step failed, so there is nothing to delete
            print(f"  {error}")


# --- All of it, in order ----------------------------------------------------------------------------------------------


def main() -> None:
    """Train, deploy, predict in two ways, clean up, and compare with next to nothing."""
    options = parse_options()
    names, rows = load(DATA)
    learning, watching, testing = split(rows)
    labels, features = [row[0] for row in testing], [row[1:] for row in testing]
    print(f"{len(rows)} customers, {len(names)} features; {sum(row[0] for row in rows) / len(rows):.1%} left")

    name = f"churn-{time.strftime('%Y%m%d-%H%M%S')}"
    files = {"train/rows.csv": learning, "validation/rows.csv": watching, "test.csv": features}
    upload(options.bucket, {f"{name}/{file}": to_csv(content) for file, content in files.items()})

    print(f"Training {name}")
    artifact = train(name, f"s3://{options.bucket}/{name}", options)
    print_log(name)

    model = {"Image": options.image, "ModelDataUrl": artifact}
    client("sagemaker").create_model(ModelName=name, PrimaryContainer=model, ExecutionRoleArn=options.role)
    try:
        scores = predict_twice(name, options.bucket, features)
    finally:
        if not options.keep:
            clean_up(name)

    feature, threshold = best_rule(learning)
    print(f"\nOn {len(testing)} customers that the model has never seen:\n{'AUC':>51} {'precision':>10} {'recall':>7}")
    report("nobody leaves", labels, [0.0 for _ in labels])
    report(f"{names[feature - 1]} >= {threshold:g}", labels, [float(row[feature] >= threshold) for row in testing])
    report("XGBoost", labels, scores)


def predict_twice(name: str, bucket: str, features: Sequence[list[float]]) -> list[float]:
    """Predict by an endpoint and by batch transform, which must agree to the last digit."""
    print("Deploying the model")
    deploy(name)
    scores = ask(name, features)
    print(f"The endpoint answered for {len(scores)} customers")

    transform(name, f"s3://{bucket}/{name}")
    output = client("s3").get_object(Bucket=bucket, Key=f"{name}/predictions/test.csv.out")
    assert parse_scores(output["Body"].read()) == scores, "batch transform and endpoint disagree"
    print("Batch transform gave the same answers")
    return scores


def parse_options() -> argparse.Namespace:
    """Read the command line; the defaults follow from the account and its region."""
    account = client("sts").get_caller_identity()["Account"]
    role = os.environ.get("SAGEMAKER_ROLE", f"arn:aws:iam::{account}:role/service-role/FieldstoneRole")
    parser = argparse.ArgumentParser(description="Train, deploy and judge a model of customer churn.")
    parser.add_argument("--image", default=IMAGE, help="the image of XGBoost (default: %(default)s)")
    parser.add_argument("--role", default=role, help="the role that SageMaker takes on (default: %(default)s)")
    parser.add_argument("--bucket", default=f"sagemaker-{REGION}-{account}", help="default: %(default)s")
    parser.add_argument("--keep", action="store_true", help="leave the endpoint, its configuration and the model")
    return parser.parse_args()


if __name__ == "__main__":
    main()
