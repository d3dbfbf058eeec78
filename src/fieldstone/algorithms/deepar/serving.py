"""The model behind /invocations."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np

from fieldstone.algorithms.amazon.requests import RefusedError
from fieldstone.algorithms.deepar import model, requests, schema
from fieldstone.algorithms.deepar.forecasting import forecast
from fieldstone.algorithms.deepar.network import Network
from fieldstone.algorithms.deepar.requests import Asked, Configuration
from fieldstone.algorithms.deepar.series import Series, SeriesError
from fieldstone.contract.serving import Invocation, Reply

BATCH_CONFIGURATION = "DEEPAR_INFERENCE_CONFIG"
"""The variable that says what a batch transform wants of each forecast."""


def load(folder: Path) -> "Predictor":
    """The model of a folder.

    Raises:
        ValueError: There is none, or what a batch transform is to answer cannot be read.
    """
    saved = model.load(folder)
    network = Network(saved.shape)
    network.take(saved.parameters)
    given = os.environ.get(BATCH_CONFIGURATION)
    return Predictor(network, saved, requests.read_configuration(given) if given else Configuration())


class Predictor:
    """A loaded model that answers requests, each by itself."""

    def __init__(self, network: Network, saved: model.Saved, configuration: Configuration) -> None:
        self._network = network
        self._saved = saved
        self._configuration = configuration

    def answer(self, requests: Sequence[Invocation], /) -> list[Reply]:
        """Answer requests."""
        return [self._answer(request) for request in requests]

    def _answer(self, request: Invocation) -> Reply:
        try:
            asked = requests.read(request.body, request.content_type, request.accept)
            return self._forecast(asked)
        except RefusedError as refusal:
            return refusal.reply

    def _forecast(self, asked: Asked) -> Reply:
        wanted = asked.configuration or (self._configuration if asked.lines else Configuration())
        try:
            levels = wanted.levels()
            series = [self._fit(one) for one in asked.series]
        except ValueError as error:
            raise requests.refuse(error) from error
        paths = forecast(self._network, self._saved.norms, series, wanted.num_samples)
        told = [requests.tell(samples, wanted, levels) for samples in paths]
        if asked.lines:
            return Reply(msgspec.json.Encoder().encode_lines(told), requests.LINES)
        return Reply(msgspec.json.encode({"predictions": told}), requests.JSON)

    def _fit(self, one: Series) -> Series:
        """A series as the model takes it, without the fields that it was told to ignore.

        Raises:
            SeriesError: It has what the model does not know, or lacks what it needs.
        """
        shape, given = self._saved.shape, self._saved.given
        for name, there in (("cat", one.cat), ("dynamic_feat", len(one.dynamic))):
            if there and name not in given:
                raise SeriesError(f"{one.place}: it has {name}, and the model was trained without {name}")
        schema.check([one], shape.cardinality, shape.num_dynamic_feat, after=shape.prediction_length)
        return replace(
            one,
            cat=one.cat if shape.cardinality else (),
            dynamic=one.dynamic if shape.num_dynamic_feat else np.empty((0, 0), np.float32),
        )
