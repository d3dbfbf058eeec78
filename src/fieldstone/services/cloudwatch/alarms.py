"""Alarms: rows that say what they watch; ``control.alarms`` changes their states."""

import json
from typing import Any, Final

from fieldstone.core.errors import AwsError
from fieldstone.services.cloudwatch.asking import check_period, paged
from fieldstone.services.cloudwatch.data import compute_queries
from fieldstone.services.cloudwatch.evaluation import COMPARISONS
from fieldstone.services.cloudwatch.history import note
from fieldstone.services.cloudwatch.putting import series_of
from fieldstone.services.cloudwatch.statistics import read_statistic
from fieldstone.services.operation import Answer, Context, Handler, Request, read, write
from fieldstone.store.kind import Kind
from fieldstone.store.resources import Page, Row

ALARM: Final = Kind("MetricAlarm", "cloudwatch", "alarm:{name}", id_member="AlarmName")

_MOST_RECORDS: Final = 50
_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR
_MISSING: Final = ("breaching", "notBreaching", "ignore", "missing")
_ACTIONS: Final = ("OKActions", "AlarmActions", "InsufficientDataActions")


@write
def put_metric_alarm(ctx: Context, request: Request) -> Answer:
    """Make an alarm, or change one; it changes its state by itself.

    Differs from AWS: actions are kept, and nobody is told; alarms on anomaly bands are refused.
    """
    _check(ctx, request)
    old = lookup(ctx, request["AlarmName"])
    row = old or _draft(ctx, request["AlarmName"])
    kept = {name: value for name, value in row.document.items() if name.startswith("State") or name == "AlarmArn"}
    settings = {name: value for name, value in request.items() if name != "Tags"}
    usual = {"ActionsEnabled": True, **{name: [] for name in _ACTIONS}}
    row.document = usual | settings | kept | {"AlarmConfigurationUpdatedTimestamp": ctx.now}
    if old is None:
        ctx.store.tags.put(row.arn, {tag["Key"]: tag["Value"] for tag in request.get("Tags", [])})
        note(ctx, row.name, "ConfigurationUpdate", f'Alarm "{row.name}" created', {"type": "Create"})
        ctx.store.resources.insert(row)
    else:
        note(ctx, row.name, "ConfigurationUpdate", f'Alarm "{row.name}" updated', {"type": "Update"})
        ctx.store.resources.update(row)
    return {}


@read
def describe_alarms(ctx: Context, request: Request) -> Answer:
    """A page of alarms, by name."""
    if "AlarmNames" in request and "AlarmNamePrefix" in request:
        words = "AlarmNamePrefix and AlarmNames are mutually exclusive and you have specified both."
        raise AwsError("ValidationError", words)
    names, prefix = request.get("AlarmNames"), request.get("AlarmNamePrefix", "")
    state, actions = request.get("StateValue"), request.get("ActionPrefix", "")
    wanted = "MetricAlarm" in request.get("AlarmTypes", ["MetricAlarm"])
    found = [
        row.document
        for row in (everything(ctx) if wanted else ())
        if (names is None or row.name in names)
        and row.name.startswith(prefix)
        and state in (None, row.document["StateValue"])
        and (not actions or any(action.startswith(actions) for member in _ACTIONS for action in row.document[member]))
    ]
    answer = paged("MetricAlarms", found, request, request.get("MaxRecords", _MOST_RECORDS))
    return answer | {"CompositeAlarms": []}


@read
def describe_alarms_for_metric(ctx: Context, request: Request) -> Answer:
    """The alarms on one metric."""
    series = series_of(ctx, request["Namespace"], request)
    narrower = {name: request[name] for name in ("Statistic", "ExtendedStatistic", "Period", "Unit") if name in request}
    found = [
        row.document
        for row in everything(ctx)
        if "MetricName" in row.document
        and series_of(ctx, row.document.get("Namespace", ""), row.document) == series
        and narrower.items() <= row.document.items()
    ]
    return {"MetricAlarms": found}


@write
def set_alarm_state(ctx: Context, request: Request) -> Answer:
    """Have an alarm be in a state, until its next period."""
    row = lookup(ctx, request["AlarmName"])
    if row is None:
        raise AwsError("ResourceNotFound", "")
    data = request.get("StateReasonData", "")
    if data:
        try:
            json.loads(data)
        except ValueError:
            raise AwsError("InvalidFormat", "Unknown") from None
    period = period_of(row.document)
    row.internal["held"] = ctx.now - ctx.now % period + period
    enter(ctx, row, request["StateValue"], request["StateReason"], data)
    return {}


@write
def delete_alarms(ctx: Context, request: Request) -> Answer:
    """Take alarms away; names that there are not are passed over."""
    for name in request["AlarmNames"]:
        row = lookup(ctx, name)
        if row is not None:
            ctx.store.tags.clear(row.arn)
            ctx.store.resources.delete(row)
    return {}


def _enabling(*, enabled: bool) -> Handler:
    def enable(ctx: Context, request: Request) -> Answer:
        for name in request["AlarmNames"]:
            row = lookup(ctx, name)
            if row is not None:
                row.document["ActionsEnabled"] = enabled
                ctx.store.resources.update(row)
        return {}

    return write(enable)


enable_alarm_actions = _enabling(enabled=True)
disable_alarm_actions = _enabling(enabled=False)


