"""Objects cut into payloads."""

import gzip
import io
import struct

import pytest
from awscrt import checksums

from fieldstone.control.transform.framing import MalformedError
from fieldstone.control.transform.payloads import Cut, RecordTooLargeError, cut, numbered_records


def bodies(data: bytes, split: str = "Line", strategy: str = "MultiRecord", most: int | None = 100) -> list[bytes]:
    return [payload.body for payload in payloads(data, split, strategy, most)]


def payloads(data, split, strategy, most):
    return list(cut(io.BufferedReader(io.BytesIO(data)), Cut(split, strategy, most)))


def recordio(*contents: bytes, part: int = 0) -> bytes:
    return b"".join(
        struct.pack("<II", 0xCED7230A, part << 29 | len(content)) + content + bytes(-len(content) % 4)
        for content in contents
    )


def tfrecord(*contents: bytes) -> bytes:
    def masked(data: bytes) -> bytes:
        crc = checksums.crc32c(data)
        return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)

    lengths = (struct.pack("<Q", len(content)) for content in contents)
    return b"".join(
        length + masked(length) + content + masked(content) for length, content in zip(lengths, contents, strict=True)
    )


def test_lines_are_gathered_up_to_the_largest_payload():
    """MultiRecord: as many whole lines as fit."""
    assert bodies(b"1,2\n3,4\n5,6", most=8) == [b"1,2\n3,4\n", b"5,6"]


@pytest.mark.parametrize("most", range(4, 20))
def test_no_byte_is_lost_wherever_payloads_end(most):
    """Every line comes whole and once, for every size of payload."""
    data = b"1,2\n\n33\n4,5\r\n666\n7"

    found = bodies(data, most=most) if most >= 5 else bodies(data.replace(b"\r", b""), most=most)

    assert b"".join(found).replace(b"\n\n", b"\n").split() == [b"1,2", b"33", b"4,5", b"666", b"7"]
    assert all(len(body) <= most for body in found)


def test_single_records_go_one_by_one():
    """SingleRecord: a line a payload; a line with nothing on it is none."""
    assert bodies(b"1,2\n\n3,4\r\n \n5,6", strategy="SingleRecord") == [b"1,2\n", b"3,4\r\n", b"5,6"]


def test_payloads_know_their_first_line():
    """Counted through the whole object, empty lines too."""
    multi = payloads(b"a\n\nb\nc\nd\n", "Line", "MultiRecord", 4)
    single = payloads(b"a\n\nb\n", "Line", "SingleRecord", 4)

    assert [(payload.first, payload.body) for payload in multi] == [(1, b"a\n\n"), (3, b"b\nc\n"), (5, b"d\n")]
    assert [(payload.first, payload.body) for payload in single] == [(1, b"a\n"), (3, b"b\n")]


def test_without_splitting_the_object_is_one_payload():
    """SplitType None."""
    assert bodies(b"1,2\n3,4\n5,6", "None") == [b"1,2\n3,4\n5,6"]


@pytest.mark.parametrize("split", ["None", "Line", "RecordIO", "TFRecord"])
@pytest.mark.parametrize("most", [100, None])
def test_an_object_without_bytes_has_no_payloads(split, most):
    """However it is to be cut."""
    assert bodies(b"", split, most=most) == []


@pytest.mark.parametrize(("data", "split", "place"), [
    (b"1,2\n3,4", "None", "the object"),
    (b"1\n1,2,3\n", "Line", "line 2"),
    (recordio(b"aa", b"b" * 50), "RecordIO", "record 2"),
])  # fmt: skip
@pytest.mark.parametrize("strategy", ["MultiRecord", "SingleRecord"])
def test_what_does_not_fit_is_refused_with_its_place(data, split, strategy, place):
    """In AWS's words, rather than cut where it may not be cut."""
    with pytest.raises(RecordTooLargeError, match=f"Too much data for max payload size: {place}"):
        bodies(data, split, strategy, most=20 if split == "RecordIO" else 3)


def test_a_line_may_just_fit():
    """With its end, and without one at the end of the object."""
    assert bodies(b"123\n456\n789", most=4) == [b"123\n", b"456\n", b"789"]
    assert bodies(b"123\n4567", most=4) == [b"123\n", b"4567"]


def test_without_a_largest_payload_all_lines_are_one():
    """MaxPayloadInMB 0."""
    assert bodies(b"1\n" * 1000, most=None) == [b"1\n" * 1000]


@pytest.mark.parametrize("strategy", ["MultiRecord", "SingleRecord"])
def test_a_byte_order_mark_is_no_part_of_the_first_line(strategy):
    """The model sees the number behind it."""
    assert bodies("\ufeff1,2\n".encode(), strategy=strategy) == [b"1,2\n"]


@pytest.mark.parametrize(("split", "write"), [("RecordIO", recordio), ("TFRecord", tfrecord)])
def test_binary_records_go_framed_together_and_bare_alone(split, write):
    """As AWS has it: what is wrapped around a record is taken off only where it goes by itself."""
    data = write(b"one", b"three", b"")

    assert bodies(data, split) == [data]
    assert bodies(data, split, most=24) == ([write(b"one"), write(b"three"), write(b"")] if split == "TFRecord"
                                            else [write(b"one"), write(b"three", b"")])  # fmt: skip
    assert bodies(data, split, "SingleRecord") == [b"one", b"three", b""]


def test_a_record_in_several_parts_is_one():
    """RecordIO's way to hold its own magic number."""
    data = recordio(b"ab", part=1) + recordio(b"cd", part=2) + recordio(b"ef", part=3) + recordio(b"next")
    magic = struct.pack("<I", 0xCED7230A)

    assert bodies(data, "RecordIO", "SingleRecord") == [b"ab" + magic + b"cd" + magic + b"ef", b"next"]


@pytest.mark.parametrize(("data", "split", "words"), [
    (recordio(b"one") + b"junkjunk", "RecordIO", "other bytes"),
    (recordio(b"one", b"two")[:-3], "RecordIO", "ends within a record"),
    (recordio(b"one")[:5], "RecordIO", "ends within a record"),
    (recordio(b"ab", part=1), "RecordIO", "ends within a record"),
    (tfrecord(b"one")[:-2], "TFRecord", "ends within a record"),
    (tfrecord(b"one").replace(b"one", b"two"), "TFRecord", "data does not match"),
    (b"x" * 40, "TFRecord", "length does not match"),
])  # fmt: skip
def test_a_damaged_file_is_refused(data, split, words):
    """And not sent."""
    with pytest.raises(MalformedError, match=f"Fail to parse input as {split}: .*{words}"):
        bodies(data, split)


@pytest.mark.parametrize("data", [b"no gzip at all", gzip.compress(b"1,2\n" * 100, mtime=0)[:-12]], ids=["none", "cut"])
def test_what_is_no_whole_gzip_is_refused(data):
    """Bytes of something else, and a file that ends too early."""
    with pytest.raises(MalformedError, match="Fail to decompress input as Gzip"):
        list(cut(gzip.GzipFile(fileobj=io.BytesIO(data)), Cut("Line", "MultiRecord", 100)))


@pytest.mark.parametrize(("split", "data"), [("Line", b"a\n\nb"), ("RecordIO", recordio(b"a", b"b"))])
def test_the_records_of_a_payload_can_be_told_apart(split, data):
    """With their numbers in the object."""
    how = Cut(split, "MultiRecord", 100)
    (payload,) = cut(io.BufferedReader(io.BytesIO(data)), how)

    numbers = [number for number, _ in numbered_records(payload, how)]

    assert numbers == ([1, 3] if split == "Line" else [1, 2])
