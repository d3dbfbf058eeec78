"""Predictions on their way: what the gateway asks, what a model server answers, and the table between them."""

import random
from collections.abc import AsyncIterator, Callable, Mapping
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
        streams: Whether the answer may be given piece by piece, as the model makes it.
        unlimited: Whether the answer may have any size and take any time: who asks sees to that.
        received: When it came to us, by ``perf_counter``, if its time is to be counted.
    """

    body: bytes
    headers: Mapping[str, str]
    target_container: str | None = None
    target_model: str | None = None
    streams: bool = False
    unlimited: bool = False
    received: float | None = None


class Pieces:
    """The body of an answer as it comes. Whoever has it closes it, read to its end or not.

    Args:
        source: The pieces; whatever breaks them off is a ModelFailedError.
        close: Ends what they come from.
    """

    def __init__(self, source: AsyncIterator[bytes], close: Callable[[], None]) -> None:
        self._source = source
        self._ends = [close]
        self._taps: list[Callable[[bytes | None], None]] = []

    def __aiter__(self) -> "Pieces":
        return self

    async def __anext__(self) -> bytes:
        piece = await anext(self._source, None)
        for tap in self._taps:
            tap(piece)
        if piece is None:
            raise StopAsyncIteration
        return piece

    def tap(self, tell: Callable[[bytes | None], None]) -> None:
        """Tell somebody of each piece before it is given on, and with None that all have come."""
        self._taps.append(tell)

    def after(self, do: Callable[[], None]) -> None:
        """Have something done when they are closed."""
        self._ends.append(do)

    def close(self) -> None:
        """No more is wanted."""
        ends, self._ends = self._ends, []
        for do in ends:
            do()

    def __del__(self) -> None:
        self.close()  # where an answer could not even begin


@dataclass(slots=True)
class Reply:
    """A model's answer.

    Attributes:
        status: Of HTTP.
        headers: Their names are in lower case.
        body: The payload.
        container: Who gave it.
        pieces: The payload, where it comes piece by piece; then ``body`` is empty.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    container: str = "primary"
    pieces: Pieces | None = None

    def after(self, do: Callable[[], None]) -> None:
        """Have something done once all of it has come: now, unless it comes piece by piece."""
        if self.pieces is None:
            do()
        else:
            self.pieces.after(do)


class ModelUnavailableError(Exception):
    """The model server is not there, or went before it answered."""


class ModelUnreachableError(ModelUnavailableError):
    """The model server cannot be reached: the question was never sent."""


class ModelFailedError(ModelUnavailableError):
    """The model server was asked, and gave no whole answer.

    Attributes:
        container: Which of the model's it was.
    """

    container = "primary"


class ModelLostError(ModelFailedError):
    """It went, or hung up, or said what is no HTTP."""


class ModelUnreadError(ModelLostError):
    """It went before it had read the question: what it did not read it cannot have done, and may be asked once more."""


class ModelTimeoutError(ModelFailedError):
    """It took too long."""


class ModelTooTalkativeError(ModelFailedError):
    """Its answer is larger than an answer may be."""


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
