"""How often endpoints were asked, and how long that took: counted in memory, put into CloudWatch as it goes.

What was counted since the last time is lost when the server is killed.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from time import monotonic, perf_counter
from typing import Any, Final

from fieldstone.control.facilities import Facilities
from fieldstone.control.upkeep import Chore
from fieldstone.core.errors import AwsError
from fieldstone.core.prediction import BadQuestionError, Predictor, Question, Reply
from fieldstone.services.cloudwatch.putting import keep_recent
from fieldstone.services.operation import Caller, Context
from fieldstone.services.sagemaker.component_rows import INFERENCE_COMPONENT
from fieldstone.services.sagemaker.endpoints import ENDPOINT
from fieldstone.services.sagemaker.resources import lookup
from fieldstone.store.resources import Row
from fieldstone.store.transaction import Transaction

_NAMESPACE: Final = "AWS/SageMaker"
_SECONDS: Final = 5.0
_STEPS: Final = 100
"""Latencies are told apart by a percent."""
_MOST_VALUES: Final = 150
_LEAST: Final = 1e-7
_UNAVAILABLE: Final = 503
_QUIET_SECONDS: Final = 60.0

_log = math.log

Place = tuple[str, str, str, str]
"""Account, region, endpoint and variant; or of an inference component, with its name in place of both."""

Latencies = Counter[int]
"""How many took so long, in steps of a percent."""


@dataclass(slots=True)
class Tally:
    """What happened at one variant since it was last written down."""

    models: Latencies = field(default_factory=Counter[int])
    overheads: Latencies = field(default_factory=Counter[int])
    client_errors: int = 0
    server_errors: int = 0
    model_errors: int = 0

    def note(self, seconds: float, status: int) -> None:
        """Count what the model answered."""
        self.models[_step(seconds)] += 1
        if not 200 <= status < 300:
            self.model_errors += 1
            self.client_errors += 400 <= status < 500
            self.server_errors += status >= 500

    def wait(self, seconds: float) -> None:
        """Count how long a question was with us before its model was asked."""
        self.overheads[_step(seconds)] += 1


Tallies = dict[Place, Tally]


@dataclass(frozen=True, slots=True)
class CountedPredictor:
    """A predictor whose answers are counted."""

    predictor: Predictor
    tallies: Tallies
    place: Place

    async def predict(self, question: Question) -> Reply:
        """Ask the model, and count; a question that no model was asked counts for nothing."""
        started = perf_counter()
        status = _UNAVAILABLE
        try:
            reply = await self.predictor.predict(question)
            status = reply.status
        except (BadQuestionError, AwsError):
            status = 0
            raise
        finally:
            if status:
                self._count(question, started, status)
        return reply

    def _count(self, question: Question, started: float, status: int) -> None:
        tally = self.tallies.get(self.place)
        if tally is None:
            tally = self.tallies[self.place] = Tally()
        tally.note(perf_counter() - started, status)
        if question.received is not None:
            tally.wait(started - question.received)


def invocation_metrics(facilities: Facilities, tallies: Tallies) -> Chore:
    """The chore: what was counted becomes values of metrics; of who is not asked for a minute, zero."""
    heard: dict[Place, float] = {}

    async def put() -> None:
        counted = dict(tallies)
        tallies.clear()
        now, there = monotonic(), facilities.dispatch.store.read(_in_service)
        last = {place: heard.get(place, now) for place in there}
        counted |= {place: Tally() for place in there if place not in counted and now - last[place] >= _QUIET_SECONDS}
        heard.clear()
        heard.update(last | dict.fromkeys(counted, now))
        for place, tally in counted.items():
            await facilities.dispatch.write(Caller(place[0], place[1], ""), partial(_keep, place=place, tally=tally))

    return Chore("invocation metrics", put, _SECONDS)


def _in_service(store: Transaction) -> list[Place]:
    components = store.resources.all(INFERENCE_COMPONENT)
    return [place_of_component(row) for row in components if row.status == "InService"] + [
        (row.account, row.region, row.name, variant["VariantName"])
        for row in store.resources.all(ENDPOINT)
        if row.status == "InService"
        for variant in row.document["ProductionVariants"]
    ]


def _keep(ctx: Context, *, place: Place, tally: Tally) -> None:
    _, _, endpoint, name = place
    names = {"EndpointName": endpoint, "VariantName": name} if endpoint else {"InferenceComponentName": name}
    each = _for_each_instance(ctx, endpoint, name) if endpoint else _for_each_copy(ctx, name)
    data = [*_counts(tally, each), *_latencies(tally)]
    usual = {"Timestamp": ctx.now, "Dimensions": [{"Name": key, "Value": value} for key, value in names.items()]}
    keep_recent(ctx, _NAMESPACE, [datum | usual for datum in data])


def place_of_component(row: Row) -> Place:
    """Where the questions to an inference component are counted."""
    return row.account, row.region, "", row.name


def _for_each_copy(ctx: Context, component: str) -> dict[str, float]:
    row = lookup(ctx, INFERENCE_COMPONENT, component)
    copies = 0 if row is None else row.document["RuntimeConfig"]["CurrentCopyCount"]
    return {"InvocationsPerCopy": 1.0 / copies} if copies else {}


def _for_each_instance(ctx: Context, endpoint: str, variant: str) -> dict[str, float]:
    """The share of each instance in a question; none where there are no instances to be counted."""
    row = lookup(ctx, ENDPOINT, endpoint)
    variants: list[dict[str, Any]] = [] if row is None else row.document.get("ProductionVariants", [])
    counts = (item.get("CurrentInstanceCount", 0) for item in variants if item["VariantName"] == variant)
    count = next(counts, 0)
    return {"InvocationsPerInstance": 1.0 / count} if count else {}


def _counts(tally: Tally, each: dict[str, float]) -> Iterator[dict[str, Any]]:
    asked = float(tally.models.total())
    for name, value in {"Invocations": 1.0, **each}.items():
        yield {"MetricName": name, "Values": [value if asked else 0.0], "Counts": [asked or 1.0]}
    if not asked:
        return
    errors = {
        "Invocation4XXErrors": tally.client_errors,
        "Invocation5XXErrors": tally.server_errors,
        "InvocationModelErrors": tally.model_errors,
    }
    for name, count in errors.items():
        parts = {1.0: float(count), 0.0: asked - count}
        kept = {value: share for value, share in parts.items() if share}
        yield {"MetricName": name, "Values": list(kept), "Counts": list(kept.values())}


def _latencies(tally: Tally) -> Iterator[dict[str, Any]]:
    for name, counted in (("ModelLatency", tally.models), ("OverheadLatency", tally.overheads)):
        told = [(math.exp(step / _STEPS) * 1e6, float(count)) for step, count in counted.items()]
        for start in range(0, len(told), _MOST_VALUES):
            values, counts = zip(*told[start : start + _MOST_VALUES], strict=True)
            yield {"MetricName": name, "Values": list(values), "Counts": list(counts), "Unit": "Microseconds"}


def _step(seconds: float) -> int:
    return int(_log(seconds + _LEAST) * _STEPS)
