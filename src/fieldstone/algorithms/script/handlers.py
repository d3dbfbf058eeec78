"""A user's handlers: found in the script, called with what they ask for, and their results made into replies."""

import json
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from inspect import signature
from types import ModuleType, SimpleNamespace
from typing import Any, Final

from fieldstone.algorithms.script.defaults import Handlers
from fieldstone.algorithms.script.payloads import JSON, TEXTS, UnsupportedFormatError, media_type
from fieldstone.contract.serving import Invocation, Reply

_NAMES: Final = ("model_fn", "input_fn", "predict_fn", "output_fn")


class Predictor:
    """A model behind a user's handlers."""

    def __init__(self, script: ModuleType | None, own: Handlers, folder: str, default_accept: str) -> None:
        """Load the model.

        Args:
            script: The user's module, if there is one.
            own: The framework's handlers, for those that the script leaves out.
            folder: Where the model lies.
            default_accept: The content type of a reply to one who accepts any.
        """
        given = {name: getattr(script, name) for name in _NAMES if hasattr(script, name)}
        self._transform_fn = getattr(script, "transform_fn", None)
        if self._transform_fn and given.keys() - {"model_fn"}:
            raise ValueError("Cannot use transform_fn implementation with input_fn, predict_fn, and/or output_fn")
        self._handlers = replace(own, **given)
        self._default_accept = default_accept
        self._context = SimpleNamespace(system_properties={"model_dir": folder, "gpu_id": None})
        self._model = self._call(self._handlers.model_fn, folder)

    def answer(self, requests: Sequence[Invocation], /) -> list[Reply]:
        """Answer requests, one after the other."""
        return [self._answer(request) for request in requests]

    def _answer(self, request: Invocation) -> Reply:
        content_type = request.content_type or JSON
        accept = self._default_accept if request.accept in {"", "*/*"} else request.accept
        body = request.body.decode() if media_type(content_type) in TEXTS else request.body
        try:
            return _to_reply(self._transform(body, content_type, accept), accept)
        except _RefusedError as refusal:
            return refusal.reply
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is the client's to know
            traceback.print_exc()
            sys.stderr.flush()
            return Reply(f"{error}\n{traceback.format_exc()}".encode(), status=500)

    def _transform(self, body: str | bytes, content_type: str, accept: str) -> Any:
        if self._transform_fn:
            return self._call(self._transform_fn, self._model, body, content_type, accept)
        with _refusing(415):
            data = self._call(self._handlers.input_fn, body, content_type)
        prediction = self._call(self._handlers.predict_fn, data, self._model)
        with _refusing(406):
            return self._call(self._handlers.output_fn, prediction, accept)

    def _call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a handler; one that takes one argument more is given the context too."""
        more = len(signature(function).parameters) == len(arguments) + 1
        return function(*arguments, self._context) if more else function(*arguments)


class _RefusedError(Exception):
    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


class _refusing:  # noqa: N801 - reads as the function it is
    """Make a format that is not known into a refusal with this status."""

    def __init__(self, status: int) -> None:
        self._status = status

    def __enter__(self) -> None:
        pass

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, UnsupportedFormatError):
            told = {"error": type(error).__name__, "error-message": str(error), "stack-trace": traceback.format_exc()}
            raise _RefusedError(Reply(json.dumps(told).encode(), JSON, self._status)) from None


def _to_reply(result: Any, accept: str) -> Reply:
    """What a handler gave as a reply: bytes or text, alone or with a content type; or a response of Flask's kind."""
    if hasattr(result, "get_data"):
        return Reply(result.get_data(), result.mimetype or accept, result.status_code)
    body, content_type = result if isinstance(result, tuple) else (result, accept)
    if isinstance(body, str):
        body = body.encode()
    if not isinstance(body, bytes | bytearray | memoryview):
        body = json.dumps(body, default=lambda value: value.tolist()).encode()
    return Reply(bytes(body), str(content_type))
