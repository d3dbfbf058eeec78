"""What stands around results and errors: JSON's and CBOR's ``__type``, the query protocol's wrappers, S3's ``<Error>``.

The REST protocols' results need no envelope; they are made in ``rest.responses``.
"""

from collections.abc import Callable
from typing import Any, Final

from fieldstone.core.errors import AwsError
from fieldstone.wire import cbor, jsonshape, sqsrules, xmlshape
from fieldstone.wire.http import Request, Response
from fieldstone.wire.models import Metadata, OperationModel, ServiceModel, Shape
from fieldstone.wire.rest.formats import XML
from fieldstone.wire.rest.responses import header_writer

_S3_NAMES: Final = {"InternalFailure": "InternalError"}
"""What S3 alone calls otherwise."""

Parse = Callable[[Request], dict[str, Any]]
Render = Callable[[dict[str, Any], str], Response]
RenderError = Callable[[ServiceModel, AwsError, str], Response]

# AWS's services share these errors, from the framework they are built with.
_CORAL: Final = {"ValidationException": "com.amazon.coral.validate"} | dict.fromkeys(
    (
        "AccessDeniedException",
        "ExpiredTokenException",
        "IncompleteSignatureException",
        "InternalFailure",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "SerializationException",
        "ThrottlingException",
        "UnknownOperationException",
        "UnrecognizedClientException",
    ),
    "com.amazon.coral.service",
)


def json_parser(operation: OperationModel) -> Parse:
    """What makes parameters out of a body of JSON; members nobody knows are left out."""
    return _document_parser(operation, jsonshape.read_document)


def cbor_parser(operation: OperationModel) -> Parse:
    """What makes parameters out of a body of CBOR; members nobody knows are left out."""
    return _document_parser(operation, _read_cbor)


def _read_cbor(body: bytes) -> dict[str, Any]:
    try:
        return jsonshape.as_object(jsonshape.without_nulls(cbor.read(body))) if body else {}
    except ValueError as error:
        raise jsonshape.serialization_error(str(error)) from None


def _document_parser(operation: OperationModel, read: Callable[[bytes], dict[str, Any]]) -> Parse:
    if operation.input is None:
        return lambda _: {}
    names = operation.input.members.keys()
    decode = jsonshape.structure_decoder(operation.input)

    def parse(request: Request) -> dict[str, Any]:
        document = read(request.body)
        if decode is not None:
            decode(document)
        if not names >= document.keys():
            document = {name: value for name, value in document.items() if name in names}
        return document

    return parse


def json_renderer(operation: OperationModel) -> Render:
    """What makes the response of a JSON operation."""
    content_type = _json_type(operation.model.metadata)
    if operation.output is None:
        return lambda _, request_id: _json_response(200, b"", content_type, request_id)
    encode = jsonshape.structure_encoder(operation.output)
    dumps = jsonshape.dumps
    return lambda result, request_id: _json_response(200, dumps(encode(result)), content_type, request_id)


def _json_type(metadata: Metadata) -> str:
    return f"application/x-amz-json-{metadata.json_version}"


def _json_response(status: int, body: bytes, content_type: str, request_id: str) -> Response:
    return Response(status, {"content-type": content_type, "x-amzn-requestid": request_id}, body)


def cbor_renderer(operation: OperationModel) -> Render:
    """What makes the response of a CBOR operation; without an output there is no body, not even an empty object."""
    if operation.output is None:
        return lambda _, request_id: _cbor_response(200, b"", request_id)
    encode = jsonshape.structure_encoder(operation.output, "cbor")
    return lambda result, request_id: _cbor_response(200, cbor.write(encode(result)), request_id)


def _cbor_response(status: int, body: bytes, request_id: str) -> Response:
    headers = {"smithy-protocol": "rpc-v2-cbor", "x-amzn-requestid": request_id}
    return Response(status, headers | {"content-type": "application/cbor"} if body else headers, body)


def query_renderer(operation: OperationModel) -> Render:
    """What makes the response of a query operation: the result and the request's id, each in its element."""
    result_tag = operation.output.traits.result_wrapper if operation.output else None
    content = xmlshape.structure_encoder(operation.output) if operation.output else None
    opening = f'<{operation.name}Response xmlns="{operation.model.metadata.xml_namespace}">'
    closing = f"</{operation.name}Response>"

    def render(result: dict[str, Any], request_id: str) -> Response:
        inside = content(result) if content else ""
        wrapped = f"<{result_tag}>{inside}</{result_tag}>" if result_tag else inside
        metadata = f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
        return _xml_response(200, f"{opening}{wrapped}{metadata}{closing}", request_id)

    return render


def _xml_response(status: int, body: str, request_id: str) -> Response:
    return Response(status, {"content-type": "text/xml", "x-amzn-requestid": request_id}, body.encode())


