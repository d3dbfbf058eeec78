"""Whether a job's input is there, asked when it is created."""

from fieldstone.core.errors import AwsError, validation_error
from fieldstone.core.s3uri import S3Uri, parse_s3_uri
from fieldstone.services.operation import Context


def refuse_missing_input(ctx: Context, uri: str, role: str) -> None:
    """Refuse an S3 address under which there is no object: a prefix, or a manifest.

    Raises:
        AwsError: ValidationException, in AWS's words.
    """
    try:
        source = parse_s3_uri(uri)
    except ValueError as error:
        raise validation_error(f"Invalid S3 URI: {error}.") from None
    if not _exists(ctx, source):
        raise validation_error(
            f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that the bucket '
            f"exists in the selected region ({ctx.region}), that objects exist under that S3 prefix, and that the role "
            f'"{role}" has "s3:ListBucket" permissions on bucket "{source.bucket}".'
        )


def _exists(ctx: Context, source: S3Uri) -> bool:
    request = {"Bucket": source.bucket, "Prefix": source.key, "MaxKeys": 1}
    try:
        return bool(ctx.call("s3", "list_objects_v2", request)["KeyCount"])
    except AwsError:  # the bucket is not there, or another account's
        return False
