"""Predictions: from the socket to the model and back by way of the routing table in memory."""

from collections.abc import AsyncGenerator
from functools import cache, partial
from time import perf_counter
from typing import Any, Final
from urllib.parse import unquote

from fieldstone.core.clock import Clock
from fieldstone.core.errors import AwsError
from fieldstone.core.ids import request_id
from fieldstone.core.prediction import (
    BadQuestionError,
    ModelUnavailableError,
    Pieces,
    Question,
    Reply,
    Routes,
    Variant,
)
from fieldstone.core.settings import Settings
from fieldstone.gateway.conversation import ClientGoneError, Conversation
from fieldstone.gateway.exchange import read_body
from fieldstone.gateway.failures import failure
from fieldstone.gateway.keyring import Keyring, verify_caller
from fieldstone.gateway.model_errors import Place, stream_error
from fieldstone.wire.catalog import Catalog
from fieldstone.wire.http import Request, Response
from fieldstone.wire.operation import Operation
from fieldstone.wire.signatures.credentials import scope

OPERATIONS: Final = (
    ("sagemaker-runtime", "invoke_endpoint"),
    ("sagemaker-runtime", "invoke_endpoint_with_response_stream"),
)
"""What is answered here, without the registry."""

_SIGNING_NAME: Final = "sagemaker"
_PREFIX: Final = "/endpoints/"
_WHOLE: Final = "/invocations"
_STREAM: Final = "/invocations-response-stream"
_LARGEST: Final = 25 << 20
_PASSED_ON: Final = (
    "content-type",
    "accept",
    "x-amzn-sagemaker-custom-attributes",
    "x-amzn-sagemaker-inference-id",
)
"""Request headers that the container is told."""
_ACCEPT: Final = "x-amzn-sagemaker-accept"
_VARIANT: Final = "x-amzn-sagemaker-target-variant"
_COMPONENT: Final = "x-amzn-sagemaker-inference-component"
_MODEL: Final = "x-amzn-sagemaker-target-model"
_CONTAINER: Final = "x-amzn-sagemaker-target-container-hostname"


class Invocations:
    """Answers InvokeEndpoint and InvokeEndpointWithResponseStream."""

    def __init__(self, settings: Settings, catalog: Catalog, keyring: Keyring, routes: Routes, clock: Clock) -> None:
        self._strict = settings.auth == "strict"
        self._operation = cache(partial(catalog.operation, "sagemaker-runtime"))
        self._keyring = keyring
        self._routes = routes
        self._clock = clock

    def takes(self, request: Request) -> bool:
        """Whether a request asks for a prediction."""
        path = request.path
        return path.endswith((_WHOLE, _STREAM)) and path.startswith(_PREFIX) and request.method == "POST"

    async def answer(self, conversation: Conversation) -> Response:
        """Answer a request for a prediction.

        Raises:
            ClientGoneError: The client left before the request was whole.
        """
        asked = request_id()
        streams = conversation.request.path.endswith(_STREAM)
        operation = self._operation("InvokeEndpointWithResponseStream" if streams else "InvokeEndpoint")
        try:
            variant, reply = await self._predict(conversation, asked, streams=streams)
            return _stream(operation, asked, reply, variant) if streams else _response(asked, reply, variant)
        except AwsError as error:
            return operation.render_error(error, asked)
        except ClientGoneError:
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, the client gets an answer and no traceback
            return operation.render_error(failure(error, asked), asked)

    async def _predict(self, conversation: Conversation, asked: str, *, streams: bool) -> tuple[Variant, Reply]:
        """Who answers, and what.

        Raises:
            AwsError: The endpoint is not there, the model is not, or it refuses.
            ClientGoneError: The client left before the request was whole.
        """
        began, request = perf_counter(), conversation.request
        body = await read_body(conversation.read, _LARGEST)
        if body is None:
            raise AwsError("ValidationError", f"Request {asked} has oversize body.")
        request.body = body
        account, region = self._owner(request)
        name = unquote(request.path[len(_PREFIX) : request.path.rindex("/")])
        place = Place(account, region, name)
        variant = self._choose(place, request)
        try:
            reply = await variant.predictor.predict(_question(request, began, streams=streams))
        except (BadQuestionError, ModelUnavailableError) as error:
            raise place.error(error, variant.name) from None
        if not 200 <= reply.status < 300:
            raise place.refusal(reply)
        return variant, reply

    def _owner(self, request: Request) -> tuple[str, str]:
        if self._strict:
            verified = verify_caller(request, self._keyring, self._clock(), _SIGNING_NAME)
            return verified.credential.account, verified.region
        claimed = scope(request)
        access_key, region = (claimed.access_key, claimed.region) if claimed else (None, None)
        caller = self._keyring.unverified_caller(access_key, region)
        return caller.account, caller.region

    def _choose(self, place: Place, request: Request) -> Variant:
        component, endpoint = request.headers.get(_COMPONENT), (place.account, place.region, place.endpoint)
        route = self._routes.get(endpoint if component is None else (*endpoint, component))
        if route is None and component is not None and endpoint in self._routes:
            raise AwsError("ValidationError", f"Inference Component {component} of {place.endpoint} not found.")
        if route is None:
            raise AwsError("ValidationError", f"Endpoint {place.endpoint} of account {place.account} not found.")
        wanted = request.headers.get(_VARIANT)
        variant = route.choose() if wanted is None else route.named(wanted)
        if variant is None:
            raise AwsError("ValidationError", f"Variant {wanted} not found for Request.")
        return variant


def _question(request: Request, began: float, *, streams: bool) -> Question:
    headers = {header: request.headers[header] for header in _PASSED_ON if header in request.headers}
    if streams and _ACCEPT in request.headers:
        headers["accept"] = request.headers[_ACCEPT]
    targets = request.headers.get(_CONTAINER), request.headers.get(_MODEL)
    return Question(request.body, headers, *targets, streams=streams, received=began)


def _response(asked: str, reply: Reply, variant: Variant) -> Response:
    headers = {
        "x-amzn-requestid": asked,
        "x-amzn-invoked-production-variant": variant.name,
        "content-type": reply.headers.get("content-type", "application/octet-stream"),
    }
    attributes = reply.headers.get("x-amzn-sagemaker-custom-attributes")
    if attributes is not None:
        headers["x-amzn-sagemaker-custom-attributes"] = attributes
    return Response(200, headers, reply.body)


def _stream(operation: Operation, asked: str, reply: Reply, variant: Variant) -> Response:
    """An answer in pieces, each an event."""
    answer: dict[str, Any] = {
        "Body": [_part(reply.body)] if reply.pieces is None else _events(reply.pieces),
        "ContentType": reply.headers.get("content-type", "application/octet-stream"),
        "InvokedProductionVariant": variant.name,
    }
    attributes = reply.headers.get("x-amzn-sagemaker-custom-attributes")
    if attributes is not None:
        answer["CustomAttributes"] = attributes
    return operation.render(answer, asked)


def _part(body: bytes) -> dict[str, Any]:
    return {"PayloadPart": {"Bytes": body}}


async def _events(pieces: Pieces) -> AsyncGenerator[dict[str, Any], None]:
    try:
        async for piece in pieces:
            yield _part(piece)
    except ModelUnavailableError as failure:
        raise stream_error(failure) from None
    finally:
        pieces.close()
