"""What Describe says of an endpoint: its variants, what is pending, and how far that is."""

from typing import Any, Final

from fieldstone.control.endpoints.capture import describe_capture
from fieldstone.control.endpoints.course import Course, Phase, counts_of, course_of, entries_of
from fieldstone.control.endpoints.rollout import Step
from fieldstone.store.resources import Row

Summary = dict[str, Any]

_ECHOED: Final = ("AsyncInferenceConfig", "ExplainerConfig")
"""Settings that Describe shows as the configuration has them."""


def describe_endpoint(row: Row) -> None:
    """Bring the document in line with what is, and what is wanted."""
    course, serving = course_of(row), row.internal["serving"]
    for member in ("PendingDeploymentSummary", "ShadowProductionVariants", "DataCaptureConfig", *_ECHOED):
        row.document.pop(member, None)
    if serving is not None:
        settings: dict[str, Any] = row.internal["fleets"][str(serving)].get("settings", {})
        row.document |= {member: settings[member] for member in _ECHOED if member in settings}
        if "DataCaptureConfig" in settings:
            row.document["DataCaptureConfig"] = describe_capture(settings["DataCaptureConfig"])
        row.document |= _grouped(row, serving, _present(row, course))
    if course is not None and course.phase is not Phase.STUCK:
        row.document["PendingDeploymentSummary"] = {
            "EndpointConfigName": row.internal["fleets"][str(course.number)]["config"],
            "StartTime": course.started,
            **_grouped(row, course.number, _pending(row, course)),
        }


def _grouped(row: Row, number: int, summaries: list[Summary]) -> dict[str, list[Summary]]:
    """The summaries of a fleet as Describe names them: of its variants, and of its shadows if it has any."""
    count = len(row.internal["fleets"][str(number)]["variants"])
    groups = {"ProductionVariants": summaries[:count], "ShadowProductionVariants": summaries[count:]}
    return {member: group for member, group in groups.items() if group}


def _present(row: Row, course: Course | None) -> list[Summary]:
    """The variants that serve."""
    number: int = row.internal["serving"]
    adjusting: dict[str, Any] = row.internal.get("adjusting", {})
    wanted: dict[str, dict[str, Any]] = adjusting.get("wanted", {})
    counts = counts_of(row, number, 1.0 if course is None else course.standing.kept)
    found: list[Summary] = []
    for entry, count in zip(entries_of(row, number), counts, strict=True):
        desired = wanted.get(entry["variant"]["VariantName"], {})
        summary = _summary(row, number, entry | desired, entry["weight"], count)
        if "ServerlessConfig" in entry["variant"]:
            summary["CurrentServerlessConfig"] = entry["variant"]["ServerlessConfig"]
        if desired.get("count", count) != count:
            summary["VariantStatus"] = [
                _status("Updating", f"{_scaling(desired['count'] - count)} {desired['count']}.", adjusting["since"])
            ]
        found.append(summary)
    return found


def _pending(row: Row, course: Course) -> list[Summary]:
    """The variants that come."""
    number = course.number
    running, coming = (counts_of(row, number, share) for share in (course.standing.fresh, course.step.fresh))
    found: list[Summary] = []
    for entry, now, then in zip(entries_of(row, number), running, coming, strict=True):
        summary = _summary(row, number, entry, entry["weight"], now)
        if "InstanceType" in entry["variant"]:
            summary["InstanceType"] = entry["variant"]["InstanceType"]
        told = _told(course, entry["count"], now, then)
        if told is not None and course.back is None:
            summary["VariantStatus"] = [_status(*told, course.since)]
        found.append(summary)
    return found


def _told(course: Course, whole: int, running: int, coming: int) -> tuple[str, str] | None:
    """A pending variant's status, and the message to it."""
    step = course.step
    capacity = f"{'canary' if step.share < 1 else 'full'} capacity of {max(1, round(step.share * whole))} instance(s)"
    match course.phase:
        case Phase.LAUNCHING if coming > running:
            return "Creating", f"Launching {coming - running} instance(s)."
        case Phase.ACTIVATING:
            return "ActivatingTraffic", f"Activating traffic on {capacity}."
        case Phase.BAKING:
            return "Baking", f"Baking for {step.wait:g} seconds ({_interval(step)}) with traffic enabled on {capacity}."
        case _:
            return None


def _interval(step: Step) -> str:
    return "WaitIntervalInSeconds" if step.watched else "TerminationWaitInSeconds"


def _scaling(more: int) -> str:
    return f"Scaling {'out' if more > 0 else 'in'} desired instance count to"


def _status(status: str, message: str, since: float) -> dict[str, Any]:
    return {"Status": status, "StatusMessage": message, "StartTime": since}


def _summary(row: Row, number: int, entry: dict[str, Any], weight: float, count: int) -> Summary:
    """A variant as it is; what the entry says is desired."""
    model: dict[str, Any] = entry["model"] or {}
    made = row.internal["fleets"][str(number)].get("made", row.created)
    definitions: list[dict[str, Any]] = model.get("Containers") or [model.get("PrimaryContainer", {})]
    images = [definition["Image"] for definition in definitions if "Image" in definition]
    found = {
        "VariantName": entry["variant"]["VariantName"],
        "DeployedImages": [{"SpecifiedImage": name, "ResolvedImage": name, "ResolutionTime": made} for name in images],
        "CurrentWeight": weight,
        "DesiredWeight": entry["weight"],
    }
    serverless = entry["variant"].get("ServerlessConfig")
    if serverless is not None:
        return found | {"CurrentServerlessConfig": serverless, "DesiredServerlessConfig": serverless}
    return found | {"CurrentInstanceCount": count, "DesiredInstanceCount": entry["count"]}
