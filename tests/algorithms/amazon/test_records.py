"""Protobuf records in RecordIO frames: three ways to read them that give the same, and every way to be wrong."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from fieldstone.algorithms.amazon import columns, recordio, records, wire
from fieldstone.algorithms.amazon.batch import Note, assemble
from fieldstone.algorithms.amazon.recordio import RecordError, frame, split

MAGIC = recordio.MAGIC.to_bytes(4, "little")

BY_HAND = bytes.fromhex(
    "0a23d7ce 28000000"  # the magic number, 40 bytes
    "0a16 0a06 76616c756573 120c 120a 0a08 0000803f 00000040"  # features: "values", a Float32Tensor of 1 and 2
    "1a0e 3132333435363738393031323334"  # a uid of 14 letters
)
FLOATS = st.floats(-1e6, 1e6, width=32)


def lay(number, content):
    """One field with a length, of less than 128 bytes."""
    return bytes([number << 3 | 2, len(content)]) + content


def tensor(kind, content, *, label=False):
    """A record with one tensor."""
    return lay(2 if label else 1, lay(1, b"values") + lay(2, lay(kind, content)))


def doubles(*numbers):
    return lay(1, np.array(numbers, "<f8").tobytes())


def floats(*numbers):
    return lay(1, np.array(numbers, "<f4").tobytes())


def read(*payloads):
    return records.read(frame(payloads))[0]


def as_dense(batch):
    return batch.features if isinstance(batch.features, np.ndarray) else batch.features.toarray()


def test_bytes_made_by_hand_are_read():
    """As protobuf's own writer lays them out, in a frame with its zeros."""
    batch, taken = records.read(BY_HAND)

    assert taken == len(BY_HAND)
    assert batch.features.tolist() == [[1, 2]]
    assert batch.labels is None
    assert batch.notes == (Note(uid="12345678901234"),)


def test_rows_are_written_as_the_sdk_writes_them():
    """The bytes of write_numpy_to_dense_tensor for one row with a label, made by hand."""
    expected = bytes.fromhex(
        "0a23d7ce 2c000000 0a16 0a06 76616c756573 120c 120a 0a08 0000803f 00000040"
        "1212 0a06 76616c756573 1208 1206 0a04 00004040"
    )

    assert records.write(np.array([[1, 2]], np.float32), np.array([[3]], np.float32)) == expected


def test_sparse_rows_are_written_as_the_sdk_writes_them():
    """Values, packed keys, and the shape."""
    expected = bytes.fromhex(
        "0a23d7ce 20000000 0a1e 0a06 76616c756573 1214 1212 0a08 0000803f 00000040 1203 01ac02 1a01 7f"
    )
    with pytest.raises(RecordError, match="its key 300 is not below its width of 127"):
        records.read(expected)

    matrix = csr_matrix((np.array([1, 2], np.float32), [1, 300], [0, 2]), shape=(1, 1000))
    written = records.write(matrix)
    assert written[8:] == bytes.fromhex(
        "0a1f 0a06 76616c756573 1215 1213 0a08 0000803f 00000040 1203 01ac02 1a02 e807 000000"
    )
    assert (records.read(written)[0].features != matrix).nnz == 0


@st.composite
def tables(draw):
    """Rows, dense or sparse, with labels and notes or without."""
    count, width = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    table = np.array(draw(st.lists(st.lists(FLOATS, min_size=width, max_size=width), min_size=count, max_size=count)))
    table = table.astype(np.float32)
    if draw(st.booleans()):
        table[np.abs(table) < 1000] = 0
        table = csr_matrix(table)
    labels = draw(st.none() | st.lists(FLOATS, min_size=count, max_size=count))
    notes = draw(st.none() | st.lists(st.builds(Note, st.none() | st.text(max_size=9)), min_size=count, max_size=count))
    return table, None if labels is None else np.array(labels, np.float32)[:, None], notes


@settings(max_examples=60, deadline=None)
@given(tables())
def test_the_three_ways_to_read_give_the_same(rows):
    """Side by side, one by one, and as `read` chooses."""
    table, labels, notes = rows
    data = records.write(table, labels, notes)
    frames = split(data)
    expected = table if isinstance(table, np.ndarray) else table.toarray()

    for batch in (
        records.read(data)[0],
        assemble(columns.read_columns(data, frames)),
        assemble(wire.read_columns(data, frames)),
    ):
        np.testing.assert_array_equal(as_dense(batch), expected)
        assert (batch.labels is None) == (labels is None)
        assert labels is None or (batch.labels == labels).all()
        assert [note.uid or None for note in batch.notes or [Note()] * len(batch)] == [
            note.uid or None for note in notes or [Note()] * len(batch)
        ]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 60))
