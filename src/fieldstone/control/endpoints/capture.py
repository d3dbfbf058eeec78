"""Predictions captured: which are, and the predictor that has them written down before it answers."""

import random
import time
from dataclasses import dataclass
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


def capturing(config: dict[str, Any] | None) -> bool:
    """Whether a DataCaptureConfig, if there is one, has predictions captured."""
    return config is not None and config.get("EnableCapture", True)


def describe_capture(config: dict[str, Any] | None) -> dict[str, Any] | None:
    """``DataCaptureConfig`` of an endpoint that serves so; None where there is none."""
    if config is None:
        return None
    return {
        "EnableCapture": capturing(config),
        "CaptureStatus": "Started" if capturing(config) else "Stopped",
        "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
        "DestinationS3Uri": config["DestinationS3Uri"],
        "KmsKeyId": config.get("KmsKeyId", ""),
    }


def captured(
    predictor: Predictor, journals: Journals, row: Row, place: tuple[str, str], config: dict[str, Any] | None
) -> Predictor:
    """The predictor, which has its answers captured where the configuration says so.

    Args:
        predictor: Answers for a variant.
        journals: Those of the server.
        row: The endpoint.
        place: What its journal is called (by numbers: names of users' are no names of files), and the variant's name.
        config: The fleet's DataCaptureConfig.
    """
    if config is None or not capturing(config):
        return predictor
    name, variant = place
    uri = parse_s3_uri(config["DestinationS3Uri"])
    caller = caller_of(row)
    prefix = uri.child(f"{row.name}/{variant}").key
    journal = journals.journal(name, Target(caller.account, caller.region, caller.arn, uri.bucket, prefix))
    return CapturedPredictor(predictor, journal, layout(config), config["InitialSamplingPercentage"] / 100)


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
