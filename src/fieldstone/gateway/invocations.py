"""Predictions: from the socket to the model and back by way of the routing table in memory."""

from typing import Final
from urllib.parse import unquote

from fieldstone.core.clock import Clock
from fieldstone.core.errors import AwsError
from fieldstone.core.prediction import BadQuestionError, ModelUnavailableError, Question, Reply, Routes, Variant
from fieldstone.core.settings import Settings
from fieldstone.gateway.exchange import Exchange, read_body
from fieldstone.gateway.keyring import Keyring, verify_caller
from fieldstone.wire.catalog import Catalog
from fieldstone.wire.http import Request, Response
from fieldstone.wire.signatures.credentials import scope

OPERATION: Final = ("sagemaker-runtime", "invoke_endpoint")
"""What is answered here, without the registry."""

_SIGNING_NAME: Final = "sagemaker"
_PREFIX: Final = "/endpoints/"
_SUFFIX: Final = "/invocations"
_LARGEST: Final = 25 << 20
_PASSED_ON: Final = (
    "content-type",
    "accept",
    "x-amzn-sagemaker-custom-attributes",
    "x-amzn-sagemaker-inference-id",
)
"""Request headers that the container is told."""
_VARIANT: Final = "x-amzn-sagemaker-target-variant"
_COMPONENT: Final = "x-amzn-sagemaker-inference-component"
_MODEL: Final = "x-amzn-sagemaker-target-model"
_CONTAINER: Final = "x-amzn-sagemaker-target-container-hostname"


class Invocations:
    """Answers InvokeEndpoint."""

    def __init__(self, settings: Settings, catalog: Catalog, keyring: Keyring, routes: Routes, clock: Clock) -> None:
        self._strict = settings.auth == "strict"
        self._catalog = catalog
        self._keyring = keyring
        self._routes = routes
        self._clock = clock

    def takes(self, request: Request) -> bool:
        """Whether a request asks for a prediction."""
        path = request.path
        return path.endswith(_SUFFIX) and path.startswith(_PREFIX) and request.method == "POST"

    async def answer(self, exchange: Exchange) -> Response:
        """Answer a request for a prediction.

        Raises:
            AwsError: The endpoint is not there, the model is not, or it refuses.
        """
        request = exchange.request
        exchange.operation = self._catalog.operation("sagemaker-runtime", "InvokeEndpoint")
        body = await read_body(exchange.read, _LARGEST)
        if body is None:
            raise AwsError("ValidationError", f"The payload has more than {_LARGEST} bytes.", 413)
        request.body = body
        account, region = self._owner(request)
        name = unquote(request.path[len(_PREFIX) : -len(_SUFFIX)])
        variant = self._choose(account, region, name, request)
        headers = {header: request.headers[header] for header in _PASSED_ON if header in request.headers}
        try:
            targets = request.headers.get(_CONTAINER), request.headers.get(_MODEL)
            question = Question(body, headers, *targets, received=exchange.began)
            reply = await variant.predictor.predict(question)
        except BadQuestionError as error:
            raise AwsError("ValidationError", str(error)) from None
        except ModelUnavailableError as error:
            raise AwsError(
                "ServiceUnavailable", f"The model of variant {variant.name} is not there: {error}.", 503
            ) from None
        if reply.status >= 300:
            raise _model_error(reply, region, account, name)
        return _response(reply, variant, exchange.request_id)

    def _owner(self, request: Request) -> tuple[str, str]:
        if self._strict:
            verified = verify_caller(request, self._keyring, self._clock(), _SIGNING_NAME)
            return verified.credential.account, verified.region
        claimed = scope(request)
        access_key, region = (claimed.access_key, claimed.region) if claimed else (None, None)
        caller = self._keyring.unverified_caller(access_key, region)
        return caller.account, caller.region

    def _choose(self, account: str, region: str, name: str, request: Request) -> Variant:
        component = request.headers.get(_COMPONENT)
        route = self._routes.get((account, region, name) if component is None else (account, region, name, component))
        if route is None and component is not None and (account, region, name) in self._routes:
            raise AwsError("ValidationError", f"Inference Component {component} of endpoint {name} not found.")
        if route is None:
            raise AwsError("ValidationError", f"Endpoint {name} of account {account} not found.")
        wanted = request.headers.get(_VARIANT)
        variant = route.choose() if wanted is None else route.named(wanted)
        if variant is None:
            raise AwsError("ValidationError", f"Variant {wanted} not found for Request.")
        return variant


def _response(reply: Reply, variant: Variant, request_id: str) -> Response:
    headers = {
        "x-amzn-requestid": request_id,
        "x-amzn-invoked-production-variant": variant.name,
        "content-type": reply.headers.get("content-type", "application/octet-stream"),
    }
    attributes = reply.headers.get("x-amzn-sagemaker-custom-attributes")
    if attributes is not None:
        headers["x-amzn-sagemaker-custom-attributes"] = attributes
    return Response(200, headers, reply.body)


def _model_error(reply: Reply, region: str, account: str, name: str) -> AwsError:
    """What the container refused, as AWS passes it on."""
    said = reply.body.decode("utf-8", "replace")
    side = "client" if reply.status < 500 else "server"
    console = f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
    group = f"/aws/sagemaker/Endpoints/{name}"
    return AwsError(
        "ModelError",
        f'Received {side} error ({reply.status}) from {reply.container} with message "{said}". '
        f"See {console}#logEventViewer:group={group} in account {account} for more information.",
        424,
        OriginalStatusCode=reply.status,
        OriginalMessage=said,
        LogStreamArn=f"arn:aws:logs:{region}:{account}:log-group:{group}",
    )
