"""Uploads in parts: begun, given up."""

from typing import Any, Final

from fieldstone.core.digests import COMBINABLE
from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Answer, Context, Request, write
from fieldstone.services.s3.buckets import find_bucket
from fieldstone.services.s3.objects.headers import check_key, described, encryption_of
from fieldstone.store.objects.uploads import Upload, new_upload_id
from fieldstone.store.resources import Row

_ONLY_WHOLE: Final = "CRC64NVME"


@write
def create_multipart_upload(ctx: Context, request: Request) -> Answer:
    """Begin an upload in parts."""
    bucket = find_bucket(ctx, request)
    headers = described(bucket, request)
    key, checksum = check_key(request["Key"]), _checksum(request)
    upload = Upload(bucket.uid, key, new_upload_id(), ctx.now, headers, checksum)
    ctx.store.uploads.begin(upload)
    return {
        "Bucket": request["Bucket"],
        "Key": request["Key"],
        "UploadId": upload.id,
        **encryption_of(headers),
        **told_checksum(upload),
    }


@write
def abort_multipart_upload(ctx: Context, request: Request) -> Answer:
    """Give an upload up: its parts go."""
    upload = find_upload(ctx, find_bucket(ctx, request), request)
    ctx.store.uploads.end(upload)
    return {}


def find_upload(ctx: Context, bucket: Row, request: Request) -> Upload:
    """The upload that a request names.

    Raises:
        AwsError: NoSuchUpload.
    """
    upload = ctx.store.uploads.find(bucket.uid, request["Key"], request["UploadId"])
    if upload is None:
        raise AwsError(
            "NoSuchUpload",
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted "
            "or completed.",
            404,
            UploadId=request["UploadId"],
        )
    return upload


def told_checksum(upload: Upload) -> dict[str, Any]:
    """What answers say of an upload's checksum, where its client named one."""
    return dict(zip(("ChecksumAlgorithm", "ChecksumType"), upload.checksum, strict=True)) if upload.checksum else {}


def _checksum(request: Request) -> tuple[str, str] | tuple[()]:
    algorithm, kind = request.get("ChecksumAlgorithm"), request.get("ChecksumType")
    if algorithm is None:
        if kind is not None:
            words = "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
            raise AwsError("InvalidRequest", words)
        return ()
    kind = kind or ("FULL_OBJECT" if algorithm == _ONLY_WHOLE else "COMPOSITE")
    impossible = algorithm not in COMBINABLE if kind == "FULL_OBJECT" else algorithm == _ONLY_WHOLE
    if impossible:
        raise AwsError(
            "InvalidRequest",
            f"The {kind} checksum type cannot be used with the {algorithm.lower()} checksum algorithm.",
        )
    return algorithm, kind
