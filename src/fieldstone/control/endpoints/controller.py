"""Endpoints: brought into service, changed without loss, kept up over restarts, taken down."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from fieldstone.control.endpoints.baking import bake, in_time
from fieldstone.control.endpoints.capture import captured, journal_name
from fieldstone.control.endpoints.course import (
    Course,
    Phase,
    adopt,
    counts_of,
    course_of,
    enter,
    entries_of,
    give_up,
    status_of,
    step_on,
    turn_back,
)
from fieldstone.control.endpoints.description import describe_endpoint
from fieldstone.control.endpoints.fleet import Fleet
from fieldstone.control.endpoints.following import Follower
from fieldstone.control.endpoints.journals import Journals
from fieldstone.control.endpoints.lines import Lines
from fieldstone.control.endpoints.rollout import START, Step
from fieldstone.control.endpoints.shadows import ShadowedPredictor
from fieldstone.control.facilities import Facilities
from fieldstone.control.failures import JobFailedError, client_error
from fieldstone.control.invocation_metrics import CountedPredictor, Tallies
from fieldstone.core.prediction import Blend, Predictor, Route, Routes, Variant
from fieldstone.services.operation import Context
from fieldstone.services.sagemaker.endpoints import ENDPOINT
from fieldstone.services.sagemaker.resources import amend
from fieldstone.store.resources import Row

_UNSUPPORTED = ("CoreDumpConfig", "ManagedInstanceScaling", "InferenceAmiVersion")
_log = logging.getLogger(__name__)


class EndpointController(Follower):
    """Keeps endpoints in service.

    A row's ``internal`` says what shall be (``course`` reads it); what is here in memory follows it. Each drive brings
    this in line with the row as it is, and then the row one step further.

    Args:
        facilities: What controllers work with.
        routes: The routing table, which the gateway reads.
        tallies: Where predictions are counted.
        lines: The lines before asynchronous endpoints.
        journals: Where predictions are captured.
    """

    kind = ENDPOINT
    plans = ("PendingDeploymentSummary",)

    def __init__(
        self, facilities: Facilities, routes: Routes, tallies: Tallies, lines: Lines, journals: Journals
    ) -> None:
        super().__init__(facilities)
        self._journals = journals
        self._routes = routes
        self._tallies = tallies
        self._lines = lines
        self._fleets: dict[int, dict[int, Fleet]] = {}

    async def restore(self) -> None:
        """Publish the route of every endpoint that was in service, before anybody can ask."""
        rows = self._facilities.dispatch.store.read(lambda store: store.resources.unsettled(ENDPOINT))
        serving = [row for row in rows if row.internal["serving"] is not None and row.status != "Deleting"]
        await asyncio.gather(*(self._route_again(row) for row in serving))

    async def _route_again(self, row: Row) -> None:
        try:
            await self._place(row, course_of(row))
        except JobFailedError as failure:  # it is found again by the row's drive, which sees to it
            _log.warning("endpoint %s has no route yet: %s", row.name, failure)

    async def close(self) -> None:
        """End every server, whose folders stay: the next start brings them up again."""
        fleets, self._fleets = self._fleets, {}
        await asyncio.gather(*(fleet.close(keep=True) for some in fleets.values() for fleet in some.values()))
        await self._journals.close()

    async def follow(self, row: Row) -> None:
        """Have the fleets that there shall be, and bring a rollout or a change of counts one step further."""
        course = course_of(row)
        if row.internal["serving"] is not None:
            await self._serve(row, course)
        if course is not None:
            await self._advance(row, course)
        elif row.status != "InService":
            await self._adjust(row)

    async def _serve(self, row: Row, course: Course | None) -> None:
        """Have the fleets that there shall be and their traffic as it shall be, and none besides."""
        await self._place(row, course)
        await self._fleets[row.uid][row.internal["serving"]].bring_up()
        for number in [number for number in self._fleets[row.uid] if str(number) not in row.internal["fleets"]]:
            await self._fleets[row.uid][number].drain()
            await self._drop(row, number)

    async def _place(self, row: Row, course: Course | None) -> None:
        """Route to the fleets that there shall be; who asks before their models are ready waits for these."""
        standing = START if course is None else course.standing
        await self._fleet(row, row.internal["serving"], standing.kept)
        if course is not None and standing.fresh > 0:
            await self._fleet(row, course.number, standing.fresh)
        self._publish(row, standing)

    async def _fleet(self, row: Row, number: int, share: float) -> Fleet:
        """A fleet of the row's, which need not be ready; a share of it runs already if there was none here."""
        fleets = self._fleets.setdefault(row.uid, {})
        if number not in fleets:
            for entry in entries_of(row, number):
                _check(entry["variant"])
            of = row.internal["fleets"][str(number)]
            fleet = Fleet(self._facilities, row, number, of["variants"], of.get("shadows", []))
            await fleet.join(counts_of(row, number, share))
            fleets[number] = fleet
        return fleets[number]

    async def _advance(self, row: Row, course: Course) -> None:
        """Bring a rollout a phase further, or turn it back."""
        try:
            async with in_time(course):
                await self._enter(row, course)
        except JobFailedError as failure:
            if row.internal["serving"] is None or course.phase is Phase.STUCK:
                raise
            reason = str(failure)
            await self._move(row, course, lambda endpoint, now: turn_back(endpoint, course, reason, now))

    async def _enter(self, row: Row, course: Course) -> None:
        fleet = await self._fleet(row, course.number, course.standing.fresh)
        await fleet.bring_up()
        match course.phase:
            case Phase.LAUNCHING:
                await self._launch(row, course, fleet)
            case Phase.ACTIVATING:  # it has the traffic already
                await self._move(row, course, lambda endpoint, now: enter(endpoint, Phase.BAKING, now))
            case Phase.BAKING:
                await bake(self._facilities, row, course)
                await self._move(row, course, lambda endpoint, now: step_on(endpoint, course, now))
            case Phase.STUCK:
                pass

    async def _launch(self, row: Row, course: Course, fleet: Fleet) -> None:
        """Have the instances of a step; where there is nothing to wait for, they get the traffic at once."""
        serving, step = row.internal["serving"], course.step
        if serving is not None:
            await self._fleets[row.uid][serving].resize(counts_of(row, serving, step.kept))
        await fleet.resize(counts_of(row, course.number, step.fresh))
        if course.bakes:
            await self._move(row, course, lambda endpoint, now: enter(endpoint, Phase.ACTIVATING, now))
            return
        self._publish(row, step)
        await self._move(row, course, lambda endpoint, now: step_on(endpoint, course, now))

    async def _adjust(self, row: Row) -> None:
        """Have as many instances, and the weights, that the row asks for; else leave all as it is."""
        number = row.internal["serving"]
        adopt(row)
        fleet = self._fleets[row.uid][number]
        try:
            await fleet.resize(counts_of(row, number))
            await fleet.adapt(entries_of(row, number))
        except JobFailedError as failure:
            reason = str(failure)
            await self._settle(row, lambda endpoint, _: give_up(endpoint, reason))
            return
        self._publish(row, START)
        await self._settle(row, lambda endpoint, _: adopt(endpoint))

    def _publish(self, row: Row, standing: Step) -> None:
        """Give the fleets their shares of the traffic."""
        before, after = row.internal["serving"], row.internal.get("next")
        if after is None or standing.share <= 0:
            route = self._route(row, before)
        elif before is None or standing.share >= 1:
            route = self._route(row, after)
        else:
            route = Blend(self._route(row, before), self._route(row, after), standing.share)
        leading = after if after is not None and (before is None or standing.share >= 1) else before
        self._routes[_key(row)] = self._lines.serve(row, route, row.internal["fleets"][str(leading)])

    def _route(self, row: Row, number: int) -> Route:
        fleet, of = self._fleets[row.uid][number], row.internal["fleets"][str(number)]
        whole = sum(entry["weight"] for entry in of["variants"]) or 1.0
        variants: list[Variant] = []
        for place, entry in enumerate(of["variants"]):
            predictor = self._predictor(row, fleet, place)
            for at, shadow in enumerate(of.get("shadows", []), len(of["variants"])):
                predictor = ShadowedPredictor(predictor, self._predictor(row, fleet, at), shadow["weight"] / whole)
            variants.append(Variant(entry["variant"]["VariantName"], entry["weight"], predictor))
        return Route(tuple(variants))

    def _predictor(self, row: Row, fleet: Fleet, place: int) -> Predictor:
        """Who answers for a variant or a shadow; answers are counted, and captured where the configuration says so."""
        pool = fleet.pools[place]
        counted = CountedPredictor(pool, self._tallies, (*_key(row), pool.name))
        return captured(counted, self._journals, row, fleet.number, pool.name)

    async def _move(self, row: Row, course: Course, change: Callable[[Row, float], None]) -> None:
        """Bring a rollout further in its row, unless it is further there already."""

        def move(endpoint: Row, now: float) -> None:
            if course_of(endpoint) == course:
                change(endpoint, now)

        await self._settle(row, move)

    async def _settle(self, row: Row, change: Callable[[Row, float], None]) -> None:
        """Change the row, and bring its description in line; one that is to go is left alone."""

        def settle(ctx: Context, endpoint: Row) -> None:
            if endpoint.status not in {"Deleting", "Failed"}:
                change(endpoint, ctx.now)
                describe_endpoint(endpoint)
                amend(endpoint, ENDPOINT, ctx.now, status_of(endpoint))

        await self._facilities.change(row, settle)

    async def end(self, row: Row) -> None:
        """Route nobody there, and end every server."""
        self._routes.pop(_key(row), None)
        self._lines.close(row)
        for number in list(self._fleets.get(row.uid, {})):
            await self._drop(row, number)
        self._fleets.pop(row.uid, None)

    async def _drop(self, row: Row, number: int) -> None:
        fleet = self._fleets.get(row.uid, {}).pop(number, None)
        if fleet is not None:
            await fleet.close()
            self._journals.forget(journal_name(row, number))


def _check(variant: dict[str, Any]) -> None:
    for member in _UNSUPPORTED:
        if member in variant:
            raise client_error(f"variant {variant['VariantName']}: {member} is not supported here yet")


def _key(row: Row) -> tuple[str, str, str]:
    return row.account, row.region, row.name
