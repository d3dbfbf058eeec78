"""Batch transform jobs."""

from typing import Any, Final

from fieldstone.core.errors import validation_error
from fieldstone.core.s3uri import parse_s3_uri
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


_MOST_MEGABYTES: Final = 100
_MOST_INSTANCES: Final = 100
_DATA_TYPES: Final = ("S3Prefix", "ManifestFile")
_UNSAID: Final = {
    "TransformInput": {"CompressionType": "None", "SplitType": "None"},
    "TransformOutput": {"AssembleWith": "None", "KmsKeyId": ""},
    "DataProcessing": {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "None"},
}
"""What Describe answers where the request says nothing."""


@write
def create_transform_job(ctx: Context, request: Request) -> Answer:
    """Write the job down with the model as it is now; the transform controller runs it.

    Whether there is input, and whether filters fit it, shows when the job runs, as on AWS.
    """
    refuse_existing(ctx, TRANSFORM_JOB, request["TransformJobName"])
    model = find(ctx, MODEL, request["ModelName"])
    _check_source(request["TransformInput"]["DataSource"]["S3DataSource"])
    _check_address("TransformOutput.S3OutputPath", request["TransformOutput"]["S3OutputPath"])
    _check_sizes(request)
    for member, unsaid in _UNSAID.items():
        request[member] = unsaid | request.get(member, {})
    row = draft(ctx, TRANSFORM_JOB, request, "InProgress")
    row.internal |= {"model": model.document, "role": model.document.get("ExecutionRoleArn")}
    return keep(ctx, TRANSFORM_JOB, row, request)


def _check_source(source: dict[str, Any]) -> None:
    if source["S3DataType"] not in _DATA_TYPES:
        raise validation_error(
            f"S3DataType {source['S3DataType']} is not compatible with transform jobs. "
            f"Use one of the following values: {', '.join(_DATA_TYPES)}."
        )
    _check_address("TransformInput.DataSource.S3DataSource.S3Uri", source["S3Uri"])


def _check_address(member: str, address: str) -> None:
    try:
        parse_s3_uri(address)
    except ValueError:
        raise validation_error(f"Invalid S3 URI in {member}: {address}") from None


def _check_sizes(request: Request) -> None:
    payload, concurrency = request.get("MaxPayloadInMB", 0), request.get("MaxConcurrentTransforms", 0)
    if payload > _MOST_MEGABYTES:
        raise validation_error(f"MaxPayloadInMB cannot be greater than {_MOST_MEGABYTES} MB.")
    if payload * concurrency > _MOST_MEGABYTES:
        raise validation_error(
            f"The value of (MaxConcurrentTransforms * MaxPayloadInMB) cannot exceed {_MOST_MEGABYTES} MB: "
            f"{concurrency} * {payload} = {concurrency * payload}."
        )
    instances = request["TransformResources"]["InstanceCount"]
    if instances > _MOST_INSTANCES:
        raise validation_error(f"InstanceCount cannot be greater than {_MOST_INSTANCES}: {instances}.")


def _stop(row: Row, now: float) -> None:
    amend(row, TRANSFORM_JOB, now, "Stopping")


describe_transform_job = describe(TRANSFORM_JOB)
list_transform_jobs = listing(TRANSFORM_JOB)
stop_transform_job = stopping(TRANSFORM_JOB, _stop)
