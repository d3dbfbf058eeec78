"""What CreateProcessingJob looks at beyond the shape of the request, and what of a job can never run here."""

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any, Final

from fieldstone.core.errors import validation_error
from fieldstone.core.s3uri import parse_s3_uri
from fieldstone.services.operation import Request
from fieldstone.services.sagemaker.images import refuse_no_image
from fieldstone.services.sagemaker.training_checks import refuse_duplicates, refuse_selected

_PROCESSING: Final = PurePosixPath("/opt/ml/processing")
_CONTRACT: Final = PurePosixPath("/opt/ml")
_SPARK: Final = "sagemaker-spark-processing"


def check_processing_job(request: Request) -> None:
    """Refuse a job that could not run, as AWS does.

    Raises:
        AwsError: ValidationException; says what is wrong.
    """
    refuse_no_image(request["AppSpecification"]["ImageUri"])
    _check_cluster(request["ProcessingResources"]["ClusterConfig"])
    inputs = request.get("ProcessingInputs", [])
    outputs = request.get("ProcessingOutputConfig", {}).get("Outputs", [])
    refuse_duplicates("input", (given["InputName"] for given in inputs))
    refuse_duplicates("output", (given["OutputName"] for given in outputs))
    refuse_duplicates("input LocalPath", filter(None, map(_check_input, inputs)))
    for given in outputs:
        _check_output(given)


def obstacle(job: dict[str, Any]) -> str | None:
    """Why a job that AWS would run cannot run here, whatever its program; None where nothing stands in its way.

    Args:
        job: The document of a processing job.
    """
    image = job["AppSpecification"]["ImageUri"]
    if _SPARK in image:
        return f"{image}: Spark does not run here; use an image with Python, and pandas or DuckDB"
    for given in job.get("ProcessingInputs", []):
        if given.get("S3Input", {}).get("S3InputMode", "File") == "Pipe":
            return f"input {given['InputName']}: S3InputMode Pipe is not supported here; use File"
    return None


def _check_cluster(cluster: dict[str, Any]) -> None:
    if ("InstanceType" in cluster) == ("InstancePreferences" in cluster):
        raise validation_error("Invalid ClusterConfig. Specify exactly one of InstanceType, InstancePreferences.")
    refuse_selected("ClusterConfig", cluster)


def _check_input(given: dict[str, Any]) -> str | None:
    """Where the input goes, if the platform puts it there."""
    name = f"input {given['InputName']}"
    _need_one(name, given, ("S3Input", "DatasetDefinition"))
    if "DatasetDefinition" in given:
        raise validation_error(
            f"Invalid {name}: a DatasetDefinition queries Athena or Redshift, which are not there for jobs here; put "
            "the data into S3 and give an S3Input."
        )
    return _check_place(name, given, given["S3Input"], _PROCESSING)


def _check_output(given: dict[str, Any]) -> None:
    name = f"output {given['OutputName']}"
    _need_one(name, given, ("S3Output", "FeatureStoreOutput"))
    if "S3Output" in given:
        _check_place(name, given, given["S3Output"], _CONTRACT)
    elif not given.get("AppManaged", False):
        raise validation_error(f"Invalid {name}: FeatureStoreOutput is only supported when AppManaged is true.")


def _check_place(name: str, given: dict[str, Any], place: dict[str, Any], root: PurePosixPath) -> str | None:
    try:
        parse_s3_uri(place["S3Uri"])
    except ValueError as error:
        raise validation_error(f"Invalid {name}: {error}.") from None
    if "LocalPath" not in place and given.get("AppManaged", False):
        return None
    path = PurePosixPath(place.get("LocalPath", ""))
    if root not in path.parents or ".." in path.parts:
        raise validation_error(f"Invalid {name}: LocalPath {path} is needed as an absolute path below {root}/.")
    return str(path)


def _need_one(name: str, given: dict[str, Any], members: Iterable[str]) -> None:
    if sum(member in given for member in members) != 1:
        raise validation_error(f"Invalid {name}. Specify exactly one of {', '.join(members)}.")
