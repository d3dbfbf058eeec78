"""The rows of a job's channels, and every way that data can be wrong."""

import os
import threading

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from fieldstone.algorithms.amazon import channels, records
from fieldstone.algorithms.amazon.algorithm import Algorithm
from fieldstone.algorithms.amazon.channels import Source, find_sources
from fieldstone.algorithms.amazon.recordio import frame
from fieldstone.contract.training import Channel, UserError

CSV = "text/csv;label_size=0"
TENSORS = frozenset({"Float32Tensor"})
ROWS = np.arange(12, dtype=np.float32).reshape(4, 3)


@pytest.fixture
def source(tmp_path):
    """A channel with these files."""

    def source(files, content_type=None, width=3, **config):
        for name, content in files.items():
            file = tmp_path / "train" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return Source(Channel("train", tmp_path / "train", content_type, **config), width, TENSORS)

    return source


def rows(source, epoch=0):
    return np.concatenate([batch.features for batch in source.batches(epoch)])


@pytest.mark.parametrize("chunk", [1, 7, 64, 8 << 20])
def test_rows_are_the_same_however_a_file_is_cut_into_chunks(source, monkeypatch, chunk):
    """Of CSV, with and without an end of its last line, and of records."""
    monkeypatch.setattr(channels, "CHUNK", chunk)
    text = "0,1,2\n3,4,5\r\n\n6,7,8\n"
    csv = source({"a/b.csv": "\ufeff" + text, "c.csv": "9,10,11", "_SUCCESS": "", ".hidden": "x"}, CSV)
    np.testing.assert_array_equal(rows(csv), ROWS)

    for file in csv.channel.path.rglob("*.csv"):
        file.unlink()
    data = records.write(ROWS[:3], ROWS[:3, :1])
    pbr = source({"matrix_0.pbr": data, "matrix_1.pbr": records.write(ROWS[3:]), "empty.pbr": b""})
    np.testing.assert_array_equal(rows(pbr), ROWS)


def test_label_size_says_how_many_columns_are_labels(source):
    """One if it is not said."""
    (batch,) = source({"a.csv": "1,2,3\n4,5,6\n"}, "text/csv; label_size=2", width=1).batches()
    assert batch.labels.tolist() == [[1, 2], [4, 5]]
    assert batch.features.tolist() == [[3], [6]]
    (batch,) = source({}, "text/csv", width=2).batches()
    assert batch.labels.tolist() == [[1], [4]]


def test_rows_of_nothing_but_labels_are_refused(source):
    """Where nobody says how many features there are."""
    for size in (1, 9):
        with pytest.raises(UserError, match=f"has 1 columns, and label_size is {size}: there are no features"):
            rows(source({"a.csv": "1\n0\n"}, f"text/csv;label_size={size}", width=None))


def test_numbers_may_be_written_in_ways_that_arrow_does_not_know(source):
    """With a plus, or in quotes with the end of a line in them."""
    assert rows(source({"a.csv": '+1,-2,3\n4,"5\n",+6e0\n'}, CSV)).tolist() == [[1, -2, 3], [4, 5, 6]]


def test_a_pipe_is_read_epoch_by_epoch(source, tmp_path):
    """Each has a pipe of its own."""
    pipe = source({}, CSV, mode="Pipe")
    for epoch in range(2):
        path = tmp_path / f"train_{epoch}"
        os.mkfifo(path)
        writer = threading.Thread(target=path.write_text, args=("0,1,2\n" * (epoch + 1),))
        writer.start()
        assert rows(pipe, epoch).tolist() == [[0, 1, 2]] * (epoch + 1)
        writer.join()


def test_sparse_records_come_as_sparse_batches(source):
    """As wide as they say."""
    matrix = csr_matrix(ROWS)
    (batch,) = source({"a.pbr": records.write(matrix)}).batches()

    assert (batch.features != matrix).nnz == 0


GOOD = "0,1,2\n3,4,5\n"
BROKEN = frame([b"\x0a\x05abc"])


