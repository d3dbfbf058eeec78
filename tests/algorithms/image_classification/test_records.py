"""Image records, lists and labels: what is read, and what is wrong with them."""

import io
import struct

import numpy as np
import pytest

from fieldstone.algorithms.amazon.recordio import MAGIC, RecordError, frame
from fieldstone.algorithms.image_classification import lists, records
from fieldstone.algorithms.image_classification.labels import LabelError, Labels, parse
from fieldstone.contract.training import UserError

MAGIC_BYTES = struct.pack("<I", MAGIC)


def read(data):
    return [records.parse(record) for record in records.read(io.BytesIO(data))]


def test_records_are_read_as_they_were_packed():
    """One label, several, and images of any length."""
    data = frame([records.pack([2], b"abc", 7), records.pack([0, 1, 1], b""), records.pack([1], bytes(100))])

    assert read(data) == [((2.0,), b"abc"), ((0.0, 1.0, 1.0), b""), ((1.0,), bytes(100))]


def test_a_record_in_parts_is_put_together_with_the_magic_number_between_them():
    """As MXNet writes one that holds it."""
    whole = records.pack([1], b"wxyz" + MAGIC_BYTES + b"1234" + MAGIC_BYTES + b"ab")
    parts = whole.split(MAGIC_BYTES)
    framed = b"".join(
        struct.pack("<II", MAGIC, flag << 29 | len(part)) + part + bytes(-len(part) % 4)
        for flag, part in zip((1, 2, 3), parts, strict=True)
    )

    assert list(records.read(io.BytesIO(framed + frame([b"next"])))) == [whole, b"next"]


@pytest.mark.parametrize(
    ("data", "number", "reason"),
    [
        (frame([bytes(24)])[:-1], 0, "the file ends within it"),
        (frame([bytes(24), bytes(24)])[:-30], 1, "the file ends within it"),
        (frame([bytes(24)]) + b"1234", 1, "the file ends within it"),
        (frame([bytes(24)]) + b"12345678", 1, "it does not begin with the magic number of RecordIO"),
        (struct.pack("<II", MAGIC, 2 << 29), 0, "it does not begin with the magic number of RecordIO"),
        (b"index,label\n1,2\n", 0, "it does not begin with the magic number of RecordIO"),
    ],
)
def test_what_is_no_record_is_named(data, number, reason):
    """By its number, and what is wrong with it."""
    with pytest.raises(RecordError, match=reason) as caught:
        list(records.read(io.BytesIO(data)))

    assert caught.value.number == number


def test_a_record_without_a_header_or_its_labels_is_named():
    """It would else be taken for an image."""
    with pytest.raises(RecordError, match="it has 3 bytes, and the header of an image 24"):
        records.parse(b"abc")
    with pytest.raises(RecordError, match="it says that it has 9 labels, and ends before them"):
        records.parse(struct.pack("<IfQQ", 9, 0, 0, 0) + bytes(35))


def test_labels_are_numbers_of_classes_or_one_for_each():
    """Of several classes by a 0 or 1 for each, or by their numbers."""
    assert Labels(3).read([2]).tolist() == [2]
    assert Labels(3, multi_label=True).read([1, 0, 1]).tolist() == [1, 0, 1]
    assert Labels(3, multi_label=True, by_number=True).read([0, 2]).tolist() == [1, 0, 1]
    assert Labels(3, multi_label=True, by_number=True).read([]).tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("labels", "given", "reason"),
    [
        (Labels(3), [3], "its label 3 is no number of a class from 0 to 2"),
        (Labels(3), [-1], "its label -1 is no number"),
        (Labels(3), [0.5], "its label 0.5 is no number"),
        (Labels(3), [np.nan], "its label nan is no number"),
        (Labels(3), [0, 1], "it has 2 labels, and without multi_label there is one"),
        (Labels(2, multi_label=True), [0, 2], r"its labels \[0, 2\] are not all 0 or 1"),
        (Labels(2, multi_label=True, by_number=True), [2], "its label 2 is no number of a class from 0 to 1"),
    ],
)
def test_a_label_that_is_wrong_is_told(labels, given, reason):
    """Where it is, who reads it adds."""
    with pytest.raises(LabelError, match=reason):
        labels.read(given)


def test_too_few_labels_are_refused_in_awss_words():
    """Of images with several."""
    with pytest.raises(
        UserError, match=r"^Mismatch between number of labels in the multi-label data \(2\) and the num_"
    ):
        Labels(3, multi_label=True).read([0, 1])


def test_the_label_of_an_augmented_manifest_is_a_number_or_a_list():
    """As text of JSON."""
    assert parse("1") == [1]
    assert parse("[1, 0, 1]") == [1, 0, 1]
    for text in ("cat", '{"a": 1}', '["x"]', "[[1]]", "NaN", ""):
        with pytest.raises(LabelError):
            parse(text)


def test_a_list_has_an_index_labels_and_a_path(tmp_path):
    """With tabs between them; empty lines count, and are nothing."""
    (tmp_path / "a.lst").write_text("5\t1\tdogs/a b.jpg\n\n1000\t0.0\tcats/c.png\r\n")
    (tmp_path / "b.lst").write_text("0\t1\t0\t1\tx.jpg\n")

    assert list(lists.read(tmp_path / "a.lst", "train")) == [(1, (1,), "dogs/a b.jpg"), (3, (0,), "cats/c.png")]
    assert list(lists.read(tmp_path / "b.lst", "train")) == [(1, (1, 0, 1), "x.jpg")]


@pytest.mark.parametrize("line", [b"1,0,a.jpg", b"1\ta.jpg", b"1\tcat\ta.jpg", b"x\t1\ta.jpg", b"\xff\xd8\xff\xe0"])
def test_a_list_that_is_none_is_refused_in_awss_words(tmp_path, line):
    """And then the line."""
    (tmp_path / "a.lst").write_bytes(b"0\t1\tok.jpg\n" + line + b"\n")
    with pytest.raises(UserError, match=r"^Invalid lst file in the train channel\. \((line 2 of )?a\.lst"):
        list(lists.read(tmp_path / "a.lst", "train"))
