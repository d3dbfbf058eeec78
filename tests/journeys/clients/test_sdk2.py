"""The SageMaker Python SDK, version 2: no line of a program is changed for it."""

import pytest

pytestmark = pytest.mark.client("sdk2")

SESSION = """
import os, pathlib, sagemaker
from sagemaker.s3 import S3Downloader, S3Uploader
session = sagemaker.Session()
bucket = session.default_bucket()
print(bucket, session.boto_region_name, sagemaker.get_execution_role())
big = os.urandom(20 << 20)
pathlib.Path("up/deep").mkdir(parents=True)
pathlib.Path("up/a.csv").write_text("1,2\\n")
pathlib.Path("up/deep/big").write_bytes(big)
print(session.upload_data("up", key_prefix="data"))
print(session.list_s3_files(bucket, "data"))
session.download_data("down", bucket=bucket, key_prefix="data")
assert pathlib.Path("down/a.csv").read_text() == "1,2\\n" and pathlib.Path("down/deep/big").read_bytes() == big
print(S3Uploader.upload_string_as_file_body("abc", f"s3://{bucket}/text/t", sagemaker_session=session))
print(S3Downloader.read_file(f"s3://{bucket}/text/t", sagemaker_session=session), session.expand_role("FieldstoneRole"))
"""

ACCOUNT = """
import sagemaker
session = sagemaker.Session()
print(session.account_id(), session.get_caller_identity_arn())
session.upload_string_as_file_body("over TLS, in chunks", session.default_bucket(), "t")
import boto3
s3 = boto3.client("s3", endpoint_url="https://s3.us-east-1.amazonaws.com")
s3.put_object(Bucket=session.default_bucket(), Key="big", Body=b"x" * 20_000_000)
print(s3.head_object(Bucket=session.default_bucket(), Key="big")["ContentLength"])
print(session.read_s3_file(session.default_bucket(), "t"))
"""

TRAIN = """
import random, sagemaker
from sagemaker import image_uris
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.serializers import CSVSerializer
session, rng = sagemaker.Session(), random.Random(1)
rows = [(rng.random(), rng.random()) for _ in range(400)]
open("train.csv", "w").write("".join(f"{int(a + b > 1)},{a},{b}\\n" for a, b in rows))
image = image_uris.retrieve("xgboost", "us-east-1", "1.7-1")
estimator = Estimator(image, sagemaker.get_execution_role(), 1, "ml.m5.large", sagemaker_session=session)
estimator.set_hyperparameters(objective="binary:logistic", num_round=5)
uploaded = session.upload_data("train.csv", key_prefix="trained")
estimator.fit({"train": TrainingInput(uploaded, content_type="text/csv")}, logs="All")
predictor = estimator.deploy(1, "ml.m5.large", serializer=CSVSerializer())
high, low = (float(score) for score in predictor.predict("0.9,0.9\\n0.1,0.1").decode().split())
predictor.delete_endpoint()
print("separated", high > 0.8 and low < 0.2)
"""


def told(said):
    """What a program prints, without what the SDK tells of its configuration."""
    return [line for line in said.splitlines() if not line.startswith("sagemaker.config ")]


def test_a_session_knows_its_bucket_and_role_and_moves_data(client_program):
    """Session, default_bucket, get_execution_role, upload_data, download_data; STS is never asked."""
    bucket, role = "sagemaker-us-east-1-123456789012", "arn:aws:iam::123456789012:role/service-role/FieldstoneRole"
    assert told(client_program(SESSION)) == [
        f"{bucket} us-east-1 {role}",
        f"s3://{bucket}/data",
        "['data/a.csv', 'data/deep/big']",
        f"s3://{bucket}/text/t",
        f"abc {role}",
    ]


def test_with_the_proxy_what_asks_aws_by_name_is_answered_too(client_program):
    """The account, at the address that the SDK has built in; S3 over TLS, where bodies come in chunks with trailers."""
    who, size, text = told(client_program(ACCOUNT, options=("--proxy",)))

    assert who.split() == ["123456789012", "arn:aws:iam::123456789012:role/service-role/FieldstoneRole"]
    assert (size, text) == ("20000000", "over TLS, in chunks")


def test_an_estimator_is_fitted_deployed_and_asked(client_program):
    """With the log lines of its job; the endpoint tells the two classes apart."""
    said = client_program(TRAIN)

    assert "train-logloss" in said
    assert said.endswith("separated True\n")
