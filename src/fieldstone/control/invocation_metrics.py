"""How often endpoints were asked, and how long their models took: counted in memory, put into CloudWatch as it goes.

What was counted since the last time is lost when the server is killed.
"""

import math
from collections import Counter
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Final

from fieldstone.control.facilities import Facilities
from fieldstone.control.upkeep import Chore
from fieldstone.core.prediction import Predictor, Question, Reply
from fieldstone.services.cloudwatch.putting import keep_recent
from fieldstone.services.operation import Caller, Context

_NAMESPACE: Final = "AWS/SageMaker"
_SECONDS: Final = 10.0
_STEPS: Final = 100
"""Latencies are told apart by a percent."""
_MOST_VALUES: Final = 150

Place = tuple[str, str, str, str]
"""Account, region, endpoint and variant."""


@dataclass(slots=True)
class Tally:
    """What happened at one variant since it was last written down."""

    latencies: Counter[int] = field(default_factory=Counter[int])
    client_errors: int = 0
    model_errors: int = 0

    def note(self, seconds: float, status: int) -> None:
        """Count an answer."""
        self.latencies[int(math.log(max(seconds, 1e-6)) * _STEPS)] += 1
        if status >= 400:
            self.client_errors += status < 500
            self.model_errors += status >= 500


Tallies = dict[Place, Tally]


@dataclass(frozen=True, slots=True)
class CountedPredictor:
    """A predictor whose answers are counted."""

    predictor: Predictor
    tallies: Tallies
    place: Place

    async def predict(self, question: Question) -> Reply:
        """Ask the model, and count."""
        started = perf_counter()
        status = 503
        try:
            reply = await self.predictor.predict(question)
            status = reply.status
        finally:
            tally = self.tallies.get(self.place)
            if tally is None:
                tally = self.tallies[self.place] = Tally()
            tally.note(perf_counter() - started, status)
        return reply


def invocation_metrics(facilities: Facilities, tallies: Tallies) -> Chore:
    """The chore: what was counted becomes values of metrics."""

    async def put() -> None:
        counted = dict(tallies)
        tallies.clear()
        for place, tally in counted.items():
            caller = Caller(place[0], place[1], "")
            await facilities.dispatch.write(
                caller, lambda ctx, place=place, tally=tally: keep_recent(ctx, _NAMESPACE, _data(ctx, place, tally))
            )

    return Chore("invocation metrics", put, _SECONDS)


def _data(ctx: Context, place: Place, tally: Tally) -> list[dict[str, Any]]:
    _, _, endpoint, variant = place
    dimensions = [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": variant}]
    usual = {"Timestamp": ctx.now, "Dimensions": dimensions}
    asked = float(tally.latencies.total())
    whole = {"Values": [1.0], "Counts": [asked]}
    data: list[dict[str, Any]] = [{"MetricName": "Invocations", **whole, **usual}]
    for name, count in (("Invocation4XXErrors", tally.client_errors), ("Invocation5XXErrors", tally.model_errors)):
        parts = {1.0: float(count), 0.0: asked - count}
        kept = {value: share for value, share in parts.items() if share}
        data.append({"MetricName": name, "Values": list(kept), "Counts": list(kept.values()), **usual})
    latencies = [(math.exp(step / _STEPS) * 1e6, float(count)) for step, count in tally.latencies.items()]
    for start in range(0, len(latencies), _MOST_VALUES):
        values, counts = zip(*latencies[start : start + _MOST_VALUES], strict=True)
        took = {"Values": list(values), "Counts": list(counts), "Unit": "Microseconds"}
        data.append({"MetricName": "ModelLatency", **took, **usual})
    return data
