"""Why an alarm is in its state, in CloudWatch's words."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from fieldstone.services.cloudwatch.evaluation import COMPARISONS, State

_MOST_SHOWN: Final = 5


def reason(alarm: dict[str, Any], values: Mapping[int, float | None], state: State) -> str:
    """Why the values of its last periods, by time, put an alarm in a state."""
    of = alarm["EvaluationPeriods"]
    unknown = f"{of} datapoint{'s were' if of > 1 else ' was'}"
    if state == "INSUFFICIENT_DATA":
        return f"Insufficient Data: {unknown} unknown."
    known = [(value, time) for time, value in sorted(values.items(), reverse=True) if value is not None][:of]
    if not known:
        treated = "Breaching" if alarm.get("TreatMissingData") == "breaching" else "NonBreaching"
        return (
            f"Threshold Crossed: no datapoints were received for {of} period{'s' * (of > 1)} and "
            f"{unknown.replace('datapoint', 'missing datapoint')} treated as [{treated}]."
        )
    return _crossed(alarm, known, state)


def _crossed(alarm: dict[str, Any], known: list[tuple[float, int]], state: State) -> str:
    of, threshold = alarm["EvaluationPeriods"], float(alarm["Threshold"])
    compare, words = COMPARISONS[alarm["ComparisonOperator"]]
    count = sum(compare(value, threshold) is (state == "ALARM") for value, _ in known)
    shown = ", ".join(f"{value} ({_time(time)})" for value, time in known[:_MOST_SHOWN])
    was = ("was" if count == 1 else "were") + (" not" if state == "OK" else "")
    needed = alarm.get("DatapointsToAlarm", of)
    least, change = (needed, "OK -> ALARM") if state == "ALARM" else (of - needed + 1, "ALARM -> OK")
    return (
        f"Threshold Crossed: {count} out of the last {of} datapoints [{shown}] {was} {words} the threshold "
        f"({threshold}) (minimum {least} datapoint{'s' * (least > 1)} for {change} transition)."
    )


def _time(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%d/%m/%y %H:%M:%S}"
