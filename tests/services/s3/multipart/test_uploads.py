"""Uploads in parts: begun, listed, given up."""

import pytest
from tests.services.conftest import refusal
from tests.services.s3.multipart.conftest import FIRST, LAST

GONE = (
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or "
    "completed."
)


def test_an_upload_that_is_given_up_leaves_nothing(begin, s3, bucket, keys):
    """Not its parts, not itself."""
    uploading = begin()
    uploading.send(1, LAST)
    uploading.abort()

    assert keys() == []
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
    assert refusal(uploading.abort)[:3] == (404, "NoSuchUpload", GONE)
    assert refusal(uploading.send, number=1, body=b"x")[:2] == (404, "NoSuchUpload")
    assert refusal(uploading.complete)[:2] == (404, "NoSuchUpload")


def test_an_upload_belongs_to_its_key(begin, s3, bucket):
    """Under another one it is not known."""
    uploading = begin("key")

    refused = refusal(s3.list_parts, Bucket=bucket, Key="other", UploadId=uploading.id)
    assert refused[:2] == (404, "NoSuchUpload")


def test_nothing_of_an_upload_is_seen_before_it_is_completed(begin, keys, put, get):
    """What stood under the key stands."""
    put()
    begin().send(1, LAST)

    assert (keys(), get()["Body"].read()) == (["key"], b"0123456789")


@pytest.mark.parametrize("number", [0, 10_001])
def test_parts_are_numbered_from_one_to_ten_thousand(begin, number):
    """Other numbers are refused."""
    assert refusal(begin().send, number=number, body=b"x")[:3] == (
        400,
        "InvalidArgument",
        "Part number must be an integer between 1 and 10000, inclusive",
    )


def test_parts_are_listed_in_pages(begin, s3):
    """In the order of their numbers, with their sizes and ETags."""
    uploading = begin()
    for number in (3, 1, 2):
        uploading.send(number, b"x" * number)
    first = s3.list_parts(**uploading.at, UploadId=uploading.id, MaxParts=2)
    rest = s3.list_parts(**uploading.at, UploadId=uploading.id, PartNumberMarker=first["NextPartNumberMarker"])

    assert [(part["PartNumber"], part["Size"]) for part in first["Parts"]] == [(1, 1), (2, 2)]
    assert (first["IsTruncated"], first["NextPartNumberMarker"]) == (True, 2)
    assert [part["ETag"] for part in rest["Parts"]] == [uploading.told[3]["ETag"]]
    assert (rest["IsTruncated"], rest["StorageClass"]) == (False, "STANDARD")


def test_uploads_are_listed_by_key_and_then_by_time(begin, s3, bucket):
    """With prefix, delimiter and pages."""
    ids = [begin(key).id for key in ("b", "a/1", "a/2", "b", "c")]
    listed = s3.list_multipart_uploads(Bucket=bucket)["Uploads"]

    assert [(item["Key"], item["UploadId"]) for item in listed] == [
        ("a/1", ids[1]), ("a/2", ids[2]), ("b", ids[0]), ("b", ids[3]), ("c", ids[4])
    ]  # fmt: skip
    folded = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/")
    assert [item["Prefix"] for item in folded["CommonPrefixes"]] == ["a/"]
    assert [item["Key"] for item in folded["Uploads"]] == ["b", "b", "c"]
    assert len(s3.list_multipart_uploads(Bucket=bucket, Prefix="a/")["Uploads"]) == 2


@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_of_uploads_follow_each_other(begin, s3, bucket, size):
    """Whatever their size, and in the midst of a key."""
    ids = {begin(key).id for key in ("a", "b", "b", "b", "c")}
    seen, markers = [], {}
    while True:
        page = s3.list_multipart_uploads(Bucket=bucket, MaxUploads=size, **markers)
        seen += [item["UploadId"] for item in page["Uploads"]]
        if not page["IsTruncated"]:
            break
        markers = {"KeyMarker": page["NextKeyMarker"], "UploadIdMarker": page["NextUploadIdMarker"]}

    assert (len(seen), set(seen)) == (5, ids)


def test_a_bucket_with_nothing_but_unfinished_uploads_can_be_deleted(begin, s3, bucket):
    """They go with it."""
    begin().send(1, LAST)
    s3.delete_bucket(Bucket=bucket)

    assert refusal(s3.head_bucket, Bucket=bucket).status == 404


def test_a_part_can_be_a_copy_of_a_range(begin, s3, bucket, put, get):
    """Of any object, to the byte."""
    put("source", b"0123456789")
    uploading = begin()
    copied = s3.upload_part_copy(
        **uploading.at,
        UploadId=uploading.id,
        PartNumber=1,
        CopySource=f"{bucket}/source",
        CopySourceRange="bytes=2-4",
    )["CopyPartResult"]
    uploading.complete_with([{"PartNumber": 1, "ETag": copied["ETag"]} | checksums(copied)])

    assert get()["Body"].read() == b"234"


def checksums(answer):
    return {name: value for name, value in answer.items() if name.startswith("Checksum") and name != "ChecksumType"}


def test_a_part_can_be_a_copy_over_the_seams_of_another_upload(begin, s3, bucket, get):
    """Of an object that was uploaded in parts itself."""
    source = begin("source")
    source.send(1, FIRST)
    source.send(2, LAST)
    source.complete()
    uploading = begin("key", ChecksumAlgorithm="SHA1")
    copied = s3.upload_part_copy(
        **uploading.at,
        UploadId=uploading.id,
        PartNumber=1,
        CopySource={"Bucket": bucket, "Key": "source"},
        CopySourceRange=f"bytes={len(FIRST) - 2}-{len(FIRST) + 2}",
    )["CopyPartResult"]
    uploading.complete_with([{"PartNumber": 1, "ETag": copied["ETag"], "ChecksumSHA1": copied["ChecksumSHA1"]}])

    assert get()["Body"].read() == b"aathe"


@pytest.mark.parametrize(
    ("header", "words"),
    [("bytes=5-99", "Range specified is not valid for source object of size: 10"),
     ("bytes=5-", "must be of the form bytes=first-last"),
     ("bytes=5-2", "must be of the form bytes=first-last"),
     ("5-7", "must be of the form bytes=first-last")],
)  # fmt: skip
def test_a_range_to_copy_must_be_one(begin, s3, bucket, put, header, words):
    """And lie within the source."""
    put("source")
    uploading = begin()
    refused = refusal(
        s3.upload_part_copy,
        **uploading.at,
        UploadId=uploading.id,
        PartNumber=1,
        CopySource=f"{bucket}/source",
        CopySourceRange=header,
    )

    assert refused[:2] == (400, "InvalidArgument")
    assert words in refused.message


def test_boto3s_own_upload_and_download_of_a_large_file_go_in_parts(s3, bucket, tmp_path):
    """And come back the same; its copy too."""
    path = tmp_path / "file"
    path.write_bytes(bytes(range(256)) * 100_000)
    s3.upload_file(str(path), bucket, "key")
    s3.copy({"Bucket": bucket, "Key": "key"}, bucket, "copy")
    s3.download_file(bucket, "copy", str(tmp_path / "back"))

    assert s3.head_object(Bucket=bucket, Key="key")["ETag"].endswith('-4"')
    assert (tmp_path / "back").read_bytes() == path.read_bytes()
