"""Endpoints: brought into service, changed without loss, kept up over restarts, taken down."""

import asyncio
from collections.abc import Callable
from typing import Any

from fieldstone.control.endpoints.capture import captured, describe_capture
from fieldstone.control.endpoints.description import describe_variants
from fieldstone.control.endpoints.fleet import Fleet
from fieldstone.control.endpoints.journals import Journals
from fieldstone.control.facilities import Facilities, caller_of
from fieldstone.control.failures import JobFailedError, client_error
from fieldstone.control.invocation_metrics import CountedPredictor, Tallies
from fieldstone.control.waiting import unless
from fieldstone.core.prediction import Predictor, Route, Routes, Variant
from fieldstone.services.operation import Context
from fieldstone.services.sagemaker.endpoints import ENDPOINT
from fieldstone.services.sagemaker.resources import amend
from fieldstone.store.journal import Change
from fieldstone.store.resources import Row

_UNSUPPORTED = ("ServerlessConfig", "CoreDumpConfig", "ManagedInstanceScaling", "InferenceAmiVersion")


class EndpointController:
    """Keeps endpoints in service.

    A row's ``internal`` says what shall be: ``fleets`` by their numbers, each with the name of its configuration and
    its variants; which of them is ``serving``, and which is ``next``. What is here in memory follows it.

    Args:
        facilities: What controllers work with.
        routes: The routing table, which the gateway reads.
        tallies: Where predictions are counted.
        journals: Where they are captured.
    """

    kind = ENDPOINT

    def __init__(self, facilities: Facilities, routes: Routes, tallies: Tallies, journals: Journals) -> None:
        self._facilities = facilities
        self._journals = journals
        self._routes = routes
        self._tallies = tallies
        self._fleets: dict[int, dict[int, Fleet]] = {}
        self._changes: dict[int, asyncio.Event] = {}
        facilities.dispatch.store.listen(self._changed)

    async def drive(self, row: Row, halt: asyncio.Event) -> None:
        """Bring what runs in line with the row, and wait until the row changes; take all down if it shall go."""
        changed = self._changes.setdefault(row.uid, asyncio.Event())
        changed.clear()
        if not halt.is_set():
            try:
                await unless(halt, self._follow(row))
            except JobFailedError as failure:
                await self._fail(row, str(failure))
                return
            await unless(halt, changed.wait())
        if halt.is_set():
            await self._take_down(row)
            await self._facilities.dispatch.write(caller_of(row), lambda ctx: _delete(ctx, row))

    async def close(self) -> None:
        """End every server, whose folders stay: the next start brings them up again."""
        fleets, self._fleets = self._fleets, {}
        await asyncio.gather(*(fleet.close(keep=True) for some in fleets.values() for fleet in some.values()))
        await self._journals.close()

    def _changed(self, changes: list[Change]) -> None:
        for change in changes:
            if change.kind == ENDPOINT.name and (event := self._changes.get(change.uid)) is not None:
                event.set()

    async def _follow(self, row: Row) -> None:
        serving, upcoming = row.internal["serving"], row.internal.get("next")
        if serving is not None:
            fleet = await self._fleet(row, serving)
            self._publish(row, fleet)  # who asks already after a restart of the server waits for the model, not for us
            await fleet.bring_up()
        if upcoming is not None:
            await self._replace(row, upcoming)
        elif row.status != "InService":
            await self._adjust(row)

    async def _fleet(self, row: Row, number: int) -> Fleet:
        """A fleet of the row's, which need not be ready."""
        fleets = self._fleets.setdefault(row.uid, {})
        if number not in fleets:
            entries = _entries(row, number)
            for entry in entries:
                _check(entry["variant"])
            fleet = Fleet(self._facilities, row, number, entries)
            await fleet.join(entries)
            fleets[number] = fleet
        return fleets[number]

    async def _replace(self, row: Row, number: int) -> None:
        """Bring another fleet up, give it the traffic, and take the one before down."""
        before = row.internal["serving"]
        try:
            fleet = await self._fleet(row, number)
            await fleet.bring_up()
        except JobFailedError as failure:
            await self._drop(row, number)
            if before is None:
                raise
            reason = str(failure)
            await self._settle(row, lambda endpoint, _: _give_up(endpoint, number, reason))
            return
        self._publish(row, fleet)
        await self._settle(row, lambda endpoint, now: _take_over(endpoint, number, now))
        if before is not None:
            await self._fleets[row.uid][before].drain()
            await self._drop(row, before)

    async def _adjust(self, row: Row) -> None:
        """Have as many instances, and the weights, that the row asks for."""
        number = row.internal["serving"]
        fleet, entries = self._fleets[row.uid][number], _entries(row, number)
        await fleet.resize(entries)
        self._publish(row, fleet)
        await self._settle(row, _describe)

    def _publish(self, row: Row, fleet: Fleet) -> None:
        entries = _entries(row, fleet.number)
        named = [(entry["variant"]["VariantName"], entry["weight"]) for entry in entries]
        self._routes[_key(row)] = Route(
            tuple(
                Variant(name, weight, self._predictor(row, fleet, place, name))
                for place, (name, weight) in enumerate(named)
            )
        )

    def _predictor(self, row: Row, fleet: Fleet, place: int, name: str) -> Predictor:
        """Who answers for a variant, and counts and captures what it answers."""
        counted = CountedPredictor(fleet.predictors[name], self._tallies, (*_key(row), name))
        journal = f"{row.uid}-{fleet.number}-{place}"
        return captured(counted, self._journals, row, (journal, name), _capture(row, fleet.number))

    async def _settle(self, row: Row, change: Callable[[Row, float], None]) -> None:
        """Change the row, and have it in service; one that is to go is left alone."""

        def settle(ctx: Context, endpoint: Row) -> None:
            if endpoint.status not in {"Deleting", "Failed"}:
                change(endpoint, ctx.now)
                amend(endpoint, ENDPOINT, ctx.now, "InService")

        await self._facilities.change(row, settle)

    async def _fail(self, row: Row, reason: str) -> None:
        await self._take_down(row)

        def fail(ctx: Context, endpoint: Row) -> None:
            if endpoint.status == "Deleting":  # it was deleted meanwhile, and that is what happens next
                return
            endpoint.document["FailureReason"] = reason
            amend(endpoint, ENDPOINT, ctx.now, "Failed")

        await self._facilities.change(row, fail)

    async def _take_down(self, row: Row) -> None:
        self._routes.pop(_key(row), None)
        for number in list(self._fleets.get(row.uid, {})):
            await self._drop(row, number)
        self._fleets.pop(row.uid, None)
        self._changes.pop(row.uid, None)

    async def _drop(self, row: Row, number: int) -> None:
        fleet = self._fleets.get(row.uid, {}).pop(number, None)
        if fleet is not None:
            await fleet.close()
            self._journals.forget(f"{row.uid}-{number}-")


