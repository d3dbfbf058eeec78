"""What an asynchronous endpoint tells SNS's topics of each request: AWS's JSON, published with the outcome."""

import base64
import logging
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from fieldstone.control.endpoints.outcomes import Outcome
from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Context
from fieldstone.store.resources import Row

_LARGEST: Final = 128 << 10
"""Bytes of the largest answer that a notification includes."""
_TOLD: Final = {
    "accept": "accept",
    "contentType": "content-type",
    "customAttributes": "x-amzn-sagemaker-custom-attributes",
}
"""What was asked, by the headers that the container got."""
_log = logging.getLogger(__name__)


def notify(ctx: Context, row: Row, outcome: Outcome) -> None:
    """Publish what came of a request, in the transaction that settles it, if its endpoint has a topic for that.

    A topic that is gone is no reason to lose the answer: the log says so.
    """
    config = row.document.get("NotificationConfig", {})
    kind = "Success" if outcome.reason is None else "Error"
    topic = config.get(f"{kind}Topic")
    if not topic:
        return
    include = f"{kind.upper()}_NOTIFICATION_TOPIC" in config.get("IncludeInferenceResponseIn", [])
    text = msgspec.json.encode(_notice(row, outcome, ctx.now, include=include)).decode()
    try:
        ctx.call("sns", "publish", {"TopicArn": topic, "Message": text})
    except AwsError as error:
        _log.warning("%s of endpoint %s: %s: %s", row.name, row.document["EndpointName"], topic, error)


def _notice(row: Row, outcome: Outcome, now: float, *, include: bool) -> dict[str, Any]:
    document, headers = row.document, row.internal["headers"]
    asked = {name: headers[header] for name, header in _TOLD.items() if header in headers}
    asked["endpointName"] = document["EndpointName"]
    if "InputLocation" in document:
        asked["inputLocation"] = document["InputLocation"]
    notice: dict[str, Any] = {
        "awsRegion": row.region,
        "eventTime": _timestamp(now),
        "receivedTime": _timestamp(row.created),
        "invocationStatus": "Completed" if outcome.reason is None else "Failed",
    }
    if outcome.reason is not None:
        notice["failureReason"] = outcome.reason
    notice["requestParameters"] = asked
    if outcome.address is not None:
        where = "outputLocation" if outcome.reason is None else "failureLocation"
        notice["responseParameters"] = {"contentType": outcome.content_type, where: outcome.address}
    if include and len(outcome.body) <= _LARGEST:
        notice["responseBody"] = {"content": base64.b64encode(outcome.body).decode(), "encoding": "BASE64"}
    return notice | {
        "inferenceId": document["InferenceId"],
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "InferenceResult",
    }


def _timestamp(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
