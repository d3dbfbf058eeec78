"""What a queued prediction comes to: an object in S3, and values of metrics."""

from dataclasses import dataclass, field
from typing import Any

from fieldstone.core.prediction import Reply
from fieldstone.core.s3uri import parse_s3_uri
from fieldstone.store.resources import Row


class InvocationFailedError(Exception):
    """There is no answer to be had.

    Attributes:
        said: What stands at FailureLocation: the model's words if it refused, else ours.
        content_type: Of that.
        metric: What counts such failures.
        reason: What a notification has for it: the same, but for a model's words.
    """

    def __init__(self, said: str, metric: str = "InvocationFailures") -> None:
        super().__init__(said)
        self.said = said.encode()
        self.content_type = "text/plain"
        self.metric = metric
        self.reason = said


def refused(reply: Reply, content_type: str) -> InvocationFailedError:
    """The failure that a model's own answer is."""
    side = "client" if reply.status < 500 else "server"
    failure = InvocationFailedError(
        f"ClientError: Received {side} error ({reply.status}) from model. "
        "See the SageMaker Endpoint logs in your account for more information."
    )
    failure.said, failure.content_type = reply.body, content_type
    return failure


@dataclass(slots=True)
class Outcome:
    """What an invocation came to.

    Attributes:
        address: Where in S3 it is to be put; None for nowhere.
        reason: Why there is no answer; None where there is one.
        variant: Who answered.
        metrics: Values and their units, by AWS's names.
    """

    address: str | None
    body: bytes
    content_type: str
    reason: str | None = None
    variant: str = "AllTraffic"
    metrics: dict[str, tuple[float, str]] = field(default_factory=dict[str, tuple[float, str]])

    def request(self, row: Row) -> dict[str, Any]:
        """PutObject, but for its body."""
        target = parse_s3_uri(self.address or "")
        request = {"Bucket": target.bucket, "Key": target.key, "ContentType": self.content_type}
        if "KmsKeyId" in row.document:
            request |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": row.document["KmsKeyId"]}
        return request

    def data(self, row: Row, now: float) -> list[dict[str, Any]]:
        """The values of metrics, as CloudWatch keeps them."""
        places = {"EndpointName": row.document["EndpointName"], "VariantName": self.variant}
        dimensions = [{"Name": name, "Value": value} for name, value in places.items()]
        return [
            {"MetricName": name, "Value": value, "Unit": unit, "Dimensions": dimensions, "Timestamp": now}
            for name, (value, unit) in self.metrics.items()
        ]


def answered(row: Row, reply: Reply) -> Outcome:
    """The model's answer.

    Raises:
        InvocationFailedError: It refused.
    """
    content_type = reply.headers.get("content-type", "application/octet-stream")
    if reply.status >= 300:
        raise refused(reply, content_type)
    address = row.document.get("OutputLocation")
    return Outcome(address, reply.body, content_type, metrics={"InvocationsProcessed": (1.0, "Count")})


def failed(row: Row, failure: InvocationFailedError) -> Outcome:
    """Why there is no answer; with nowhere to put it if the endpoint has no S3FailurePath."""
    address = row.document.get("FailureLocation")
    counted = {failure.metric: (1.0, "Count")}
    return Outcome(address, failure.said, failure.content_type, failure.reason, metrics=counted)
