"""Parts that become an object."""

import base64
import hashlib
import zlib

import pytest
from tests.conftest import wait_until
from tests.services.conftest import refusal
from tests.services.s3.multipart.conftest import FIRST, LAST, SECOND

WHOLE = FIRST + SECOND + LAST
ETAG = hashlib.md5(b"".join(hashlib.md5(part).digest() for part in (FIRST, SECOND, LAST))).hexdigest() + "-3"


def test_the_parts_are_the_object_in_the_order_of_their_numbers(three_parts, get):
    """With what the upload was begun with, and the ETag of all parts' MD5s."""
    answer = three_parts.complete()

    found = get()
    assert found["Body"].read() == WHOLE
    assert (answer["ETag"], found["ETag"]) == (f'"{ETAG}"', f'"{ETAG}"')
    assert (found["ContentType"], found["Metadata"], found["ContentLength"]) == ("text/csv", {"a": "1"}, len(WHOLE))


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-9", 0, 10),
        (f"bytes={len(FIRST) - 3}-{len(FIRST) + 2}", len(FIRST) - 3, len(FIRST) + 3),
        (f"bytes={len(FIRST)}-{len(FIRST)}", len(FIRST), len(FIRST) + 1),
        ("bytes=-9", len(WHOLE) - 9, len(WHOLE)),
        (f"bytes={len(FIRST) - 1}-", len(FIRST) - 1, len(WHOLE)),
    ],
)
def test_a_range_goes_over_the_seams(three_parts, get, header, start, end):
    """As if the bytes had come at once."""
    three_parts.complete()
    answer = get(Range=header)

    assert answer["Body"].read() == WHOLE[start:end]
    assert answer["ContentRange"] == f"bytes {start}-{end - 1}/{len(WHOLE)}"


def test_a_part_can_be_read_by_its_number(three_parts, s3, bucket, get):
    """The answer tells how many there are; HEAD does too; one too many is refused."""
    three_parts.complete()
    answer = get(PartNumber=2)
    head = s3.head_object(Bucket=bucket, Key="key", PartNumber=3)

    assert (answer["Body"].read(), answer["PartsCount"]) == (SECOND, 3)
    assert (head["ContentLength"], head["PartsCount"]) == (len(LAST), 3)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert answer["ContentRange"] == f"bytes {len(FIRST)}-{len(FIRST) + len(SECOND) - 1}/{len(WHOLE)}"
    assert refusal(get, PartNumber=4)[:2] == (416, "InvalidPartNumber")
    assert refusal(get, PartNumber=1, Range="bytes=0-1")[:2] == (400, "InvalidRequest")


def test_an_object_that_came_at_once_is_one_part(put, get):
    """And tells no count."""
    put()
    answer = get(PartNumber=1)

    assert (answer["Body"].read(), answer["ContentRange"]) == (b"0123456789", "bytes 0-9/10")
    assert "PartsCount" not in answer
    assert refusal(get, PartNumber=2)[:2] == (416, "InvalidPartNumber")


def test_parts_that_are_not_listed_go(three_parts, get, s3, bucket):
    """Their bytes with them; a single part may be small."""
    three_parts.complete(3)

    assert get()["Body"].read() == LAST
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_a_part_that_is_sent_again_replaces_the_one_before(begin, get):
    """And its bytes go."""
    uploading = begin()
    uploading.send(1, b"first")
    uploading.send(1, b"second")
    uploading.complete()

    assert get()["Body"].read() == b"second"


def test_completing_again_answers_again(three_parts, keys):
    """A client that heard no answer asks once more."""
    first, second = three_parts.complete(), three_parts.complete()

    assert first["ETag"] == second["ETag"]
    assert keys() == ["key"]


def test_a_list_that_is_not_what_was_sent_is_refused(three_parts, keys):
    """By number, by ETag, by order; and an empty one. The upload goes on."""
    told = three_parts.told
    wrong_tag = [told[1] | {"ETag": '"00000000000000000000000000000000"'}]

    assert refusal(three_parts.complete_with, listed=[told[1] | {"PartNumber": 9}])[:2] == (400, "InvalidPart")
    assert refusal(three_parts.complete_with, listed=wrong_tag)[:2] == (400, "InvalidPart")
    assert refusal(three_parts.complete_with, listed=[told[2], told[1]])[:2] == (400, "InvalidPartOrder")
    assert refusal(three_parts.complete_with, listed=[told[1], told[1]])[:2] == (400, "InvalidPartOrder")
    assert refusal(three_parts.complete_with, listed=[])[:2] == (400, "MalformedXML")
    assert keys() == []
    three_parts.complete()


