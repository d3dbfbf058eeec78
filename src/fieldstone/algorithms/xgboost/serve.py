"""Serving: requests that arrive together are predicted in one call."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from fieldstone.algorithms.xgboost import boosters
from fieldstone.algorithms.xgboost.encoding import Scores, choose_accept, choose_encoders
from fieldstone.algorithms.xgboost.payloads import RefusedError, choose_format, read_csv, read_large_csv, read_libsvm
from fieldstone.algorithms.xgboost.versions import Version
from fieldstone.contract.paths import Layout
from fieldstone.contract.serving import Invocation, Reply

NO_CONTENT = Reply(b"", status=204)
LARGE = 16 * 1024
"""Bytes of CSV from which on a body is read and predicted by itself."""
CONTENT_TYPES = {"text/csv": "text/csv; charset=utf-8", "application/json": "application/json"}


def load(layout: Layout, version: Version) -> "Predictor":
    """The model of a folder, ready to answer as the image of this version does."""
    return Predictor(boosters.load(layout.model), version, batch=bool(os.environ.get("SAGEMAKER_BATCH")))


class Predictor:
    """A loaded model behind /invocations."""

    def __init__(self, ensemble: boosters.Ensemble, version: Version, *, batch: bool = False) -> None:
        self._ensemble = ensemble
        self._encoders = choose_encoders(version, batch=batch)

    def answer(self, requests: Sequence[Invocation], /) -> list[Reply]:
        """Answer requests: short bodies of CSV in one prediction, each long one and each of libsvm by itself."""
        numbers: list[float] = []
        readings = [self._read(request, numbers) for request in requests]
        scores: Scores = self._predict_dense(numbers) if numbers else []
        return [self._reply(request, reading, scores) for request, reading in zip(requests, readings, strict=True)]

    def _read(self, request: Invocation, numbers: list[float]) -> Reply | slice | Any:
        """A refusal, the place of the request's rows among those of short CSV, or a matrix of its own."""
        width = self._ensemble.features
        body = request.body
        if not body.strip():
            return NO_CONTENT
        try:
            choose_accept(request.accept)
            if choose_format(request.content_type) == "libsvm":
                return read_libsvm(body, width)
            if len(body) > LARGE:
                return read_large_csv(body, width)
            start = len(numbers)
            numbers += read_csv(body, width)
            return slice(start // width, len(numbers) // width)
        except RefusedError as refusal:
            return refusal.reply

    def _predict_dense(self, numbers: list[float]) -> Scores:
        return self._ensemble.predict(np.array(numbers, np.float32).reshape(-1, self._ensemble.features)).tolist()

    def _reply(self, request: Invocation, reading: Reply | slice | Any, scores: Scores) -> Reply:
        if isinstance(reading, Reply):
            return reading
        predictions = scores[reading] if isinstance(reading, slice) else self._ensemble.predict(reading).tolist()
        accept = choose_accept(request.accept)
        return Reply(self._encoders[accept](predictions), CONTENT_TYPES[accept])
