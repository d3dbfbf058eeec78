"""Batch transform jobs."""

from fieldstone.services.operation import Answer, Context, Request, write
from fieldstone.services.sagemaker.models import MODEL
from fieldstone.services.sagemaker.resources import (
    amend,
    describe,
    draft,
    find,
    keep,
    listing,
    refuse_existing,
    stopping,
)
from fieldstone.store.kind import Kind
from fieldstone.store.resources import Row

TRANSFORM_JOB = Kind(
    name="TransformJob",
    service="sagemaker",
    arn_resource="transform-job/{name}",
    noun="transform job",
    id_member="TransformJobName",
    arn_member="TransformJobArn",
    status_member="TransformJobStatus",
    list_member="TransformJobSummaries",
    settled=frozenset({"Completed", "Failed", "Stopped"}),
)


@write
def create_transform_job(ctx: Context, request: Request) -> Answer:
    """Write the job down with the model as it is now; the transform controller runs it."""
    refuse_existing(ctx, TRANSFORM_JOB, request["TransformJobName"])
    model = find(ctx, MODEL, request["ModelName"])
    row = draft(ctx, TRANSFORM_JOB, request, "InProgress")
    row.internal["model"] = model.document
    return keep(ctx, TRANSFORM_JOB, row, request)


def _stop(row: Row, now: float) -> None:
    amend(row, TRANSFORM_JOB, now, "Stopping")


describe_transform_job = describe(TRANSFORM_JOB)
list_transform_jobs = listing(TRANSFORM_JOB)
stop_transform_job = stopping(TRANSFORM_JOB, _stop)
