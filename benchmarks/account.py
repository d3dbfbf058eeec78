"""The account that the benchmarks work in: its key, its names, and boto3 clients of it."""

from dataclasses import dataclass
from typing import Any

import boto3

REGION = "us-east-1"
BUCKET = "benchmark"
ROLE = "arn:aws:iam::123456789012:role/service-role/FieldstoneRole"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"


@dataclass(frozen=True, slots=True)
class Key:
    """An access key."""

    access: str
    secret: str


ANY_KEY = Key("benchmark", "benchmark")
"""For servers that check no signature."""


def make_client(url: str, key: Key, service: str) -> Any:
    """A boto3 client."""
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=key.access,
        aws_secret_access_key=key.secret,
    )
