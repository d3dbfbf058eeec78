"""Whether a program runs for an image, asked when a job is created."""

import re
from typing import Final

from fieldstone.core.errors import validation_error
from fieldstone.core.ports import UnknownImageError
from fieldstone.services.operation import Context

_ECR: Final = re.compile(r"(?P<registry>\d{12})\.dkr\.ecr[a-z0-9.-]*\.amazonaws\.com(?:\.cn)?/(?P<repository>[^:@]+).*")
_PULLING: Final = "ecr:BatchCheckLayerAvailability, ecr:BatchGetImage, ecr:GetDownloadUrlForLayer"


def find_metrics(ctx: Context, image: str, role: str) -> list[dict[str, str]]:
    """The definitions of the metrics that an image's program prints.

    Raises:
        AwsError: No program runs for the image: in AWS's words for an image that is not there, and with what runs here.
    """
    try:
        return ctx.metrics_of(image)
    except UnknownImageError as error:
        raise validation_error(f"{_not_found(image, role)} ({error})") from None


def refuse_no_image(image: str) -> None:
    """Refuse what is not the address of an image in ECR, in AWS's words.

    Raises:
        AwsError: It is none.
    """
    if not _ECR.fullmatch(image):
        raise validation_error(_invalid(image))


def _not_found(image: str, role: str) -> str:
    match = _ECR.fullmatch(image)
    if match is None:
        return _invalid(image)
    return (
        f"Cannot find repository: {match['repository']} in registry ID: {match['registry']} Please check if your ECR "
        f"repository exists and role {role} has proper pull permissions for SageMaker: {_PULLING}."
    )


def _invalid(image: str) -> str:
    return (
        f"Invalid image URI {image}. Please provide a valid Amazon Elastic Container Registry path of the Docker image "
        "to run."
    )
