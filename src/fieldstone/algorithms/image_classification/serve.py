# pyright: reportMissingImports=false
"""Serving: an image in, the probabilities of its classes out."""

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import torch

from fieldstone.algorithms.amazon import log
from fieldstone.algorithms.amazon.content_types import ContentType
from fieldstone.algorithms.amazon.requests import RefusedError
from fieldstone.algorithms.image_classification import artifact
from fieldstone.algorithms.image_classification.channels import IMAGES
from fieldstone.algorithms.image_classification.decoding import ImageError, decode, squeeze, to_pixels
from fieldstone.algorithms.image_classification.graph import Shape
from fieldstone.algorithms.image_classification.network import Network, answer, find_device, place
from fieldstone.contract.serving import Invocation, Reply

JSON, LINES = "application/json", "application/jsonlines"


def load(folder: Path) -> "Predictor":
    """The model of a job's folder.

    Raises:
        ValueError: There is none, or it is none that can be read.
    """
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS") or len(os.sched_getaffinity(0))))
    return Predictor(folder)


class Predictor:
    """A loaded model that answers requests.

    Args:
        folder: The model's files.
    """

    def __init__(self, folder: Path) -> None:
        saved = artifact.load(folder)
        self._shape: Shape = saved.shape
        self._device = find_device()
        self._network = Network(saved.nodes, saved.shape.channels)
        self._network.load(saved.weights)
        self._network.eval().to(self._device, memory_format=torch.channels_last)
        log.info(f"Loaded {saved.file.name}")

    def answer(self, requests: Sequence[Invocation], /) -> list[Reply]:
        """Answer requests: those that came together in one pass through the network."""
        read = [self._read(request) for request in requests]
        images = [pixels for pixels in read if not isinstance(pixels, Reply)]
        if not images:
            return [reply for reply in read if isinstance(reply, Reply)]
        with torch.inference_mode():
            told = iter(answer(self._network, place(np.stack(images), self._device)).cpu().tolist())
        return [
            pixels if isinstance(pixels, Reply) else _reply(next(told), _choose(request.accept))
            for pixels, request in zip(read, requests, strict=True)
        ]

    def _read(self, request: Invocation) -> np.ndarray | Reply:
        if ContentType.parse(request.content_type or IMAGES[0]).name not in IMAGES:
            return RefusedError(415, f"Content-type {request.content_type} not supported").reply
        try:
            _choose(request.accept)
            shape = self._shape
            return to_pixels(squeeze(decode(request.body, shape.channels, (shape.width, shape.height)), shape))
        except ImageError as error:
            return RefusedError(400, f"unable to evaluate payload provided: {error}").reply
        except RefusedError as refusal:
            return refusal.reply


def _choose(accept: str) -> str:
    for part in accept.split(","):
        name = ContentType.parse(part).name
        if name in {"", "*/*"}:
            return os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", JSON)
        if name in {JSON, LINES}:
            return name
    raise RefusedError(406, f"Accept type {accept} not supported")


def _reply(probabilities: list[float], accept: str) -> Reply:
    if accept == LINES:
        return Reply(msgspec.json.encode({"prediction": probabilities}) + b"\n", accept)
    return Reply(msgspec.json.encode(probabilities), JSON)
