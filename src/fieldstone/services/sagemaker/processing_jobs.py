"""Processing jobs."""

from typing import Any, Final

from fieldstone.core.instances import select_instances
from fieldstone.services.operation import Answer, Context, Request, write
from fieldstone.services.sagemaker.processing_checks import check_processing_job
from fieldstone.services.sagemaker.resources import (
    amend,
    deletion,
    describe,
    draft,
    keep,
    listing,
    refuse_existing,
    stopping,
)
from fieldstone.services.sagemaker.training_checks import DAY
from fieldstone.store.kind import Kind
from fieldstone.store.resources import Row

PROCESSING_JOB: Final = Kind(
    name="ProcessingJob",
    service="sagemaker",
    arn_resource="processing-job/{name}",
    noun="processing job",
    id_member="ProcessingJobName",
    arn_member="ProcessingJobArn",
    status_member="ProcessingJobStatus",
    list_member="ProcessingJobSummaries",
    settled=frozenset({"Completed", "Failed", "Stopped"}),
    descending=False,
)

_CHANNEL: Final = {"S3InputMode": "File", "S3DataDistributionType": "FullyReplicated", "S3CompressionType": "None"}


@write
def create_processing_job(ctx: Context, request: Request) -> Answer:
    """Write the job down; the processing controller runs it."""
    check_processing_job(request)
    refuse_existing(ctx, PROCESSING_JOB, request["ProcessingJobName"])
    return keep(ctx, PROCESSING_JOB, draft(ctx, PROCESSING_JOB, _completed(request), "InProgress"), request)


def _completed(request: Request) -> Request:
    """The request with what AWS adds to it."""
    completed = {"StoppingCondition": {"MaxRuntimeInSeconds": DAY}} | request
    cluster = request["ProcessingResources"]["ClusterConfig"]
    counted = {"InstanceCount": 1} if "InstanceType" in cluster else select_instances(cluster)
    completed["ProcessingResources"] = {"ClusterConfig": counted | cluster}
    if "ProcessingInputs" in request:
        completed["ProcessingInputs"] = [_described(given) for given in request["ProcessingInputs"]]
    if outputs := request.get("ProcessingOutputConfig"):
        managed = [{"AppManaged": False} | given for given in outputs["Outputs"]]
        completed["ProcessingOutputConfig"] = outputs | {"Outputs": managed}
    return completed


def _described(given: dict[str, Any]) -> dict[str, Any]:
    return {"AppManaged": False} | given | {"S3Input": _CHANNEL | given["S3Input"]}


def _stop(row: Row, now: float) -> None:
    amend(row, PROCESSING_JOB, now, "Stopping")


describe_processing_job = describe(PROCESSING_JOB)
list_processing_jobs = listing(PROCESSING_JOB)
stop_processing_job = stopping(PROCESSING_JOB, _stop)
delete_processing_job = deletion(PROCESSING_JOB)
