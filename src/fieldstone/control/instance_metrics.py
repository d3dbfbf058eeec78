"""What the model servers of endpoints take of processors, memory and disk, put into CloudWatch instance by instance."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from fieldstone.control.facilities import Facilities, caller_of
from fieldstone.control.hardware import memory_for
from fieldstone.control.upkeep import Chore
from fieldstone.core.threads import in_thread
from fieldstone.engine.usage import Usage, usage_of
from fieldstone.services.cloudwatch.putting import keep_recent
from fieldstone.services.operation import Context
from fieldstone.services.sagemaker.endpoints import ENDPOINT
from fieldstone.store.resources import Row

_NAMESPACE: Final = "/aws/sagemaker/Endpoints"
_SECONDS: Final = 5.0

_Place = tuple[str, str, str]
"""The numbers of a fleet, of a variant in it, and of an instance of this one, as in the ids of tasks."""


@dataclass(slots=True)
class _Load:
    """What one instance takes: percent of a core, bytes, percent of the disk."""

    processor: float = 0.0
    memory: int = 0
    disk: float = 0.0

    def add(self, usage: Usage, before: Usage | None) -> None:
        """Take in one server of it, measured since the last time or since it began."""
        since, spent = (usage.born, 0.0) if before is None else (before.now, before.processor)
        self.processor += 100 * max(usage.processor - spent, 0.0) / max(usage.now - since, 0.01)
        self.memory += usage.memory
        self.disk = max(self.disk, 100 * usage.disk)


@dataclass(slots=True)
class _Meter:
    """Measures the servers of endpoints, each time since the last."""

    facilities: Facilities
    _before: dict[str, Usage] = field(default_factory=dict[str, Usage])

    async def read(self) -> None:
        """Measure, and put what was found."""
        dispatch = self.facilities.dispatch
        rows = {str(row.uid): row for row in dispatch.store.read(lambda store: list(store.resources.all(ENDPOINT)))}
        for uid, loads in (await in_thread(self._loads)).items():
            if (row := rows.get(uid)) is not None:
                await dispatch.write(caller_of(row), partial(_keep, row=row, loads=loads))

    def _loads(self) -> dict[str, dict[_Place, _Load]]:
        """The load of every instance, by its endpoint's uid."""
        engine, before = self.facilities.engine, self._before
        self._before = {}
        loads: dict[str, dict[_Place, _Load]] = defaultdict(lambda: defaultdict(_Load))
        for task_id in engine.tasks():
            kind, uid, *place = task_id.split("-")
            usage = usage_of(engine.folder(task_id)) if kind == "endpoint" else None
            if usage is not None:
                fleet, variant, instance = place[:3]
                loads[uid][fleet, variant, instance].add(usage, _same(before.get(task_id), usage))
                self._before[task_id] = usage
        return loads


def instance_metrics(facilities: Facilities) -> Chore:
    """The chore: each instance tells its load."""
    return Chore("instance metrics", _Meter(facilities).read, _SECONDS)


def _same(before: Usage | None, usage: Usage) -> Usage | None:
    """What was measured before, unless it was another program's."""
    return before if before is not None and before.born == usage.born else None


def _keep(ctx: Context, *, row: Row, loads: dict[_Place, _Load]) -> None:
    for (fleet, position, _), load in loads.items():
        of = row.internal["fleets"].get(fleet)
        if of is not None:
            variants = [*of["variants"], *of.get("shadows", [])]
            keep_recent(ctx, _NAMESPACE, _data(ctx, row, variants[int(position)]["variant"], load))


def _data(ctx: Context, row: Row, variant: dict[str, Any], load: _Load) -> list[dict[str, Any]]:
    names = {"EndpointName": row.name, "VariantName": variant["VariantName"]}
    dimensions = [{"Name": name, "Value": value} for name, value in names.items()]
    values = {
        "CPUUtilization": load.processor,
        "MemoryUtilization": 100 * load.memory / memory_for(variant),
        "DiskUtilization": load.disk,
    }
    usual = {"Dimensions": dimensions, "Timestamp": ctx.now, "Unit": "Percent"}
    return [{"MetricName": name, "Value": value, **usual} for name, value in values.items()]
