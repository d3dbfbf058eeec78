"""A model behind /invocations: what comes together is answered together."""

from collections.abc import Sequence

import numpy as np

from fieldstone.algorithms.amazon import log, requests, responses
from fieldstone.algorithms.amazon.algorithm import Algorithm, Answerer, OwnAlgorithm
from fieldstone.algorithms.amazon.batch import Batch
from fieldstone.algorithms.amazon.requests import RefusedError
from fieldstone.contract import serving
from fieldstone.contract.serving import Invocation, Reply

Asked = tuple[Batch, str]
"""What a request asks about, and the content type of its reply."""


def serve(algorithm: Algorithm | OwnAlgorithm) -> int:
    """Serve the model of this process's folder until it is told to end; gives back the exit code."""
    if isinstance(algorithm, Algorithm):
        return serving.serve(lambda layout: Predictor(algorithm.load(layout.model)))
    if algorithm.lack:
        log.error(algorithm.lack)
        return 1
    return serving.serve(lambda layout: algorithm.load(layout.model), apart=True)


class Predictor:
    """A loaded model that answers requests."""

    def __init__(self, model: Answerer) -> None:
        self._model = model

    def answer(self, requests: Sequence[Invocation], /) -> list[Reply]:
        """Answer requests: the dense ones without notes in one call, each other one by itself."""
        asked = [self._read(request) for request in requests]
        plain = [item for item in asked if not isinstance(item, Reply) and _is_plain(item[0])]
        if len(plain) < 2:
            return [item if isinstance(item, Reply) else self._answer(*item) for item in asked]
        together = self._model.answer(Batch(np.concatenate([batch.features for batch, _ in plain])))
        replies: list[Reply] = []
        start = 0
        for item in asked:
            if isinstance(item, Reply):
                replies.append(item)
            elif not _is_plain(item[0]):
                replies.append(self._answer(*item))
            else:
                end = start + len(item[0])
                answers = {name: numbers[start:end] for name, numbers in together.items()}
                replies.append(responses.encode(item[1], self._model.collection, answers))
                start = end
        return replies

    def _read(self, request: Invocation) -> Asked | Reply:
        try:
            accept = responses.choose(request.accept)
            return requests.read(request.body, request.content_type, self._model.width), accept
        except RefusedError as refusal:
            return refusal.reply

    def _answer(self, batch: Batch, accept: str) -> Reply:
        return responses.encode(accept, self._model.collection, self._model.answer(batch), batch.notes)


def _is_plain(batch: Batch) -> bool:
    return isinstance(batch.features, np.ndarray) and batch.notes is None
