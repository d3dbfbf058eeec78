"""CompleteMultipartUpload: the parts become an object, without a byte being moved."""

import hashlib
from collections.abc import Sequence
from functools import reduce
from itertools import pairwise
from typing import Any, Final

from fieldstone.core.digests import DIGESTS, combine
from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Answer, Context, Request, write
from fieldstone.services.s3.buckets import find_bucket
from fieldstone.services.s3.events import note_event
from fieldstone.services.s3.multipart.uploads import find_upload
from fieldstone.services.s3.objects.checksums import DEFAULT, MEMBERS, decode, encode, kept_checksum
from fieldstone.services.s3.objects.conditions import check_write
from fieldstone.services.s3.objects.headers import encryption_of
from fieldstone.services.s3.objects.history import put_version, shown_version
from fieldstone.store.objects.extents import Segment
from fieldstone.store.objects.stored import StoredObject
from fieldstone.store.objects.uploads import Part, Upload

_SMALLEST: Final = 5 << 20
_UPLOAD: Final = "UploadId"
"""Kept with an object to know its completion again, when the client asks for it twice."""


@write
def complete_multipart_upload(ctx: Context, request: Request) -> Answer:
    """Make an object of an upload's parts. Asked for once more by a client that heard no answer, it answers again."""
    bucket = find_bucket(ctx, request)
    done = ctx.store.objects.find(bucket.uid, request["Key"])
    if done is not None and done.headers.get(_UPLOAD) == request["UploadId"]:
        return _answer(request, done, shown_version(bucket, done))
    upload = find_upload(ctx, bucket, request)
    parts = _listed_parts(ctx, upload, request)
    check_write(ctx, bucket, request)
    checksum = _whole_checksum(upload, parts, request)
    pieces = [Segment(0, part.number, part.blob, part.size, part.checksums) for part in parts]
    headers = upload.headers | checksum | {_UPLOAD: upload.id}
    size = sum(part.size for part in parts)
    whole = ctx.store.extents.join(pieces)
    new = StoredObject(bucket.uid, upload.key, whole, size, _etag(parts), ctx.now, headers)
    version = put_version(ctx, bucket, new)
    ctx.store.uploads.end(upload, frozenset(part.blob for part in parts))
    note_event(ctx, bucket, new, "ObjectCreated:CompleteMultipartUpload")
    return _answer(request, new, version)


def _answer(request: Request, new: StoredObject, version: dict[str, Any]) -> Answer:
    return {
        "Location": f"/{request['Bucket']}/{request['Key']}",
        "Bucket": request["Bucket"],
        "Key": request["Key"],
        "ETag": f'"{new.etag}"',
        **kept_checksum(new.headers),
        **encryption_of(new.headers),
        **version,
    }


def _etag(parts: Sequence[Part]) -> str:
    digests = b"".join(bytes.fromhex(part.etag) for part in parts)
    return f"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(parts)}"


def _listed_parts(ctx: Context, upload: Upload, request: Request) -> list[Part]:
    """The parts that the request lists, once they are found to be those that were uploaded."""
    listed: list[dict[str, Any]] = (request.get("MultipartUpload") or {}).get("Parts") or []
    if not listed:
        raise AwsError(
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published schema",
        )
    numbers = [part.get("PartNumber", 0) for part in listed]
    if any(later <= earlier for earlier, later in pairwise(numbers)):
        words = "The list of parts was not in ascending order. Parts must be ordered by part number."
        raise AwsError("InvalidPartOrder", words, UploadId=upload.id)
    known = {part.number: part for part in ctx.store.uploads.parts(upload, 0, -1)}
    parts = [_match(upload, known.get(entry.get("PartNumber", 0)), entry) for entry in listed]
    for part in parts[:-1]:
        if part.size < _SMALLEST:
            raise AwsError(
                "EntityTooSmall",
                "Your proposed upload is smaller than the minimum allowed size",
                ETag=part.etag,
                MinSizeAllowed=_SMALLEST,
                PartNumber=part.number,
                ProposedSize=part.size,
            )
    return parts


def _match(upload: Upload, part: Part | None, entry: dict[str, Any]) -> Part:
    """The uploaded part, if the entry tells its ETag and its checksum."""
    said = {name: value for name, value in entry.items() if name in MEMBERS}
    wrong = (
        part is None
        or part.etag != str(entry.get("ETag", "")).strip('"')
        or (not upload.checksum and any(part.checksums.get(name) != value for name, value in said.items()))
        or any(name in part.checksums and part.checksums[name] != value for name, value in said.items())
    )
    if part is None or wrong:
        raise AwsError(
            "InvalidPart",
            "One or more of the specified parts could not be found.  The part may not have been uploaded, or the "
            "specified entity tag may not match the part's entity tag.",
            ETag=str(entry.get("ETag", "")).strip('"'),
            PartNumber=entry.get("PartNumber", 0),
            UploadId=upload.id,
        )
    if upload.checksum and upload.checksum[1] == "COMPOSITE":
        _check_told(upload.checksum[0], entry, said)
    return part


def _check_told(algorithm: str, entry: dict[str, Any], said: dict[str, Any]) -> None:
    """An upload with a composite checksum wants to be told that of each part."""
    if f"Checksum{algorithm}" in said:
        return
    number = entry.get("PartNumber")
    for name in said:
        raise AwsError(
            "BadDigest", f"The {MEMBERS[name].lower()} you specified for part {number} did not match what we received."
        )
    raise AwsError(
        "InvalidRequest",
        f"The upload was created using a {algorithm.lower()} checksum. The complete request must include the checksum "
        f"for each part. It was missing for part {number} in the request.",
    )


def _whole_checksum(upload: Upload, parts: Sequence[Part], request: Request) -> dict[str, str]:
    """The object's checksum with its type, by member name; what the request says of the whole must be true."""
    _check_size(parts, request)
    algorithm, kind = upload.checksum or (DEFAULT, "FULL_OBJECT")
    if request.get("ChecksumType", kind) != kind:
        raise AwsError(
            "InvalidRequest",
            f"The upload was created using the {kind} checksum mode. The complete request must use the same checksum "
            "mode.",
        )
    member = f"Checksum{algorithm}"
    digests = [decode(part.checksums[member]) or b"" for part in parts]
    if kind == "COMPOSITE":
        total = DIGESTS[algorithm]()
        total.update(b"".join(digests))
        text = f"{encode(total.digest())}-{len(parts)}"
    else:
        following = zip(digests[1:], parts[1:], strict=True)
        text = encode(
            reduce(lambda so_far, piece: combine(algorithm, so_far, piece[0], piece[1].size), following, digests[0])
        )
    if member in request and request[member] not in {text, text.partition("-")[0]}:
        raise AwsError("BadDigest", f"The {algorithm.lower()} you specified did not match the calculated checksum.")
    return {member: text, "ChecksumType": kind}


def _check_size(parts: Sequence[Part], request: Request) -> None:
    announced, size = request.get("MpuObjectSize"), sum(part.size for part in parts)
    if announced is not None and int(announced) != size:
        raise AwsError(
            "InvalidRequest",
            f"The provided 'x-amz-mp-object-size' header value {announced} does not match what was computed: {size}",
        )