@pytest.mark.parametrize("chunk", [4, 8 << 20])
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (GOOD + "6,7\n", "row 3 of file b.csv has 2 columns instead of 3"),
        (GOOD + "6,seven,8\n", "'seven' in row 3, column 2 of file b.csv is not a number."),
        (
            "a,b,c\n" + GOOD,
            "'a' in row 1, column 1 of file b.csv is not a number. CSV data must not have a header line.",
        ),
        (GOOD + "6,nan,8\n", "'nan' in row 3, column 2 of file b.csv is not a number."),
        (GOOD + "6,,8\n", "'' in row 3, column 2 of file b.csv is not a number."),
        (GOOD + "6,inf,8\n", "'inf' in row 3, column 2 of file b.csv is not a number."),
    ],
)
def test_a_row_of_csv_that_is_wrong_is_told_by_file_and_row(source, monkeypatch, text, reason, chunk):
    """Wherever the file was cut."""
    monkeypatch.setattr(channels, "CHUNK", chunk)
    with pytest.raises(UserError) as error:
        rows(source({"a.csv": GOOD, "b.csv": text}, CSV))

    assert str(error.value) == f"Unable to parse csv: {reason}"


def test_a_csv_without_label_size_that_is_too_narrow_gets_a_hint(source):
    """The usual mistake where there are no labels."""
    with pytest.raises(UserError, match=r"has 3 columns instead of 4\. Without label_size, text/csv says that"):
        rows(source({"a.csv": GOOD}, "text/csv"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (records.write(ROWS[:, :2]), "Record 3 of file b.pbr: it has 2 features instead of 3"),
        (BROKEN, "Record 3 of file b.pbr: it is no protobuf record"),
        (records.write(ROWS)[:-5], "Record 6 of file b.pbr: the file ends within it"),
        (b"1,2,3\n4,5,6\n7,8,9\n", "Record 3 of file b.pbr: it does not begin with the magic number of RecordIO"),
        (records.write(ROWS * np.nan), "Record 3 of file b.pbr: it has a number that is not finite"),
        (records.write(csr_matrix([[0, 0, np.inf]])), "Record 3 of file b.pbr: it has a number that is not finite"),
    ],
)
def test_a_record_that_is_wrong_is_told_by_file_and_number(source, data, reason):
    """In AWS's words, and then what is wrong."""
    with pytest.raises(UserError) as error:
        rows(source({"a.pbr": records.write(ROWS), "b.pbr": records.write(ROWS[:2]) + data}))

    assert str(error.value) == (
        "Unable to read data channel 'train'. Requested content-type is 'application/x-recordio-protobuf'. Please "
        f"verify the data matches the requested content-type. ({reason})"
    )


def test_numbers_of_a_type_that_an_algorithm_does_not_take_are_refused(source):
    """Rather than cast."""
    entry = b"\x0a\x06values\x12\x0c\x1a\x0a\x0a\x08" + np.float64(1).tobytes()
    with pytest.raises(UserError, match="its features are a Float64Tensor and not a Float32Tensor"):
        rows(source({"a.pbr": frame([b"\x0a" + bytes([len(entry)]) + entry])}, width=1))


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (
            {"test": CSV},
            "Failed to validate input data configuration. (caused by ValidationError)\n\nCaused by: 'train'",
        ),
        ({"train": CSV, "other": CSV}, "Additional properties are not allowed ('other' was unexpected)"),
        ({"train": "csv"}, "No iterator has been registered for ContentType ('csv', '1.0')"),
        ({"train": "text/csv;label_size=x"}, "label_size in ContentType text/csv;label_size=x must be a number from 0"),
    ],
)
def test_channels_that_an_algorithm_does_not_read_are_refused(tmp_path, given, reason):
    """Before anything is read."""
    algorithm = Algorithm("A", (), lambda _: None, lambda _: None)
    with pytest.raises(UserError) as error:
        find_sources({name: Channel(name, tmp_path, kind) for name, kind in given.items()}, algorithm, 3)

    assert reason in str(error.value)
