"""Predictions to be made later: each is a row until its answer, or why there is none, lies in S3."""

import base64
from typing import Any, Final

from fieldstone.core.arn import Arn
from fieldstone.core.errors import AwsError
from fieldstone.core.ids import request_id
from fieldstone.core.s3uri import S3Uri, parse_s3_uri
from fieldstone.services.operation import Answer, Context, Request, write
from fieldstone.store.kind import Kind
from fieldstone.store.resources import Row

ASYNC_INVOCATION: Final = Kind(
    name="AsyncInvocation",
    service="sagemaker",
    arn_resource="async-invocation/{name}",
    noun="asynchronous invocation",
)
"""A queued prediction; its row goes in the commit that puts its answer into S3, so none is lost and none is doubled."""

_CLOSED: Final = frozenset({"Creating", "Failed", "Deleting"})
_PASSED_ON: Final = {
    "Accept": "accept",
    "CustomAttributes": "x-amzn-sagemaker-custom-attributes",
    "ContentType": "content-type",
}
_TTL_SECONDS: Final = 21_600
_TIMEOUT_SECONDS: Final = 900


@write
def invoke_endpoint_async(ctx: Context, request: Request) -> Answer:
    """Queue a prediction; the endpoint answers it in its time. Whether the input is there shows then, as on AWS."""
    endpoint = _endpoint(ctx, request["EndpointName"])
    name = request_id()
    document = _document(endpoint.document["AsyncInferenceConfig"]["OutputConfig"], name, request)
    internal: dict[str, Any] = {"endpoint": endpoint.uid, "headers": _headers(request, document["InferenceId"])}
    if request.get("Body"):
        internal["body"] = base64.b64encode(request["Body"]).decode()
    arn = ASYNC_INVOCATION.arn(ctx.account, ctx.region, name)
    row = Row(ASYNC_INVOCATION.name, ctx.account, ctx.region, name, arn, document, "InProgress", settled=False)
    row.created, row.modified, row.internal = ctx.now, ctx.now, internal
    ctx.store.resources.insert(row)
    return {member: document.get(member) for member in ("InferenceId", "OutputLocation", "FailureLocation")}


def _endpoint(ctx: Context, name: str) -> Row:
    """The asynchronous endpoint of that name.

    Raises:
        AwsError: There is none, it is not in service, or it answers at once.
    """
    row = ctx.store.resources.find_arn(str(Arn("sagemaker", ctx.region, ctx.account, f"endpoint/{name}")))
    if row is None or row.status in _CLOSED:
        raise _refusal(f"Endpoint {name} of account {ctx.account} not found.")
    if "AsyncInferenceConfig" not in row.document:
        raise _refusal(f"Endpoint {name} of account {ctx.account} is not an asynchronous endpoint. Use InvokeEndpoint.")
    output = row.document["AsyncInferenceConfig"]["OutputConfig"]
    if "S3OutputPath" not in output and not _is_told(output.get("NotificationConfig", {})):
        words = "neither an S3OutputPath nor a SuccessTopic whose notifications include the answer"
        raise _refusal(f"Endpoint {name} has {words}: there is nowhere to put it.")
    return row


def _is_told(notification: dict[str, Any]) -> bool:
    """Whether a topic is told the answers themselves."""
    included = notification.get("IncludeInferenceResponseIn", [])
    return bool(notification.get("SuccessTopic")) and "SUCCESS_NOTIFICATION_TOPIC" in included


def _document(config: dict[str, Any], name: str, request: Request) -> dict[str, Any]:
    """What is to be done, and where the answer will be."""
    source = request.get("InputLocation")
    if (source is None) != bool(request.get("Body")):
        raise _refusal("Exactly one of Body and InputLocation must be provided.")
    document: dict[str, Any] = {
        "EndpointName": request["EndpointName"],
        "InferenceId": request.get("InferenceId") or request_id(),
        "RequestTTLSeconds": request.get("RequestTTLSeconds", _TTL_SECONDS),
        "InvocationTimeoutSeconds": request.get("InvocationTimeoutSeconds", _TIMEOUT_SECONDS),
    }
    if source is not None:
        document["InputLocation"] = str(_address(source))
    if "S3OutputPath" in config:
        document["OutputLocation"] = str(_output(config["S3OutputPath"], name, request))
    if "S3FailurePath" in config:
        document["FailureLocation"] = str(_address(config["S3FailurePath"]).child(f"{name}-error.out"))
    document |= {member: config[member] for member in ("KmsKeyId", "NotificationConfig") if member in config}
    return document


def _output(path: str, name: str, request: Request) -> S3Uri:
    extension = request.get("S3OutputPathExtension", "").strip("/")
    folder = _address(path).child(extension) if extension else _address(path)
    return folder.child(request.get("Filename", f"{name}.out"))


def _address(text: str) -> S3Uri:
    try:
        return parse_s3_uri(text)
    except ValueError:
        raise _refusal(f"Invalid S3 URI: {text}") from None


def _headers(request: Request, inference_id: str) -> dict[str, str]:
    """What the model's container is told."""
    given = {header: request[member] for member, header in _PASSED_ON.items() if member in request}
    return given | {"x-amzn-sagemaker-inference-id": inference_id}


def _refusal(words: str) -> AwsError:
    return AwsError("ValidationError", words)