def _modelled(model: ServiceModel, error: AwsError) -> tuple[Shape | None, str, int]:
    """The error's shape if it has one, the code it travels under and its status; a status set on purpose stays."""
    shape = model.errors.get(error.code)
    if shape is None:
        return None, error.code, error.status
    traits = shape.traits.error
    return shape, traits.code or shape.name, error.status if error.status != 400 else traits.http_status_code or 400


def _document(shape: Shape | None, error: AwsError, form: jsonshape.Form = "json") -> dict[str, Any]:
    """The error as an object; the message goes under the name the shape has for it."""
    if shape is None:
        return {"message": error.message}
    name = _message_name(shape) or "message"
    members = {**error.members, name: error.message}
    return {name: error.message} | jsonshape.structure_encoder(shape, form)(members)


def _message_name(shape: Shape) -> str | None:
    return next((name for name in shape.members if name.lower() == "message"), None)


def _json_error(model: ServiceModel, error: AwsError, request_id: str) -> Response:
    shape, code, status = _modelled(model, error)
    name = shape.name if shape else error.code
    kind = f"{_namespace(model, shape, name)}#{name}" if model.metadata.json_version == "1.0" else name
    body = jsonshape.dumps({"__type": kind, **_document(shape, error)})
    response = _json_response(status, body, _json_type(model.metadata), request_id)
    return _as_query_says(model, code, response)


def _cbor_error(model: ServiceModel, error: AwsError, request_id: str) -> Response:
    shape, code, status = _modelled(model, error)
    name = shape.name if shape else error.code
    body = cbor.write({"__type": f"{_namespace(model, shape, name)}#{name}", **_document(shape, error, "cbor")})
    return _as_query_says(model, code, _cbor_response(status, body, request_id))


def _as_query_says(model: ServiceModel, code: str, response: Response) -> Response:
    """Add the code that the error has in the query protocol, where the service spoke that before."""
    if model.metadata.aws_query_compatible is not None:
        code = sqsrules.CODES.get(code, code) if model.name == "sqs" else code
        response.headers["x-amzn-query-error"] = f"{code};{_fault(response.status)}"
    return response


def _namespace(model: ServiceModel, shape: Shape | None, name: str) -> str:
    """Where an error is from, in front of its name: version 1.0 of the JSON protocol says so, and CBOR's does."""
    own = f"com.amazonaws.{model.metadata.endpoint_prefix}.v{model.metadata.api_version.replace('-', '')}"
    return own if shape else _CORAL.get(name, own)


def _fault(status: int) -> str:
    return "Sender" if status < 500 else "Receiver"


def _rest_json_error(model: ServiceModel, error: AwsError, request_id: str) -> Response:
    shape, _, status = _modelled(model, error)
    name = shape.name if shape else error.code
    response = _json_response(status, jsonshape.dumps(_document(shape, error)), "application/json", request_id)
    response.headers["x-amzn-errortype"] = name
    if shape is not None:
        header_writer(shape)(error.members, response.headers)
    return response


def _shown(text: str) -> str:
    return xmlshape.escape(xmlshape.printable(text))


def _query_error(model: ServiceModel, error: AwsError, request_id: str) -> Response:
    shape, code, status = _modelled(model, error)
    more = xmlshape.structure_encoder(shape)(error.members) if shape else ""
    body = (
        f'<ErrorResponse xmlns="{model.metadata.xml_namespace}"><Error><Type>{_fault(status)}</Type>'
        f"<Code>{_shown(code)}</Code><Message>{_shown(error.message)}</Message>{more}</Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return _xml_response(status, body, request_id)


def _s3_error(model: ServiceModel, error: AwsError, request_id: str) -> Response:
    """S3's errors say more than their shapes have members for: every member is an element."""
    _, code, status = _modelled(model, error)
    code = _S3_NAMES.get(code, code)
    said = {"Code": code, "Message": error.message, **error.members, "RequestId": request_id, "HostId": request_id}
    inside = "".join(f"<{tag}>{_shown(str(text))}</{tag}>" for tag, text in said.items())
    headers = {"content-type": "application/xml", "x-amz-request-id": request_id, "x-amz-id-2": request_id}
    return Response(status, headers | error.headers, f"{XML}<Error>{inside}</Error>".encode())


_ERRORS: Final[dict[str, RenderError]] = {
    "json": _json_error,
    "rest-json": _rest_json_error,
    "rest-xml": _s3_error,
    "query": _query_error,
    "smithy-rpc-v2-cbor": _cbor_error,
}


def render_error(model: ServiceModel, wire: str, error: AwsError, request_id: str, *, head: bool = False) -> Response:
    """The response for an error, in the envelope of its protocol; the answer to a HEAD request has no body."""
    response = _ERRORS[wire](model, error, request_id)
    if head:
        response.body = b""
    return response
