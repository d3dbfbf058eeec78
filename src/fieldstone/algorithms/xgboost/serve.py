"""Serving: requests that arrive together are predicted in one call."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from fieldstone.algorithms.xgboost import boosters, selectable
from fieldstone.algorithms.xgboost.encoding import (
    TYPES,
    Scores,
    choose_accept,
    choose_accept_of_many,
    choose_encoders,
    choose_encoders_of_many,
)
from fieldstone.algorithms.xgboost.payloads import (
    RefusedError,
    choose_format,
    read_csv,
    read_large_csv,
    read_libsvm,
    read_records,
)
from fieldstone.algorithms.xgboost.selectable import Selection, UnsupportedError
from fieldstone.algorithms.xgboost.versions import Version
from fieldstone.contract.paths import Layout
from fieldstone.contract.serving import Invocation, Reply

NO_CONTENT = Reply(b"", status=204)
LARGE = 16 * 1024
"""Bytes of CSV from which on a body is read and predicted by itself."""
TARGET = "x-amzn-sagemaker-target-model"
"""The header that a request has on an endpoint of many models."""
_READERS = {"libsvm": read_libsvm, "recordio-protobuf": read_records}


def load(layout: Layout, version: Version) -> "Predictor":
    """The model of a folder, ready to answer as the image of this version does."""
    ensemble = boosters.load(layout.model)
    names = os.environ.get("SAGEMAKER_INFERENCE_OUTPUT")
    selection = None if names is None else Selection(names, ensemble.objective, ensemble.classes)
    return Predictor(ensemble, version, batch=bool(os.environ.get("SAGEMAKER_BATCH")), selection=selection)


class Predictor:
    """A loaded model behind /invocations.

    Args:
        ensemble: The model.
        version: The image's.
        batch: Whether it serves a batch transform.
        selection: Makes the parts of its answers, where these are named.
    """

    def __init__(
        self, ensemble: boosters.Ensemble, version: Version, *, batch: bool = False, selection: Selection | None = None
    ) -> None:
        self._ensemble = ensemble
        self._encoders = choose_encoders(version, batch=batch)
        self._encoders_of_many = choose_encoders_of_many()
        self._selection = selection
        self._end = b"\n" if batch else b""

    def answer(self, requests: Sequence[Invocation], /) -> list[Reply]:
        """Answer requests: short bodies of CSV in one prediction, each other one by itself."""
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
            self._accept(request)
            form = choose_format(request.content_type)
            if form != "csv":
                return _READERS[form](body, width)
            if len(body) > LARGE:
                return read_large_csv(body, width)
            start = len(numbers)
            numbers += read_csv(body, width)
            return slice(start // width, len(numbers) // width)
        except RefusedError as refusal:
            return refusal.reply

    def _accept(self, request: Invocation) -> str:
        if TARGET in request.headers:
            return choose_accept_of_many(request.accept)
        return choose_accept(request.accept, selectable=self._selection is not None)

    def _predict_dense(self, numbers: list[float]) -> Scores:
        return self._ensemble.predict(np.array(numbers, np.float32).reshape(-1, self._ensemble.features)).tolist()

    def _reply(self, request: Invocation, reading: Reply | slice | Any, scores: Scores) -> Reply:
        if isinstance(reading, Reply):
            return reading
        predictions = scores[reading] if isinstance(reading, slice) else self._ensemble.predict(reading).tolist()
        accept = self._accept(request)
        if TARGET in request.headers:
            return Reply(self._encoders_of_many[accept](predictions), TYPES.get(accept, accept))
        if self._selection is None:
            return Reply(self._encoders[accept](predictions), TYPES.get(accept, accept))
        return self._select(self._selection, predictions, accept)

    def _select(self, selection: Selection, predictions: Scores, accept: str) -> Reply:
        try:
            answers = selection.select(predictions)
        except UnsupportedError as error:
            return Reply(str(error).encode(), status=500)
        body = selectable.ENCODERS[accept](answers, selection.names)
        return Reply(body + self._end if accept == "text/csv" else body, TYPES.get(accept, accept))
