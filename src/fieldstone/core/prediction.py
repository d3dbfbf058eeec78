"""Predictions on their way: what the gateway asks, what a model server answers, and the table between them."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(slots=True)
class Question:
    """A request to a model.

    Attributes:
        body: The payload.
        headers: What the container is told: content-type, accept and X-Amzn-SageMaker-*, names in lower case.
        target_container: The one of several containers that it is for.
        target_model: The one of many models that it is for.
        received: When it came to us, by ``perf_counter``, if its time is to be counted.
    """

    body: bytes
    headers: Mapping[str, str]
    target_container: str | None = None
    target_model: str | None = None
    received: float | None = None


@dataclass(slots=True)
class Reply:
    """A model's answer.

    Attributes:
        status: Of HTTP.
        headers: Their names are in lower case.
        body: The payload.
        container: Who gave it.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    container: str = "primary"


class ModelUnavailableError(Exception):
    """The model server is not there, or went before it answered."""


class ModelUnreachableError(ModelUnavailableError):
    """The model server cannot be reached: the question was never sent."""


class BadQuestionError(Exception):
    """A question that cannot be asked here; the text is AWS's answer to it."""


class Predictor(Protocol):
    """Answers questions with one model."""

    async def predict(self, question: Question) -> Reply:
        """Ask the model.

        Raises:
            ModelUnavailableError: It is not there, or went before it answered.
        """
        ...


@dataclass(frozen=True, slots=True)
class Variant:
    """A share of an endpoint's traffic and the model that takes it."""

    name: str
    weight: float
    predictor: Predictor


@dataclass(frozen=True, slots=True)
class Route:
    """What stands behind an endpoint."""

    variants: tuple[Variant, ...]
    _weights: tuple[float, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        weights = tuple(variant.weight for variant in self.variants)
        object.__setattr__(self, "_weights", weights if any(weights) else (1.0,) * len(weights))

    def choose(self) -> Variant:
        """A variant, by chance in proportion to the weights."""
        if len(self.variants) == 1:
            return self.variants[0]
        return random.choices(self.variants, self._weights)[0]  # noqa: S311  # traffic is no secret

    def named(self, name: str) -> Variant | None:
        """The variant of that name."""
        return next((variant for variant in self.variants if variant.name == name), None)


@dataclass(frozen=True, slots=True)
class Blend:
    """Two routes that share the traffic, while one takes over from the other.

    Attributes:
        share: Of the traffic, between 0 and 1, that ``after`` takes.
    """

    before: Route
    after: Route
    share: float

    def choose(self) -> Variant:
        """A variant, by chance in proportion to the shares and the weights."""
        return self._in_order()[0].choose()

    def named(self, name: str) -> Variant | None:
        """A variant of that name, by chance in proportion to the shares where both have one."""
        first, second = self._in_order()
        return first.named(name) or second.named(name)

    def _in_order(self) -> tuple[Route, Route]:
        if random.random() < self.share:  # noqa: S311  # traffic is no secret
            return self.after, self.before
        return self.before, self.after


Routes = dict[tuple[str, ...], Route | Blend]
"""The routing table, kept by control, read by the gateway: the route of each endpoint by account, region and name, and
that of each inference component by these of its endpoint and its own name."""
