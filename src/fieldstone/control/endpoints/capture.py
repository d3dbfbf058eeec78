"""Predictions captured: which are, and the predictor that has them written down before it answers."""

import random
import time
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from fieldstone.control.endpoints.journals import Journal, Journals, Target
from fieldstone.control.endpoints.records import Layout, layout
from fieldstone.control.facilities import caller_of
from fieldstone.core.prediction import Predictor, Question, Reply
from fieldstone.core.s3uri import parse_s3_uri
from fieldstone.core.threads import in_thread
from fieldstone.store.resources import Row

_LARGE: Final = 64 << 10
"""Bytes of question and answer beyond which a record is made in a thread."""
_LONGEST_STREAM: Final = 25 << 20
"""Bytes of an answer in pieces beyond which it is not captured."""


def describe_capture(config: dict[str, Any]) -> dict[str, Any]:
    """``DataCaptureConfig`` of an endpoint that serves so."""
    return {
        "EnableCapture": _enabled(config),
        "CaptureStatus": "Started" if _enabled(config) else "Stopped",
        "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
        "DestinationS3Uri": config["DestinationS3Uri"],
        "KmsKeyId": config.get("KmsKeyId", ""),
    }


def journal_name(row: Row, number: int, variant: str = "") -> str:
    """What the journal of a fleet's variant is called, or how those of all its variants begin: no name of a user's."""
    return f"{row.uid}-{number}-{sha256(variant.encode()).hexdigest()[:16]}" if variant else f"{row.uid}-{number}-"


def captured(predictor: Predictor, journals: Journals, row: Row, number: int, variant: str) -> Predictor:
    """The predictor, which has its answers captured where the configuration says so.

    Args:
        predictor: Answers for a variant.
        journals: Those of the server.
        row: The endpoint.
        number: Of its fleet.
        variant: Whose predictor it is.
    """
    config = _settings(row, number).get("DataCaptureConfig")
    if config is None or not _enabled(config):
        return predictor
    uri = parse_s3_uri(config["DestinationS3Uri"])
    caller = caller_of(row)
    prefix = uri.child(f"{row.name}/{variant}").key
    journal = journals.journal(
        journal_name(row, number, variant), Target(caller.account, caller.region, caller.arn, uri.bucket, prefix)
    )
    return CapturedPredictor(predictor, journal, layout(config), config["InitialSamplingPercentage"] / 100)


def _enabled(config: dict[str, Any]) -> bool:
    return config.get("EnableCapture", True)


def _settings(row: Row, number: int) -> dict[str, Any]:
    return row.internal["fleets"][str(number)].get("settings", {})


@dataclass(frozen=True, slots=True)
class CapturedPredictor:
    """A predictor of whose good answers a share is written down before it is given."""

    predictor: Predictor
    journal: Journal
    layout: Layout
    share: float

    async def predict(self, question: Question) -> Reply:
        """Ask the model, and write down what it was asked and what it said."""
        reply = await self.predictor.predict(question)
        if not 200 <= reply.status < 300 or self.journal.full or random.random() >= self.share:  # noqa: S311  # a sample
            return reply
        if reply.pieces is not None:
            self._follow(question, reply)
            return reply
        kind, now = reply.headers.get("content-type"), time.time()
        if len(question.body) + len(reply.body) > _LARGE:
            line = await in_thread(self.layout.line, question, kind, reply.body, now)
        else:
            line = self.layout.line(question, kind, reply.body, now)
        self.journal.append(line, now)
        return reply

    def _follow(self, question: Question, reply: Reply) -> None:
        """Write an answer in pieces down when the last has come, before its end is told."""
        pieces: list[bytes] = []
        size = 0

        def tell(piece: bytes | None) -> None:
            nonlocal size
            if piece is not None:
                size += len(piece)
                if size <= _LONGEST_STREAM:
                    pieces.append(piece)
            elif size <= _LONGEST_STREAM:
                now = time.time()
                line = self.layout.line(question, reply.headers.get("content-type"), b"".join(pieces), now)
                self.journal.append(line, now)

        assert reply.pieces is not None
        reply.pieces.tap(tell)
