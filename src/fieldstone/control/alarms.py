"""Alarms that change their state by themselves, and metrics that become coarser with their age."""

import asyncio
import logging
import time
from typing import Any, Final

from fieldstone.control.facilities import Facilities
from fieldstone.control.upkeep import Chore
from fieldstone.core.errors import AwsError
from fieldstone.services.cloudwatch.alarms import ALARM, enter, period_of
from fieldstone.services.cloudwatch.asking import read_values
from fieldstone.services.cloudwatch.data import compute_queries
from fieldstone.services.cloudwatch.evaluation import COMPARISONS, SPARE, State, judge
from fieldstone.services.cloudwatch.reasons import reason
from fieldstone.services.operation import Caller, Context
from fieldstone.store.resources import Row

_SECONDS: Final = 5.0
_ROLL_SECONDS: Final = 600.0
_log = logging.getLogger(__name__)


def alarms(facilities: Facilities) -> Chore:
    """The chore: every alarm's last periods are looked at; a state that is another one is entered."""

    async def look() -> None:
        dispatch = facilities.dispatch
        for row in dispatch.store.read(lambda store: list(store.resources.all(ALARM))):
            caller = Caller(row.account, row.region, row.arn)
            verdict = dispatch.read(caller, lambda ctx, row=row: _verdict(ctx, row))
            if verdict is not None and verdict[0] != row.document["StateValue"]:
                await dispatch.write(caller, lambda ctx, row=row, verdict=verdict: _enter(ctx, row, *verdict))
            await asyncio.sleep(0)

    return Chore("alarms", look, _SECONDS, (ALARM,))


def rolling(facilities: Facilities) -> Chore:
    """The chore: old points of metrics become fewer."""

    async def roll() -> None:
        store = facilities.dispatch.store
        more = True
        while more:
            more = await store.write(lambda tx: tx.metrics.roll_up(int(time.time())))

    return Chore("metrics", roll, _ROLL_SECONDS)


def _verdict(ctx: Context, row: Row) -> tuple[State, str] | None:
    """The state an alarm should be in, and why; None where it stays as it is."""
    alarm = row.document
    if ctx.now < row.internal.get("held", 0.0):
        return None
    period, of = period_of(alarm), alarm["EvaluationPeriods"]
    compare, _ = COMPARISONS[alarm["ComparisonOperator"]]
    end = int(ctx.now) - int(ctx.now) % period
    times = [end - period * back for back in range(of + SPARE, 0, -1)]
    try:
        values = alarm_values(ctx, alarm, times[0], end)
    except AwsError as error:
        _log.warning("alarm %s cannot be told: %s", row.name, error.message)
        return None
    found = [values.get(time) for time in times]
    breaching = [None if value is None else compare(value, alarm["Threshold"]) for value in found]
    needed, missing = alarm.get("DatapointsToAlarm", of), alarm.get("TreatMissingData", "missing")
    state = judge(breaching, needed=needed, of=of, missing=missing)
    return None if state is None else (state, reason(alarm, dict(zip(times, found, strict=True)), state))


def alarm_values(ctx: Context, alarm: dict[str, Any], start: int, end: int) -> dict[int, float]:
    """The values that an alarm watches, by time.

    Raises:
        AwsError: They cannot be computed.
    """
    if "Metrics" in alarm:
        computed = compute_queries(ctx, alarm["Metrics"], start, end)
        shown = next(query["Id"] for query in alarm["Metrics"] if query.get("ReturnData", True))
        value = computed[shown]
        return value if isinstance(value, dict) else {}
    statistic = alarm.get("Statistic") or alarm["ExtendedStatistic"]
    stat: dict[str, Any] = {"Metric": alarm, "Period": alarm["Period"], "Stat": statistic}
    return read_values(ctx, stat | ({"Unit": alarm["Unit"]} if "Unit" in alarm else {}), start, end)


def _enter(ctx: Context, row: Row, state: State, why: str) -> None:
    """Bring the alarm into the state, unless it was changed meanwhile."""
    current = ctx.store.resources.get(row.uid)
    if current is not None and current.document == row.document:
        enter(ctx, current, state, why)