def test_whatever_the_bytes_are_the_ways_agree_or_refuse(noise, place):
    """Damaged records are refused by their number, or read alike."""
    good = tensor(2, floats(1, 2, 3)) + tensor(2, floats(4), label=True)
    data = frame([good, good[:place] + noise + good[place + len(noise) :], good])
    frames = split(data)
    try:
        expected = as_dense(assemble(wire.read_columns(data, frames))).tolist()
    except RecordError:
        with pytest.raises(RecordError):
            records.read(data)
    else:
        assert str(as_dense(records.read(data)[0]).tolist()) == str(expected)


@pytest.mark.parametrize(
    ("kind", "content", "expected"),
    [
        ("Float64Tensor", tensor(3, doubles(1.5, -2)), [1.5, -2]),
        ("Int32Tensor", tensor(7, lay(1, b"\x05\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")), [5, -1]),
        ("Float32Tensor", tensor(2, b"\x0d" + np.float32(7).tobytes() + floats(8)), [7, 8]),
    ],
)
def test_numbers_of_every_type_are_read_packed_or_not(kind, content, expected):
    """And the batch says which type they had."""
    batch = read(content, content)

    assert batch.tensor == kind
    assert batch.features.tolist() == [expected, expected]


def test_a_row_of_zeros_among_sparse_ones_has_only_a_shape():
    """The SDK writes it without values and keys."""
    sparse = tensor(2, floats(4) + lay(2, b"\x02") + lay(3, b"\x03"))
    nothing = tensor(2, lay(3, b"\x03"))
    dense = tensor(2, floats(7, 8, 9))

    assert read(nothing, sparse, dense).features.toarray().tolist() == [[0, 0, 0], [0, 0, 4], [7, 8, 9]]
    assert read(nothing).features.toarray().tolist() == [[0, 0, 0]]


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (tensor(2, floats(1, 2, 3)), "it has 3 features instead of 2"),
        (tensor(2, floats(1, 2)) + tensor(2, floats(0), label=True), "it has 1 labels instead of 0"),
        (tensor(3, doubles(1, 2)), "its features are a Float64Tensor and not a Float32Tensor"),
        (tensor(2, floats(1, 2) + lay(2, b"\x01") + lay(3, b"\x02")), "it has 1 keys for 2 values"),
        (tensor(2, floats(1) + lay(2, b"\x01")), "it is sparse and does not say its shape"),
        (tensor(2, floats(1) + lay(2, b"\x02") + lay(3, b"\x02")), "its key 2 is not below its width of 2"),
        (lay(1, lay(1, b"other") + lay(2, lay(2, floats(1, 2)))), "its features are called 'other' and not 'values'"),
        (lay(1, lay(1, b"values") + lay(2, lay(9, lay(1, b"png")))), "it has bytes and not numbers"),
        (tensor(2, floats(1), label=True), "it has no features called 'values'"),
        (b"\x0a\x7f1", "it is no protobuf record"),
        (b"\xff" * 12, "it is no protobuf record"),
    ],
)
def test_a_record_that_is_wrong_is_told_by_its_number(payload, reason):
    """Whatever is wrong with it."""
    good = tensor(2, floats(1, 2))
    with pytest.raises(RecordError) as error:
        read(good, good, payload, good)

    assert (error.value.number, error.value.reason) == (2, reason)


def test_what_is_no_frame_is_told_by_its_number():
    """The magic number is missing."""
    with pytest.raises(RecordError) as error:
        split(frame([b"one", b"three"]) + b"what is this?")

    assert error.value.number == 2


def test_a_record_that_is_not_whole_is_left_for_later():
    """The bytes that are taken end before it."""
    whole = frame([b"12345"] * 3)

    for end in range(len(whole)):
        frames = split(whole[:end])
        assert (len(frames.starts), frames.taken) == (end // 16, end // 16 * 16)


@pytest.mark.parametrize("broken", [b"", b"\x01\x02\x03\x04", MAGIC * 2, MAGIC + b"\xff\xff\xff\xff"])
def test_the_magic_number_within_a_record_does_not_begin_one(broken):
    """Records are followed by their lengths; what comes after the last whole one is left, or is no head."""
    payloads = [b"12345", MAGIC + b"\x08\0\0\0", MAGIC, b"", b"1234567" + MAGIC, MAGIC * 3, b"12345678"]
    data = frame(payloads)
    frames = split(data + MAGIC + b"\x09\0\0\0" + broken)

    assert [data[start:end] for start, end in zip(frames.starts, frames.ends, strict=True)] == payloads
    assert frames.taken == len(data)
