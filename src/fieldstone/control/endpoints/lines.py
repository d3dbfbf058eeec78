"""The lines before asynchronous endpoints: who is being served, who waits, and by whom they are served."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from fieldstone.control.facilities import Facilities
from fieldstone.control.upkeep import Chore
from fieldstone.core.prediction import BadQuestionError, Blend, Question, Reply, Route, Variant
from fieldstone.services.cloudwatch.putting import keep_recent
from fieldstone.services.operation import Caller
from fieldstone.store.resources import Row

CONCURRENCY: Final = 4
"""Questions at a time to each instance, where ``MaxConcurrentInvocationsPerInstance`` does not say."""
_SECONDS: Final = 5.0


class GoneError(Exception):
    """The endpoint was deleted, or has failed: nobody will be served any more."""


@dataclass(slots=True)
class Line:
    """The line before one endpoint.

    Attributes:
        name: The endpoint's account, region and name.
        route: Who answers, once somebody does.
        places: How many are served at a time.
        created: When each of those that are served or wait was accepted, by the uid of its row.
    """

    name: tuple[str, str, str] = ("", "", "")
    route: Route | Blend | None = None
    instances: int = 0
    places: int = 0
    created: dict[int, float] = field(default_factory=dict[int, float])
    _busy: int = 0
    _waiting: deque[asyncio.Future[None]] = field(default_factory=deque[asyncio.Future[None]])

    @asynccontextmanager
    async def place(self, row: Row) -> AsyncGenerator[None]:
        """Wait for a place, first come, first served; it is held as long as this lasts.

        Raises:
            GoneError: There will be none.
        """
        self.created[row.uid] = row.created
        try:
            await self._enter()
            try:
                yield
            finally:
                self._busy -= 1
                self.admit()
        finally:
            del self.created[row.uid]

    def admit(self) -> None:
        """Serve as many as there are places for."""
        while self._waiting and self._busy < self.places:
            waiting = self._waiting.popleft()
            if not waiting.done():
                self._busy += 1
                waiting.set_result(None)

    def dismiss(self) -> None:
        """Tell those who wait that the endpoint is gone."""
        self.route, self.places = None, 0
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(GoneError())
        self._waiting.clear()

    async def _enter(self) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self.admit()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:  # its place was just given
                self._busy -= 1
                self.admit()
            raise

    def gauges(self) -> dict[str, float]:
        """What CloudWatch shows of the line, by the names of AWS's metrics."""
        waiting = float(len(self.created))
        oldest = max(0.0, time.time() - min(self.created.values())) if self.created else 0.0
        return {
            "ApproximateBacklogSize": waiting,
            "ApproximateBacklogSizePerInstance": waiting / max(1, self.instances),
            "ApproximateAgeOfOldestRequest": oldest,
            "HasBacklogWithoutCapacity": float(bool(waiting) and not self.instances),
        }


class Lines:
    """The lines before all asynchronous endpoints, by the uids of their rows."""

    def __init__(self) -> None:
        self._lines: dict[int, Line] = {}

    def line(self, endpoint: int) -> Line:
        """The line before an endpoint, whether it is served by now or not."""
        return self._lines.setdefault(endpoint, Line())

    def serve(self, row: Row, route: Route | Blend, fleet: dict[str, Any]) -> Route | Blend:
        """Have an endpoint serve its line, if it is asynchronous; the route for those who ask at once.

        Args:
            row: The endpoint.
            route: Who answers.
            fleet: The variants that do, and their ``settings``, as the row has them. If these name no
                ``AsyncInferenceConfig`` there is no line, and who asks at once is answered.
        """
        config = fleet.get("settings", {}).get("AsyncInferenceConfig")
        if config is None:
            self.close(row)
            return route
        line, entries = self.line(row.uid), fleet["variants"]
        line.name, line.route = (row.account, row.region, row.name), route
        line.instances = sum(entry["count"] for entry in entries)
        client: dict[str, int] = config.get("ClientConfig", {})
        line.places = line.instances * client.get("MaxConcurrentInvocationsPerInstance", CONCURRENCY)
        line.admit()
        names = (entry["variant"]["VariantName"] for entry in entries)
        return Route(tuple(Variant(name, 1.0, _Refusing(row)) for name in names))

    def close(self, row: Row) -> None:
        """Serve an endpoint's line no more."""
        line = self._lines.pop(row.uid, None)
        if line is not None:
            line.dismiss()

    def served(self) -> list[Line]:
        """The lines of endpoints in service."""
        return [line for line in self._lines.values() if line.route is not None]


def async_metrics(facilities: Facilities, lines: Lines) -> Chore:
    """The chore: how long the lines before asynchronous endpoints are."""

    async def put() -> None:
        for line in lines.served():
            account, region, name = line.name
            usual = {"Dimensions": [{"Name": "EndpointName", "Value": name}], "Timestamp": time.time()}
            data = [{"MetricName": metric, "Value": value, **usual} for metric, value in line.gauges().items()]
            work = partial(keep_recent, namespace="AWS/SageMaker", data=data)
            await facilities.dispatch.write(Caller(account, region, ""), work)

    return Chore("metrics of asynchronous endpoints", put, _SECONDS)


@dataclass(frozen=True, slots=True)
class _Refusing:
    """Who asks an asynchronous endpoint at once."""

    endpoint: Row

    async def predict(self, question: Question) -> Reply:
        """Refuse.

        Raises:
            BadQuestionError: Always.
        """
        del question
        row = self.endpoint
        words = f"Endpoint {row.name} of account {row.account} is an asynchronous endpoint. Use InvokeEndpointAsync."
        raise BadQuestionError(words)
