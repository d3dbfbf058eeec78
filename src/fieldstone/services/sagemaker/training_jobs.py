"""Training jobs."""

from typing import Any, Final

from fieldstone.core.instances import select_instances
from fieldstone.services.operation import Answer, Context, Request, document, write
from fieldstone.services.sagemaker.images import find_metrics
from fieldstone.services.sagemaker.resources import (
    amend,
    deletion,
    describe,
    draft,
    find,
    keep,
    listing,
    refuse_existing,
    stopping,
    wrong_status,
)
from fieldstone.services.sagemaker.training_checks import DAY, check_profiler, check_training_job
from fieldstone.store.kind import Kind
from fieldstone.store.resources import Row

TRAINING_JOB: Final = Kind(
    name="TrainingJob",
    service="sagemaker",
    arn_resource="training-job/{name}",
    noun="training job",
    id_member="TrainingJobName",
    arn_member="TrainingJobArn",
    status_member="TrainingJobStatus",
    list_member="TrainingJobSummaries",
    settled=frozenset({"Completed", "Failed", "Stopped"}),
    descending=False,
)

_MESSAGES: Final = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Completed": "Training job completed",
    "Stopping": "Stopping the training job",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
    "MaxWaitTimeExceeded": "Training job exceeded MaxWaitTimeInSeconds provided",
    "Failed": "Training job failed",
}
_DEFAULTS: Final[dict[str, dict[str, Any]]] = {
    "OutputDataConfig": {"KmsKeyId": "", "CompressionType": "GZIP"},
    "StoppingCondition": {"MaxRuntimeInSeconds": DAY},
    "AlgorithmSpecification": {"EnableSageMakerMetricsTimeSeries": False},
}
"""What Describe says of a member's members where the request says nothing."""
_SWITCHES: Final = ("EnableNetworkIsolation", "EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining")


@write
def create_training_job(ctx: Context, request: Request) -> Answer:
    """Write the job down; the training controller runs it."""
    check_training_job(ctx, request)
    metrics = find_metrics(ctx, request["AlgorithmSpecification"]["TrainingImage"], request["RoleArn"])
    refuse_existing(ctx, TRAINING_JOB, request["TrainingJobName"])
    row = draft(ctx, TRAINING_JOB, _completed(request, metrics), "InProgress")
    enter(row, "Starting", ctx.now)
    return keep(ctx, TRAINING_JOB, row, request)


@document
@write
def update_training_job(ctx: Context, request: Request) -> Answer:
    """Change the profiler's settings, and what is kept besides, of a job that has not ended.

    Differs from AWS: nothing is profiled, and no instances are kept warm.
    """
    row = find(ctx, TRAINING_JOB, request["TrainingJobName"])
    if row.settled:
        raise wrong_status(TRAINING_JOB, row)
    check_profiler(request.get("ProfilerConfig", {}))
    for member in ("ProfilerConfig", "ResourceConfig", "RemoteDebugConfig"):
        if member in request:
            row.document[member] = row.document.get(member, {}) | request[member]
    if "ProfilerRuleConfigurations" in request:
        row.document["ProfilerRuleConfigurations"] = request["ProfilerRuleConfigurations"]
    row.document["ProfilingStatus"] = _profiling(row.document)
    ctx.store.resources.update(amend(row, TRAINING_JOB, ctx.now))
    return {"TrainingJobArn": row.arn}


def enter(row: Row, secondary: str, now: float, status: str | None = None, message: str | None = None) -> None:
    """Have a job enter a secondary status: the transition before it ends, a new one begins.

    Args:
        row: The job, changed in place.
        secondary: The secondary status it enters.
        now: Seconds since the epoch.
        status: Its primary status, where that changes too.
        message: What the transition says; AWS's words for the status if nothing is given.
    """
    transitions = row.document.setdefault("SecondaryStatusTransitions", [])
    if transitions and "EndTime" not in transitions[-1]:
        transitions[-1]["EndTime"] = now
    said = _MESSAGES[secondary] if message is None else message
    transition = {"Status": secondary, "StartTime": now, "StatusMessage": said}
    if status in TRAINING_JOB.settled:
        transition["EndTime"] = now
    transitions.append(transition)
    row.document["SecondaryStatus"] = secondary
    amend(row, TRAINING_JOB, now, status)


def _completed(request: Request, metrics: list[dict[str, str]]) -> Request:
    """The request with what AWS adds to it: defaults, and the metrics of a built-in algorithm."""
    completed: Request = {**dict.fromkeys(_SWITCHES, False), "InputDataConfig": [], **request}
    for member, defaults in _DEFAULTS.items():
        completed[member] = defaults | completed[member]
    if metrics:
        completed["AlgorithmSpecification"].setdefault("MetricDefinitions", metrics)
    completed["ResourceConfig"] = request["ResourceConfig"] | select_instances(request["ResourceConfig"])
    channel = {"CompressionType": "None", "RecordWrapperType": "None"}
    completed["InputDataConfig"] = [channel | given for given in completed["InputDataConfig"]]
    if "TrainingPlanArn" in request["ResourceConfig"]:  # its place in lists
        completed["TrainingPlanArn"] = request["ResourceConfig"]["TrainingPlanArn"]
    return completed | {"ProfilingStatus": _profiling(request)}


def _profiling(job: dict[str, Any]) -> str:
    config = job.get("ProfilerConfig")
    return "Disabled" if config is None or config.get("DisableProfiler", False) else "Enabled"


def _stop(row: Row, now: float) -> None:
    if row.status != "Stopping":
        enter(row, "Stopping", now, "Stopping")


describe_training_job = describe(TRAINING_JOB)
list_training_jobs = listing(TRAINING_JOB)
stop_training_job = stopping(TRAINING_JOB, _stop)
delete_training_job = deletion(TRAINING_JOB)
