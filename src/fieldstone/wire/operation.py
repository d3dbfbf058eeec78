"""An operation: from a request to parameters, from a result or an error to a response.

Everything is compiled when it is first used and kept.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from botocore import xform_name

from fieldstone.core.errors import AwsError
from fieldstone.wire import compression, envelopes, events, query, validation
from fieldstone.wire.http import Request, Response
from fieldstone.wire.jsonshape import serialization_error
from fieldstone.wire.models import OperationModel
from fieldstone.wire.rest import requests, responses


@dataclass(frozen=True, slots=True)
class Protocol:
    """What compiles an operation's parsing and rendering."""

    parser: Callable[[OperationModel], envelopes.Parse]
    renderer: Callable[[OperationModel], envelopes.Render]


PROTOCOLS: Final = {
    "json": Protocol(envelopes.json_parser, envelopes.json_renderer),
    "query": Protocol(query.parser, envelopes.query_renderer),
    "rest-json": Protocol(requests.parser, responses.renderer),
    "rest-xml": Protocol(requests.parser, responses.renderer),
    "smithy-rpc-v2-cbor": Protocol(envelopes.cbor_parser, envelopes.cbor_renderer),
}


def _refuse_events(request: Request) -> dict[str, Any]:  # noqa: ARG001 (one of the parsers)
    raise AwsError("NotImplemented", "Requests that are streams of events are not taken yet.", 501)


def _too_deep() -> AwsError:
    return serialization_error("The request is nested too deeply")


class Operation:
    """One operation of a service.

    Attributes:
        service: botocore's name of the service.
        wire: The protocol it is spoken in.
        name: As the model has it, such as ``CreateTrainingJob``.
        function: As boto3 has it, such as ``create_training_job``.
        signing_name: The service that a signature for it is scoped to, such as ``sagemaker`` for every data plane.
        streaming: The body is a stream the operation reads itself: do not buffer it.
    """

    def __init__(self, model: OperationModel) -> None:
        self._model = model
        self.service = model.model.name
        self.wire = model.wire
        self.name = model.name
        self.function: str = xform_name(model.name)
        self.signing_name = model.model.metadata.signed_as
        payload = model.input.traits.payload if model.input else None
        self.streaming = bool(model.input and payload and model.input.members[payload].traits.streaming)

    def parse(self, request: Request) -> dict[str, Any]:
        """The parameters in a request: timestamps are seconds since the epoch, blobs are bytes.

        A payload that is a blob is the request's body itself, whatever object that is.

        Raises:
            AwsError: It cannot be read; the code is the protocol's (SerializationException, MalformedXML, …).
        """
        try:
            return self._parse(request)
        except RecursionError:
            raise _too_deep() from None

    def validate(self, params: dict[str, Any], *, lenient: bool = False) -> None:
        """Hold parameters against the model; ``lenient`` looks only at presence, types and enums.

        Raises:
            AwsError: ValidationException or what the service calls it; SerializationException for wrong types.
        """
        try:
            (self._check_leniently if lenient else self._check)(params)
        except RecursionError:
            raise _too_deep() from None

    def render(self, result: dict[str, Any], request_id: str) -> Response:
        """The response for a result; members that are None or not modelled are left out.

        Timestamps may be seconds since the epoch or aware datetimes. A streaming payload goes out untouched. A stream
        of events is an iterable of them, such as ``{"PayloadPart": {"Bytes": b"…"}}``; an async one becomes a body
        that is an async generator of bytes, and may end with an AwsError.
        """
        return self._render(result, request_id)

    def render_error(self, error: AwsError, request_id: str) -> Response:
        """The response for an error; where the model knows it, with the model's code and, unless set, its status."""
        return envelopes.render_error(
            self._model.model, self._model.wire, error, request_id, head=self._model.http.method == "HEAD"
        )

    @cached_property
    def _parse(self) -> envelopes.Parse:
        if events.stream_member(self._model.input):
            return _refuse_events
        parse = PROTOCOLS[self._model.wire].parser(self._model)
        return compression.plain_parser(parse) if self._model.compressed else parse

    @cached_property
    def _render(self) -> envelopes.Render:
        render = PROTOCOLS[self._model.wire].renderer(self._model)
        stream = events.stream_member(self._model.output)
        return events.renderer(self._model, stream, render) if stream else render

    @cached_property
    def _check(self) -> Callable[[dict[str, Any]], None]:
        return validation.operation_check(self._model, lenient=False)

    @cached_property
    def _check_leniently(self) -> Callable[[dict[str, Any]], None]:
        return validation.operation_check(self._model, lenient=True)
