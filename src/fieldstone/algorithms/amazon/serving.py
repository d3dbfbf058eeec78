"""A model behind /invocations: what comes together is answered together."""

import sys
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from fieldstone.algorithms.amazon import requests, responses
from fieldstone.algorithms.amazon.algorithm import Algorithm, Answerer, OwnAlgorithm
from fieldstone.algorithms.amazon.batch import Batch
from fieldstone.algorithms.amazon.requests import RefusedError
from fieldstone.contract import serving
from fieldstone.contract.serving import Invocation, Reply


class Asked(NamedTuple):
    """What a request asks about, the content type of its reply, and whether this shall say more than usual."""

    batch: Batch
    accept: str
    verbose: bool = False


def serve(algorithm: Algorithm | OwnAlgorithm) -> int:
    """Serve the model of this process's folder until it is told to end; gives back the exit code."""
    if isinstance(algorithm, Algorithm):
        return serving.serve(lambda layout: Predictor(algorithm.load(layout.model)))
    if algorithm.lack:
        sys.stderr.write(f"Unable to load model: {algorithm.lack}\n")
        return 1
    return serving.serve(lambda layout: algorithm.load(layout.model), apart=True)


class Predictor:
    """A loaded model that answers requests."""

    def __init__(self, model: Answerer) -> None:
        self._model = model

    def answer(self, requests: Sequence[Invocation], /) -> list[Reply]:
        """Answer requests: the dense ones without notes in one call, each other one by itself."""
        asked = [self._read(request) for request in requests]
        plain = [item for item in asked if not isinstance(item, Reply) and _is_plain(item)]
        if len(plain) < 2:
            return [item if isinstance(item, Reply) else self._answer(item) for item in asked]
        together = self._model.answer(Batch(np.concatenate([item.batch.features for item in plain])))
        replies: list[Reply] = []
        start = 0
        for item in asked:
            if isinstance(item, Reply):
                replies.append(item)
            elif not _is_plain(item):
                replies.append(self._answer(item))
            else:
                end = start + len(item.batch)
                answers = {name: numbers[start:end] for name, numbers in together.items()}
                replies.append(responses.encode(item.accept, self._model.collection, answers))
                start = end
        return replies

    def _read(self, request: Invocation) -> Asked | Reply:
        try:
            accept = responses.choose(request.accept)
            batch = requests.read(request.body, request.content_type, self._model.width, self._model.formats)
        except RefusedError as refusal:
            return refusal.reply
        verbose = self._model.verbose is not None and responses.is_verbose(request.accept)
        return Asked(batch, accept, verbose)

    def _answer(self, asked: Asked) -> Reply:
        answer = self._model.verbose if asked.verbose and self._model.verbose is not None else self._model.answer
        return responses.encode(asked.accept, self._model.collection, answer(asked.batch), asked.batch.notes)


def _is_plain(asked: Asked) -> bool:
    return isinstance(asked.batch.features, np.ndarray) and asked.batch.notes is None and not asked.verbose