@write
def tag_resource(ctx: Context, request: Request) -> Answer:
    """Add tags to the alarm of an ARN."""
    ctx.store.tags.put(_by_arn(ctx, request).arn, {tag["Key"]: tag["Value"] for tag in request["Tags"]})
    return {}


@write
def untag_resource(ctx: Context, request: Request) -> Answer:
    """Take tags off the alarm of an ARN."""
    ctx.store.tags.remove(_by_arn(ctx, request).arn, request["TagKeys"])
    return {}


@read
def list_tags_for_resource(ctx: Context, request: Request) -> Answer:
    """The tags of the alarm of an ARN."""
    tags = ctx.store.tags.of(_by_arn(ctx, request).arn)
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def enter(ctx: Context, row: Row, state: str, reason: str, data: str = "") -> None:
    """Bring an alarm into a state, for a reason."""
    old = row.document["StateValue"]
    row.document |= {
        "StateValue": state,
        "StateReason": reason,
        "StateReasonData": data,
        "StateUpdatedTimestamp": ctx.now,
    }
    if state != old:
        row.document["StateTransitionedTimestamp"] = ctx.now
        details = {"oldState": {"stateValue": old}, "newState": {"stateValue": state, "stateReason": reason}}
        note(ctx, row.name, "StateUpdate", f"Alarm updated from {old} to {state}", details)
    ctx.store.resources.update(row)


def period_of(alarm: dict[str, Any]) -> int:
    """The seconds of an alarm's period; for arithmetic, of the longest among its metrics."""
    if "Period" in alarm:
        return alarm["Period"]
    periods = [query.get("MetricStat", query).get("Period") for query in alarm["Metrics"]]
    return max(filter(None, periods), default=_MINUTE)


def lookup(ctx: Context, name: str) -> Row | None:
    """The caller's alarm of that name, if there is one."""
    return ctx.store.resources.find(ALARM, ctx.account, ctx.region, name)


def everything(ctx: Context) -> list[Row]:
    """Every alarm of the caller's, by name."""
    return ctx.store.resources.page(ALARM, ctx.account, ctx.region, Page(None, order="name", descending=False))[0]


def _draft(ctx: Context, name: str) -> Row:
    arn = ALARM.arn(ctx.account, ctx.region, name)
    document = {
        "AlarmArn": arn,
        "StateValue": "INSUFFICIENT_DATA",
        "StateReason": "Unchecked: Initial alarm creation",
        "StateUpdatedTimestamp": ctx.now,
        "StateTransitionedTimestamp": ctx.now,
    }
    return Row(ALARM.name, ctx.account, ctx.region, name, arn, document, created=ctx.now, modified=ctx.now)


def _check(ctx: Context, request: Request) -> None:
    if request.get("ComparisonOperator") not in COMPARISONS or "ThresholdMetricId" in request:
        raise _invalid(
            "Alarms on anomaly detection bands are not supported here: give a Threshold and one of its comparisons."
        )
    for name in ("Threshold", "EvaluationPeriods"):
        if name not in request:
            raise AwsError("MissingRequiredParameterException", f"The parameter {name} is required.")
    if request.get("DatapointsToAlarm", 1) > request["EvaluationPeriods"]:
        raise _invalid("DatapointsToAlarm must be less than or equal to EvaluationPeriods.")
    if request.get("TreatMissingData", "missing") not in _MISSING:
        value = request["TreatMissingData"]
        raise _invalid(
            f"The value {value} for parameter TreatMissingData is invalid: it must be one of [{', '.join(_MISSING)}]."
        )
    if "Metrics" in request:
        _check_queries(ctx, request)
    else:
        _check_metric(request)
    period = period_of(request)
    name, most = ("a day", _DAY) if period < _HOUR else ("seven days", 7 * _DAY)
    if period * request["EvaluationPeriods"] > most:
        bound = f"EvaluationPeriods * Period must be <= {most}"
        raise _invalid(f"Metrics cannot be checked across more than {name} ({bound}).")


def _check_metric(request: Request) -> None:
    for name in ("MetricName", "Namespace", "Period"):
        if name not in request:
            raise AwsError("MissingRequiredParameterException", f"The parameter {name} is required.")
    if ("Statistic" in request) == ("ExtendedStatistic" in request):
        raise _invalid("Exactly one of Statistic and ExtendedStatistic must be specified.")
    read_statistic(request.get("Statistic") or request["ExtendedStatistic"])
    check_period(request["Period"])


def _check_queries(ctx: Context, request: Request) -> None:
    if {"MetricName", "Namespace", "Period", "Statistic"} & request.keys():
        raise _invalid("Metrics list must not be used together with MetricName, Namespace, Period or Statistic.")
    compute_queries(ctx, request["Metrics"], ctx.now - 60, ctx.now)
    if sum(query.get("ReturnData", True) for query in request["Metrics"]) != 1:
        raise _invalid("Exactly one element of the metrics list should return data.")


def _by_arn(ctx: Context, request: Request) -> Row:
    row = ctx.store.resources.find_arn(request["ResourceARN"])
    if row is None or row.kind != ALARM.name or row.account != ctx.account:
        raise AwsError("ResourceNotFoundException", "Unknown")
    return row


def _invalid(words: str) -> AwsError:
    return AwsError("ValidationError", words)
