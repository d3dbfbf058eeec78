"""Training jobs."""

from fieldstone.core.errors import validation_error
from fieldstone.services.operation import Answer, Context, Request, write
from fieldstone.services.sagemaker.resources import amend, describe, draft, keep, listing, refuse_existing, stopping
from fieldstone.services.sagemaker.training_checks import check_training
from fieldstone.store.kind import Kind
from fieldstone.store.resources import Row

TRAINING_JOB = Kind(
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

_NEEDED = ("AlgorithmSpecification", "ResourceConfig", "StoppingCondition")
"""What the model leaves out for serverless jobs alone."""
_MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Completed": "Training job completed",
    "Stopping": "Stopping the training job",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
    "Failed": "Training job failed",
}


@write
def create_training_job(ctx: Context, request: Request) -> Answer:
    """Write the job down; the training controller runs it.

    Differs from AWS: a missing S3 input or an unknown image fails the job, not the request.
    """
    refuse_existing(ctx, TRAINING_JOB, request["TrainingJobName"])
    for member in _NEEDED:
        if member not in request:
            raise validation_error(f"{member} is required: serverless training jobs are not built yet.")
    check_training(request)
    request["OutputDataConfig"].setdefault("KmsKeyId", "")
    row = draft(ctx, TRAINING_JOB, request, "InProgress")
    enter(row, "Starting", ctx.now)
    return keep(ctx, TRAINING_JOB, row, request)


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


def _stop(row: Row, now: float) -> None:
    if row.status != "Stopping":
        enter(row, "Stopping", now, "Stopping")


describe_training_job = describe(TRAINING_JOB)
list_training_jobs = listing(TRAINING_JOB)
stop_training_job = stopping(TRAINING_JOB, _stop)
