"""Inference components: copies of models on the instances of endpoints, brought up, resized, kept up, taken down."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from fieldstone.control.endpoints.following import Follower
from fieldstone.control.endpoints.placement import find_room
from fieldstone.control.endpoints.pool import Pool
from fieldstone.control.facilities import Facilities, caller_of
from fieldstone.control.failures import JobFailedError
from fieldstone.control.invocation_metrics import CountedPredictor, Tallies, place_of_component
from fieldstone.core.prediction import Route, Routes, Variant
from fieldstone.services.operation import Context
from fieldstone.services.sagemaker.component_rows import INFERENCE_COMPONENT
from fieldstone.services.sagemaker.resources import amend
from fieldstone.store.resources import Row

_log = logging.getLogger(__name__)


class ComponentController(Follower):
    """Keeps inference components in service.

    A row's ``internal`` says what shall be: ``entries`` by their numbers, which of them is ``serving`` and which is
    ``next``, and how many copies are ``wanted``. What is here in memory follows it.

    Args:
        facilities: What controllers work with.
        routes: The routing table, which the gateway reads.
        tallies: Where predictions are counted.
    """

    kind = INFERENCE_COMPONENT

    def __init__(self, facilities: Facilities, routes: Routes, tallies: Tallies) -> None:
        super().__init__(facilities)
        self._routes = routes
        self._tallies = tallies
        self._pools: dict[int, dict[int, Pool]] = {}

    async def restore(self) -> None:
        """Publish the route of every component that was in service, before anybody can ask."""
        for row in self._facilities.dispatch.store.read(lambda store: store.resources.unsettled(INFERENCE_COMPONENT)):
            if row.internal["serving"] is not None and row.status != "Deleting":
                try:
                    self._publish(row, await self._pool(row, row.internal["serving"]))
                except JobFailedError as failure:  # it is found again by the row's drive, which sees to it
                    _log.warning("inference component %s has no route yet: %s", row.name, failure)

    async def close(self) -> None:
        """End every copy, whose folders stay: the next start brings them up again."""
        pools, self._pools = self._pools, {}
        await asyncio.gather(*(pool.close(keep=True) for some in pools.values() for pool in some.values()))

    async def follow(self, row: Row) -> None:
        """Have the copies that there shall be, of the specification that there shall be."""
        serving, upcoming = row.internal["serving"], row.internal.get("next")
        if serving is not None:
            pool = await self._pool(row, serving)
            self._publish(row, pool)  # who asks already after a restart of the server waits for the model, not for us
            await pool.bring_up()
        if upcoming is not None:
            await self._replace(row, upcoming)
        elif row.status != "InService":
            await self._adjust(row)

    async def _pool(self, row: Row, number: int) -> Pool:
        """The copies of an entry of the row's, which need not be ready."""
        pools = self._pools.setdefault(row.uid, {})
        if number not in pools:
            entry = row.internal["entries"][str(number)]
            pool = Pool(self._facilities, row, (number, 0), entry)
            await pool.join(entry["count"])
            pools[number] = pool
        return pools[number]

    async def _replace(self, row: Row, number: int) -> None:
        """Bring another entry up, give it the traffic, and take the one before down."""
        before, entry = row.internal["serving"], row.internal["entries"][str(number)]
        try:
            self._find_room(row, entry, entry["count"])
            pool = await self._pool(row, number)
            await pool.bring_up()
        except JobFailedError as failure:
            await self._drop(row, number)
            if before is None:
                raise
            reason = str(failure)
            await self._settle(row, lambda component: _give_up(component, number, reason))
            return
        self._publish(row, pool)
        await self._settle(row, lambda component: _take_over(component, number))
        if before is not None:
            await self._pools[row.uid][before].drain()
            await self._drop(row, before)

    async def _adjust(self, row: Row) -> None:
        """Have as many copies as the row wants; else leave all as it is."""
        number = row.internal["serving"]
        entry = row.internal["entries"][str(number)]
        wanted = row.internal.get("wanted", entry["count"])
        try:
            if wanted > entry["count"]:
                self._find_room(row, entry, wanted)
            await self._pools[row.uid][number].resize(wanted)
        except JobFailedError as failure:
            reason = str(failure)
            await self._settle(row, lambda component: _give_up(component, None, reason))
            return
        await self._settle(row, lambda component: _adopt(component, number, wanted))

    def _find_room(self, row: Row, entry: dict[str, Any], count: int) -> None:
        self._facilities.dispatch.read(caller_of(row), lambda ctx: find_room(ctx, row, entry, count))

    def _publish(self, row: Row, pool: Pool) -> None:
        endpoint = row.document["EndpointName"]
        own = CountedPredictor(pool, self._tallies, place_of_component(row))
        variant = CountedPredictor(own, self._tallies, (row.account, row.region, endpoint, pool.name))
        self._routes[_key(row)] = Route((Variant(pool.name, 1.0, variant),))

    async def _settle(self, row: Row, change: Callable[[Row], None]) -> None:
        """Change the row, and have it in service; one that is to go is left alone."""

        def settle(ctx: Context, component: Row) -> None:
            if component.status not in {"Deleting", "Failed"}:
                change(component)
                _describe(component)
                amend(component, INFERENCE_COMPONENT, ctx.now, "InService")

        await self._facilities.change(row, settle)

    async def end(self, row: Row) -> None:
        """Route nobody there, and end every server."""
        self._routes.pop(_key(row), None)
        for number in list(self._pools.get(row.uid, {})):
            await self._pools[row.uid][number].drain()
            await self._drop(row, number)
        self._pools.pop(row.uid, None)

    async def _drop(self, row: Row, number: int) -> None:
        pool = self._pools.get(row.uid, {}).pop(number, None)
        if pool is not None:
            await pool.close()


def _take_over(component: Row, number: int) -> None:
    """The entry that was next is serving."""
    component.internal = {"serving": number, "entries": {str(number): component.internal["entries"][str(number)]}}


def _give_up(component: Row, number: int | None, reason: str) -> None:
    """What was wanted is not to be had; what there was serves on."""
    component.internal["entries"].pop(str(number), None)
    component.internal.pop("next", None)
    component.internal.pop("wanted", None)
    component.document["FailureReason"] = reason


def _adopt(component: Row, number: int, count: int) -> None:
    """There are as many copies as were wanted."""
    component.internal["entries"][str(number)]["count"] = count
    component.internal.pop("wanted", None)


def _describe(component: Row) -> None:
    entry = component.internal["entries"][str(component.internal["serving"])]
    component.document["Specification"] = entry["summary"]
    component.document["RuntimeConfig"] = {"DesiredCopyCount": entry["count"], "CurrentCopyCount": entry["count"]}


def _key(row: Row) -> tuple[str, ...]:
    return row.account, row.region, row.document["EndpointName"], row.name
