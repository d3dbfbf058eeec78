"""Parts of objects."""

import pytest
from tests.services.conftest import refusal

DATA = b"0123456789"


@pytest.mark.parametrize(
    ("asked", "expected", "said"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=0-0", b"0", "bytes 0-0/10"),
        ("bytes=4-", b"456789", "bytes 4-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-99", DATA, "bytes 0-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
        ("bytes=0-9", DATA, "bytes 0-9/10"),
    ],
)
def test_a_range_is_answered_with_206_and_its_place(s3, bucket, put, get, asked, expected, said):
    """First and last, open, suffix; what lies past the end is left away. HeadObject says the same."""
    put(body=DATA)
    answer = get(Range=asked)

    assert answer["Body"].read() == expected
    for told in (answer, s3.head_object(Bucket=bucket, Key="key", Range=asked)):
        assert told["ResponseMetadata"]["HTTPStatusCode"] == 206
        assert (told["ContentRange"], told["ContentLength"]) == (said, len(expected))


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99999999999999999999999999-"])
def test_a_range_past_the_end_cannot_be_satisfied(put, get, asked):
    """The answer says how much there is."""
    put(body=DATA)
    refused = refusal(get, Range=asked)

    assert refused[:3] == (416, "InvalidRange", "The requested range is not satisfiable")
    assert (refused.details["RangeRequested"], refused.details["ActualObjectSize"]) == (asked, "10")


@pytest.mark.parametrize(
    "asked", ["bytes=5-2", "bytes=-", "bytes=0-1,3-4", "items=0-1", "bytes=a-b", "rubbish", "bytes=" + "9" * 5000 + "-"]
)
def test_what_is_no_range_is_passed_over(put, get, asked):
    """The whole object is sent, as HTTP has it."""
    put(body=DATA)
    answer = get(Range=asked)

    assert answer["Body"].read() == DATA
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert "ContentRange" not in answer


@pytest.mark.parametrize(("asked", "status"), [("bytes=0-", 416), ("bytes=0-5", 416), ("bytes=-5", 200)])
def test_an_empty_object_has_no_first_byte(put, get, asked, status):
    """But its last five bytes are nothing, and that can be sent."""
    put(body=b"")

    if status == 416:
        assert refusal(get, Range=asked).status == 416
    else:
        assert get(Range=asked)["Body"].read() == b""
