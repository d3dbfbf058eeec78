"""What CreateTrainingJob looks at beyond the shape of the request, before anything is written down."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from fieldstone.core.errors import validation_error
from fieldstone.services.operation import Context, Request
from fieldstone.services.sagemaker.channel_checks import check_channels
from fieldstone.services.sagemaker.inputs import refuse_missing_input

_NEEDED: Final = ("AlgorithmSpecification", "ResourceConfig", "StoppingCondition")
"""What the model leaves out for serverless jobs alone."""
_HARDWARE: Final = ("InstanceType", "InstanceGroups", "InstancePreferences")
_INTERVALS: Final = (100, 200, 500, 1_000, 5_000, 60_000)
DAY: Final = 24 * 3600
"""The seconds that a job may run when nothing is said."""
_LONGEST_SECONDS: Final = 28 * 24 * 3600


def check_training_job(ctx: Context, request: Request) -> None:
    """Refuse a job that could not run, as AWS does.

    Raises:
        AwsError: ValidationException; says what is wrong, in AWS's words where they are known.
    """
    for member in _NEEDED:
        if member not in request:
            raise validation_error(f"{member} is required: serverless training jobs are not built yet.")
    _check_algorithm(request["AlgorithmSpecification"])
    _check_resources(request["ResourceConfig"], spot=request.get("EnableManagedSpotTraining", False))
    _check_times(request["StoppingCondition"], spot=request.get("EnableManagedSpotTraining", False))
    rules = request.get("DebugRuleConfigurations", []) + request.get("ProfilerRuleConfigurations", [])
    refuse_duplicates("rule configuration", (rule["RuleConfigurationName"] for rule in rules))
    check_profiler(request.get("ProfilerConfig", {}))
    refuse_duplicates("channel", (channel["ChannelName"] for channel in request.get("InputDataConfig", [])))
    check_channels(request)
    _check_sources(ctx, request)


def check_profiler(config: dict[str, Any]) -> None:
    """Refuse an interval at which the profiler cannot look.

    Raises:
        AwsError: ValidationException.
    """
    interval = config.get("ProfilingIntervalInMilliseconds", 500)
    if interval not in _INTERVALS:
        known = ", ".join(map(str, _INTERVALS))
        raise validation_error(f"Invalid ProfilingIntervalInMilliseconds {interval}. Available values are {known}.")


def refuse_duplicates(noun: str, names: Iterable[str]) -> None:
    """Refuse names that are given twice.

    Raises:
        AwsError: ValidationException, with the first of them.
    """
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise validation_error(f"Invalid request: {noun} names must be unique, and {twice[0]} is given more than once.")


def refuse_selected(member: str, resources: dict[str, Any]) -> None:
    """Refuse the members that say which instances were selected: only Describe has them.

    Raises:
        AwsError: ValidationException.
    """
    if "SelectedInstanceType" in resources or "SelectedInstanceCount" in resources:
        raise validation_error(f"Invalid {member}. SelectedInstanceType and SelectedInstanceCount are read-only.")


def _check_algorithm(algorithm: dict[str, Any]) -> None:
    if ("TrainingImage" in algorithm) == ("AlgorithmName" in algorithm):
        raise validation_error(
            "Invalid AlgorithmSpecification. Specify either TrainingImage or AlgorithmName, and not both."
        )
    if "AlgorithmName" in algorithm:
        name = algorithm["AlgorithmName"]
        raise validation_error(f"Could not find algorithm {name}: algorithms are not kept here; give a TrainingImage.")


def _check_resources(resources: dict[str, Any], *, spot: bool) -> None:
    given = [member for member in _HARDWARE if resources.get(member)]
    if len(given) != 1:
        raise validation_error(f"Invalid ResourceConfig. Specify exactly one of {', '.join(_HARDWARE)}.")
    groups = resources.get("InstanceGroups", [])
    counted = groups or ([resources] if given == ["InstanceType"] else [])
    for item in counted:
        _check_least("instanceGroups.member.instanceCount" if groups else "instanceCount", item.get("InstanceCount", 0))
    _check_least("volumeSizeInGB", resources.get("VolumeSizeInGB", 1))
    refuse_selected("ResourceConfig", resources)
    refuse_duplicates("instance group", (group["InstanceGroupName"] for group in groups))
    if spot and (resources.get("KeepAlivePeriodInSeconds") or given == ["InstancePreferences"]):
        raise validation_error(
            "Invalid ResourceConfig. KeepAlivePeriodInSeconds and InstancePreferences are not supported when "
            "EnableManagedSpotTraining is set to true."
        )


def _check_least(member: str, value: int) -> None:
    if value < 1:
        raise validation_error(
            f"1 validation error detected: Value '{value}' at 'resourceConfig.{member}' failed to satisfy constraint: "
            "Member must have value greater than or equal to 1"
        )


def _check_times(condition: dict[str, Any], *, spot: bool) -> None:
    longest, waiting = condition.get("MaxRuntimeInSeconds", DAY), condition.get("MaxWaitTimeInSeconds")
    if longest > _LONGEST_SECONDS:
        raise validation_error(f"Invalid MaxRuntimeInSeconds. It must not be greater than {_LONGEST_SECONDS}, 28 days.")
    if waiting is not None and not spot:
        raise validation_error(
            "Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true"
        )
    if spot and (waiting is None or waiting < longest):
        raise validation_error(
            "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds"
        )


def _check_sources(ctx: Context, request: Request) -> None:
    for channel in request.get("InputDataConfig", []):
        source = channel["DataSource"].get("S3DataSource")
        if source is not None:
            refuse_missing_input(ctx, source["S3Uri"], request["RoleArn"])