def test_every_part_but_the_last_must_be_large(begin):
    """Five megabytes, as at AWS."""
    uploading = begin()
    uploading.send(1, b"small")
    uploading.send(2, b"small")

    refused = refusal(uploading.complete)
    assert refused[:3] == (400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
    assert (refused.details["PartNumber"], refused.details["ProposedSize"]) == ("1", "5")


def test_a_condition_is_held_against_what_stands_under_the_key(three_parts, put, get):
    """Only where nothing is; or only over the object that is known."""
    etag = put()["ETag"]

    assert refusal(three_parts.complete, IfNoneMatch="*")[:2] == (412, "PreconditionFailed")
    assert refusal(three_parts.complete, IfMatch='"other"')[:2] == (412, "PreconditionFailed")
    three_parts.complete(IfMatch=etag)
    assert get()["Body"].read() == WHOLE


def test_a_size_that_is_announced_must_be_true(three_parts):
    """Before anything is made."""
    refused = refusal(three_parts.complete, MpuObjectSize=1)
    assert refused[:2] == (400, "InvalidRequest")
    assert three_parts.complete(MpuObjectSize=len(WHOLE))["ETag"]


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "SHA1", "SHA256"])
def test_a_composite_checksum_is_the_checksum_of_the_parts_checksums(begin, get, algorithm):
    """With the number of parts, and each part's own when it is read alone."""
    uploading = begin(ChecksumAlgorithm=algorithm, ChecksumType="COMPOSITE")
    uploading.send(1, FIRST, ChecksumAlgorithm=algorithm)
    uploading.send(2, LAST, ChecksumAlgorithm=algorithm)
    answer = uploading.complete()

    member = f"Checksum{algorithm}"
    found = get(ChecksumMode="ENABLED")
    assert (found[member], found["ChecksumType"]) == (answer[member], "COMPOSITE")
    assert answer[member].endswith("-2")
    assert get(PartNumber=2, ChecksumMode="ENABLED")[member] == uploading.told[2][member]


def test_a_composite_checksum_is_made_as_aws_makes_it(begin):
    """SHA-256 over the parts' SHA-256."""
    uploading = begin(ChecksumAlgorithm="SHA256")
    uploading.send(1, FIRST, ChecksumAlgorithm="SHA256")
    uploading.send(2, LAST, ChecksumAlgorithm="SHA256")

    both = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in (FIRST, LAST))).digest()
    assert uploading.complete()["ChecksumSHA256"] == base64.b64encode(both).decode() + "-2"


def test_a_full_checksum_is_that_of_all_bytes(begin, get):
    """Told from the parts' alone; a false one keeps the object out."""
    uploading = begin(ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    for number, part in enumerate((FIRST, SECOND, LAST), 1):
        uploading.send(number, part, ChecksumAlgorithm="CRC32")
    true = base64.b64encode(zlib.crc32(WHOLE).to_bytes(4, "big")).decode()

    refused = refusal(uploading.complete, ChecksumCRC32="AAAAAA==", ChecksumType="FULL_OBJECT")
    assert refused[:3] == (400, "BadDigest", "The crc32 you specified did not match the calculated checksum.")
    answer = uploading.complete(ChecksumCRC32=true, ChecksumType="FULL_OBJECT")
    assert (answer["ChecksumCRC32"], answer["ChecksumType"]) == (true, "FULL_OBJECT")
    assert get(ChecksumMode="ENABLED")["Body"].read() == WHOLE


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"ChecksumType": "FULL_OBJECT", "ChecksumAlgorithm": "SHA256"}, "FULL_OBJECT checksum type cannot be used"),
        ({"ChecksumType": "COMPOSITE", "ChecksumAlgorithm": "CRC64NVME"}, "COMPOSITE checksum type cannot be used"),
    ],
)
def test_some_checksums_cannot_be_of_some_types(s3, bucket, members, words):
    """Nobody can tell a hash of the whole from those of its parts."""
    refused = refusal(s3.create_multipart_upload, Bucket=bucket, Key="key", **members)

    assert refused[:2] == (400, "InvalidRequest")
    assert words in refused.message


def test_a_part_with_a_checksum_of_another_kind_is_refused(begin):
    """The upload was begun with one kind."""
    uploading = begin(ChecksumAlgorithm="SHA256")

    refused = refusal(uploading.send, number=1, body=LAST, ChecksumAlgorithm="CRC32")
    assert refused.code == "InvalidRequest"
    assert refused.message == (
        "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: crc32"
    )


def test_a_composite_upload_wants_to_be_told_each_parts_checksum(begin):
    """As AWS does."""
    uploading = begin(ChecksumAlgorithm="CRC32")
    uploading.send(1, LAST)
    told = {name: value for name, value in uploading.told[1].items() if name in {"PartNumber", "ETag"}}

    refused = refusal(uploading.complete_with, listed=[told])
    assert refused.code == "InvalidRequest"
    assert "It was missing for part 1 in the request" in refused.message


def test_a_copy_shares_the_parts_and_outlives_the_original(three_parts, s3, bucket, get):
    """Bytes stay while anybody names them."""
    three_parts.complete()
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/key")
    s3.delete_object(Bucket=bucket, Key="key")

    assert get("copy")["Body"].read() == WHOLE


def test_a_deleted_object_takes_its_parts_with_it(begin, s3, bucket, stored_files):
    """But not before its last reader has them all."""
    before = stored_files()
    uploading = begin()
    uploading.send(1, FIRST)
    uploading.send(2, SECOND)
    uploading.complete()
    made = stored_files() - before
    reading = s3.get_object(Bucket=bucket, Key="key")["Body"]
    assert reading.read(10) == b"a" * 10
    s3.delete_object(Bucket=bucket, Key="key")

    assert reading.read() == (FIRST + SECOND)[10:]
    assert len(made) >= 2
    wait_until(lambda: not made & stored_files())
