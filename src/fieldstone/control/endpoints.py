"""Endpoints: their model servers brought up, their route published, and both taken down again."""

import asyncio
from typing import Any

from fieldstone.control.facilities import Facilities, caller_of
from fieldstone.control.failures import JobFailedError, client_error
from fieldstone.control.fleet import Fleet, Host
from fieldstone.control.invocation_metrics import CountedPredictor, Tallies
from fieldstone.control.serving import container_of, find_artifact
from fieldstone.control.waiting import unless
from fieldstone.core.prediction import Route, Routes, Variant
from fieldstone.services.logs.groups import open_stream
from fieldstone.services.operation import Context
from fieldstone.services.sagemaker.endpoints import ENDPOINT
from fieldstone.services.sagemaker.resources import amend
from fieldstone.store.resources import Row

_UNSUPPORTED = ("ServerlessConfig", "CoreDumpConfig", "ManagedInstanceScaling", "InferenceAmiVersion")


class EndpointController:
    """Keeps endpoints in service.

    Args:
        facilities: What controllers work with.
        fleet: The model servers.
        routes: The routing table, which the gateway reads.
        tallies: Where predictions are counted.
    """

    kind = ENDPOINT

    def __init__(self, facilities: Facilities, fleet: Fleet, routes: Routes, tallies: Tallies) -> None:
        self._facilities = facilities
        self._fleet = fleet
        self._routes = routes
        self._tallies = tallies

    async def drive(self, row: Row, halt: asyncio.Event) -> None:
        """Bring the endpoint into service and keep it there until it is deleted."""
        if not halt.is_set():
            try:
                await unless(halt, self._bring_up(row))
            except JobFailedError as failure:
                await self._fail(row, str(failure))
                return
        await halt.wait()
        self._routes.pop(_key(row), None)
        await self._fleet.leave(row.uid)
        await self._facilities.dispatch.write(caller_of(row), lambda ctx: _delete(ctx, row))

    async def _bring_up(self, row: Row) -> None:
        hosts = [await self._join(row, position) for position in range(len(row.internal["variants"]))]
        route = _route(row, hosts, self._tallies)
        if row.status == "InService":  # a restart of the server: who asks already waits for the model, not for us
            self._routes[_key(row)] = route
        for host in hosts:
            await self._fleet.ready(host)
        self._routes[_key(row)] = route
        await self._facilities.change(row, _enter_service)

    async def _join(self, row: Row, position: int) -> Host:
        """The host of a variant's model. What it serves is settled the first time and kept in the row."""
        entry = row.internal["variants"][position]
        _check(entry["variant"])
        container = container_of(self._facilities, row, entry["model"])
        artifact = None
        if "task" not in entry or not self._facilities.engine.launched(entry["task"]):
            artifact = find_artifact(self._facilities, row, container)
            version = "none" if artifact is None else artifact.etag[:16]
            task_id = entry["task"] = f"model-{entry['model_uid']}-{version}"
            stream = f"{entry['variant']['VariantName']}/i-{row.uid:016x}{position}"

            def remember(ctx: Context, current: Row) -> None:
                log = open_stream(ctx, f"/aws/sagemaker/Endpoints/{row.name}", stream, task_id)
                current.internal["variants"][position] |= {"task": task_id, "log": log}
                entry["log"] = log

            await self._facilities.change(row, remember)
        log_file = self._facilities.dispatch.store.logs.path(entry["log"])
        return self._fleet.join(row.uid, entry["task"], container, log_file, artifact)

    async def _fail(self, row: Row, reason: str) -> None:
        self._routes.pop(_key(row), None)
        await self._fleet.leave(row.uid)

        def fail(ctx: Context, endpoint: Row) -> None:
            if endpoint.status == "Deleting":  # it was deleted meanwhile, and that is what happens next
                return
            endpoint.document["FailureReason"] = reason
            amend(endpoint, ENDPOINT, ctx.now, "Failed")

        await self._facilities.change(row, fail)


def _enter_service(ctx: Context, endpoint: Row) -> None:
    if endpoint.status == "Creating":
        entries = endpoint.internal["variants"]
        endpoint.document["ProductionVariants"] = [_describe(entry, ctx.now) for entry in entries]
        amend(endpoint, ENDPOINT, ctx.now, "InService")


def _describe(entry: dict[str, Any], now: float) -> dict[str, Any]:
    variant = entry["variant"]
    model = entry["model"]
    image = (model.get("Containers") or [model["PrimaryContainer"]])[0]["Image"]
    weight, count = variant.get("InitialVariantWeight", 1.0), variant.get("InitialInstanceCount", 1)
    return {
        "VariantName": variant["VariantName"],
        "DeployedImages": [{"SpecifiedImage": image, "ResolvedImage": image, "ResolutionTime": now}],
        "CurrentWeight": weight,
        "DesiredWeight": weight,
        "CurrentInstanceCount": count,
        "DesiredInstanceCount": count,
    }


def _route(row: Row, hosts: list[Host], tallies: Tallies) -> Route:
    variants = [entry["variant"] for entry in row.internal["variants"]]
    return Route(
        tuple(
            Variant(
                variant["VariantName"],
                variant.get("InitialVariantWeight", 1.0),
                CountedPredictor(host, tallies, (*_key(row), variant["VariantName"])),
            )
            for variant, host in zip(variants, hosts, strict=True)
        )
    )


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
