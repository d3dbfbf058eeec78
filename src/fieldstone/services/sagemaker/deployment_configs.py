"""What a DeploymentConfig may say, looked at before an endpoint is created or updated with it."""

from typing import Any, Final

from fieldstone.core.errors import validation_error
from fieldstone.services.operation import Context

_MEMBERS: Final = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}
"""The size that each type of traffic routing has; the others have none."""
_BOUNDS: Final = {
    "CanarySize": (0.0, 0.5, "less than or equal to 50%"),
    "LinearStepSize": (0.1, 0.5, "10-50%"),
    "MaximumBatchSize": (0.05, 0.5, "between 5% to 50%"),
    "RollbackMaximumBatchSize": (0.0, 1.0, "less than or equal to 100%"),
}
"""The shares of a variant's instances that the sizes may be, and AWS's words for them."""
_HAIR: Final = 1e-9


def check_deployment(ctx: Context, config: dict[str, Any], counts: list[int]) -> None:
    """Refuse a configuration that cannot be followed.

    Args:
        ctx: To look the alarms up.
        config: The DeploymentConfig.
        counts: How many instances the variants of the new fleet have.

    Raises:
        AwsError: ValidationException; says what is wrong, in the words of AWS's documentation.
    """
    blue_green, rolling = config.get("BlueGreenUpdatePolicy"), config.get("RollingUpdatePolicy")
    if blue_green is not None and rolling is not None:
        raise _invalid("Only one update policy should be used in the deployment configuration")
    if blue_green is not None:
        _check_routing(blue_green["TrafficRoutingConfiguration"], counts)
        _check_times(blue_green, blue_green["TrafficRoutingConfiguration"]["WaitIntervalInSeconds"])
    if rolling is not None:
        _check_rolling(rolling, counts)
    _check_alarms(ctx, config.get("AutoRollbackConfiguration", {}).get("Alarms", []))


def share_of(size: dict[str, Any], count: int) -> float:
    """The share, between 0 and 1, that a CapacitySize is of so many instances."""
    whole = 100 if size["Type"] == "CAPACITY_PERCENT" else max(count, 1)
    return min(1.0, size["Value"] / whole)


def _check_routing(routing: dict[str, Any], counts: list[int]) -> None:
    needed = _MEMBERS.get(routing["Type"])
    for member in _MEMBERS.values():
        if member in routing and member != needed:
            raise _invalid(f"{member} cannot be specified with traffic routing type {routing['Type']}")
    if needed is None:
        return
    if needed not in routing:
        raise _invalid(f"{needed} is required for traffic routing type {routing['Type']}")
    _check_size(needed, routing[needed], counts)


def _check_rolling(policy: dict[str, Any], counts: list[int]) -> None:
    if len(counts) > 1:
        raise _invalid("Rolling deployments are not supported for multi-variant inference endpoints")
    for member in ("MaximumBatchSize", "RollbackMaximumBatchSize"):
        if member in policy:
            _check_size(member, policy[member], counts)
    _check_times(policy, policy["WaitIntervalInSeconds"])


def _check_size(member: str, size: dict[str, Any], counts: list[int]) -> None:
    least, most, words = _BOUNDS[member]
    for count in counts:
        whole = 100 if size["Type"] == "CAPACITY_PERCENT" else max(count, 1)
        if not least - _HAIR <= size["Value"] / whole <= most + _HAIR:
            raise _invalid(f"{member}: Value must be {words} of the variant's total instance count")


def _check_times(policy: dict[str, Any], interval: int) -> None:
    waits = interval + policy.get("TerminationWaitInSeconds", 0)
    if policy.get("MaximumExecutionTimeoutInSeconds", waits + 1) <= waits:
        raise _invalid(
            "MaximumExecutionTimeoutInSeconds should be larger than the total waiting time specified in "
            "TerminationWaitInSeconds and WaitIntervalInSeconds"
        )


def _check_alarms(ctx: Context, alarms: list[dict[str, Any]]) -> None:
    names = [alarm.get("AlarmName", "") for alarm in alarms]
    if not names:
        return
    found = ctx.call("cloudwatch", "describe_alarms", {"AlarmNames": names})["MetricAlarms"]
    missing = sorted(set(names) - {alarm["AlarmName"] for alarm in found})
    if missing:
        raise _invalid(f"Could not find CloudWatch alarms: {', '.join(missing)}")


def _invalid(words: str) -> Exception:
    return validation_error(f"Invalid DeploymentConfig. {words}.")