def _take_over(endpoint: Row, number: int, now: float) -> None:
    """The fleet that was next is serving."""
    endpoint.internal["serving"] = number
    endpoint.internal.pop("next", None)
    endpoint.internal["fleets"] = {str(number): endpoint.internal["fleets"][str(number)]}
    endpoint.document["EndpointConfigName"] = endpoint.internal["fleets"][str(number)]["config"]
    endpoint.document.pop("FailureReason", None)
    _describe(endpoint, now)


def _give_up(endpoint: Row, number: int, reason: str) -> None:
    """The fleet that was next is not to be had; the one before serves on."""
    endpoint.internal.pop("next", None)
    del endpoint.internal["fleets"][str(number)]
    endpoint.document["FailureReason"] = reason


def _describe(endpoint: Row, now: float) -> None:
    entries = _entries(endpoint, endpoint.internal["serving"])
    endpoint.document["ProductionVariants"] = describe_variants(entries, now)
    capture = describe_capture(_capture(endpoint, endpoint.internal["serving"]))
    if capture is None:
        endpoint.document.pop("DataCaptureConfig", None)
    else:
        endpoint.document["DataCaptureConfig"] = capture


def _entries(row: Row, number: int) -> list[dict[str, Any]]:
    return row.internal["fleets"][str(number)]["variants"]


def _capture(row: Row, number: int) -> dict[str, Any] | None:
    return row.internal["fleets"][str(number)].get("capture")


def _check(variant: dict[str, Any]) -> None:
    for member in _UNSUPPORTED:
        if member in variant:
            raise client_error(f"variant {variant['VariantName']}: {member} is not supported here yet")


def _delete(ctx: Context, row: Row) -> None:
    current = ctx.store.resources.get(row.uid)
    if current is not None:
        ctx.store.tags.clear(current.arn)
        ctx.store.resources.delete(current)


def _key(row: Row) -> tuple[str, str, str]:
    return row.account, row.region, row.name
