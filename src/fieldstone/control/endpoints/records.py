"""Captured predictions as lines of JSON, in AWS's layout."""

from base64 import b64encode
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

import msgspec

from fieldstone.core.ids import request_id
from fieldstone.core.prediction import Question

_SIDES: Final = {
    "Input": frozenset(("Input",)),
    "Output": frozenset(("Output",)),
    "InputAndOutput": frozenset(("Input", "Output")),
}
_ATTRIBUTES: Final = "x-amzn-sagemaker-custom-attributes"
_INFERENCE_ID: Final = "x-amzn-sagemaker-inference-id"


@dataclass(frozen=True, slots=True)
class Layout:
    """What of a prediction is written down, and how.

    Attributes:
        sides: ``Input``, ``Output`` or both.
        csv: Types of content that are written as text.
        json: The same.
    """

    sides: frozenset[str]
    csv: frozenset[str]
    json: frozenset[str]

    def line(self, question: Question, kind: str | None, answer: bytes, now: float) -> bytes:
        """The record of one prediction.

        Args:
            question: What was asked.
            kind: The type of the answer.
            answer: The whole of it.
            now: Seconds since the epoch.
        """
        data: dict[str, Any] = {}
        if "Input" in self.sides:
            data["endpointInput"] = self._side("INPUT", question.headers.get("content-type"), question.body)
        if "Output" in self.sides:
            data["endpointOutput"] = self._side("OUTPUT", kind, answer)
        record = {"captureData": data, "eventMetadata": _metadata(question.headers, now), "eventVersion": "0"}
        return msgspec.json.encode(record) + b"\n"

    def _side(self, mode: str, kind: str | None, body: bytes) -> dict[str, Any]:
        encoding, data = self._encode(kind, body)
        side = {"mode": mode, "data": data, "encoding": encoding}
        return side if kind is None else {"observedContentType": kind, **side}

    def _encode(self, kind: str | None, body: bytes) -> tuple[str, str]:
        """As text where the type of the content is listed, and it is text."""
        plain = _plain(kind or "")
        encoding = "CSV" if plain in self.csv else "JSON" if plain in self.json else "BASE64"
        if encoding != "BASE64":
            try:
                return encoding, body.decode()
            except UnicodeDecodeError:
                pass
        return "BASE64", b64encode(body).decode()


def layout(config: Mapping[str, Any]) -> Layout:
    """What a DataCaptureConfig asks for."""
    modes = (_SIDES[option["CaptureMode"]] for option in config["CaptureOptions"])
    kinds = config.get("CaptureContentTypeHeader", {})
    return Layout(
        frozenset[str]().union(*modes),
        _lower(kinds.get("CsvContentTypes", ())),
        _lower(kinds.get("JsonContentTypes", ())),
    )


@lru_cache(maxsize=256)
def _plain(kind: str) -> str:
    """A type without its parameters."""
    return kind.partition(";")[0].strip().lower()


def _lower(kinds: Collection[str]) -> frozenset[str]:
    return frozenset(kind.lower() for kind in kinds)


def _metadata(headers: Mapping[str, str], now: float) -> dict[str, Any]:
    found: dict[str, Any] = {"eventId": request_id()}
    if _INFERENCE_ID in headers:
        found["inferenceId"] = headers[_INFERENCE_ID]
    if _ATTRIBUTES in headers:
        found["customAttributes"] = [headers[_ATTRIBUTES]]
    found["inferenceTime"] = _told(int(now))
    return found


@lru_cache(maxsize=4)
def _told(second: int) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%SZ}"
