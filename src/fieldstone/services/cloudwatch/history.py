"""What happened to alarms: kept apart from them, so that looking at alarms does not grow with their past."""

import json
from datetime import UTC, datetime
from typing import Any, Final

from fieldstone.services.cloudwatch.asking import paged
from fieldstone.services.operation import Answer, Context, Request, read
from fieldstone.store.kind import Kind
from fieldstone.store.resources import Page, Row
from fieldstone.store.transaction import Transaction

HISTORY: Final = Kind("AlarmHistory", "cloudwatch", "alarm-history:{name}")
"""The happenings of the alarm of that name; they outlive it."""

_MOST_ITEMS: Final = 100
_MOST_RECORDS: Final = 50
_KEPT: Final = 30 * 24 * 3600


@read
def describe_alarm_history(ctx: Context, request: Request) -> Answer:
    """A page of what happened to alarms within thirty days, the latest first, of deleted ones too.

    Differs from AWS: the last hundred happenings of an alarm are kept.
    """
    kind, start, end = request.get("HistoryItemType"), request.get("StartDate", 0.0), request.get("EndDate", ctx.now)
    start = max(start, ctx.now - _KEPT)
    found = [
        item
        for row in _rows(ctx, request.get("AlarmName"))
        for item in row.document["Items"]
        if kind in (None, item["HistoryItemType"]) and start <= item["Timestamp"] <= end
    ]
    latest_first = request.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    found.sort(key=lambda item: item["Timestamp"], reverse=latest_first)
    return paged("AlarmHistoryItems", found, request, request.get("MaxRecords", _MOST_RECORDS))


def note(ctx: Context, alarm: str, kind: str, summary: str, details: dict[str, Any]) -> None:
    """Write down what happens to an alarm."""
    moment = datetime.fromtimestamp(ctx.now, UTC).isoformat()
    item = {
        "AlarmName": alarm,
        "AlarmType": "MetricAlarm",
        "Timestamp": ctx.now,
        "HistoryItemType": kind,
        "HistorySummary": summary,
        "HistoryData": json.dumps({"version": "1.0", "date": moment, **details}),
    }
    row = ctx.store.resources.find(HISTORY, ctx.account, ctx.region, alarm)
    if row is None:
        arn = HISTORY.arn(ctx.account, ctx.region, alarm)
        row = Row(HISTORY.name, ctx.account, ctx.region, alarm, arn, {"Items": []}, created=ctx.now, modified=ctx.now)
        ctx.store.resources.insert(row)
    row.document["Items"] = [*row.document["Items"], item][-_MOST_ITEMS:]
    row.modified = ctx.now
    ctx.store.resources.update(row)


def forget_history(store: Transaction, now: float) -> None:
    """Take away the histories in which nothing happened for thirty days."""
    for row in list(store.resources.all(HISTORY)):
        if row.modified < now - _KEPT:
            store.resources.delete(row)


def _rows(ctx: Context, alarm: str | None) -> list[Row]:
    if alarm is not None:
        row = ctx.store.resources.find(HISTORY, ctx.account, ctx.region, alarm)
        return [] if row is None else [row]
    page = Page(None, order="name", descending=False)
    return ctx.store.resources.page(HISTORY, ctx.account, ctx.region, page)[0]
