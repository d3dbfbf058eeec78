"""CSV and libsvm: what is read, whatever the size of the pieces, and how a mistake is named."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fieldstone.algorithms.xgboost import delimited, pairs, sparse
from fieldstone.algorithms.xgboost.rows import concatenate
from fieldstone.contract.training import UserError


@pytest.fixture
def csv(tmp_path):
    """Write a file and read it."""

    def csv(text, **options):
        file = tmp_path / "train.csv"
        file.write_bytes(text.encode("utf-8"))
        delimiter = delimited.sniff_file(file)
        columns = delimited.count_columns(file, delimiter)
        pieces = delimited.read_file(file, delimiter, columns=columns, **options)
        return concatenate([piece.rows for piece in pieces])

    return csv


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", " "])
def test_the_delimiter_is_seen_in_the_first_line(csv, delimiter):
    """The usual ones are known."""
    rows = csv(f"1{delimiter}2.5{delimiter}3\n0{delimiter}-4{delimiter}5e-3\n")

    np.testing.assert_array_equal(rows.labels, [1, 0])
    np.testing.assert_array_equal(rows.features, np.array([[2.5, 3], [-4, 5e-3]], np.float32))


def test_what_tables_contain_besides_numbers_is_understood(csv):
    """Empty fields, nan, quotes, spaces, blank lines, a byte order mark, Windows' line ends."""
    rows = csv('\ufeff1,,"3"\r\n\r\n0, 2 ,nan\r\n')

    np.testing.assert_array_equal(rows.features, np.array([[np.nan, 3], [2, np.nan]], np.float32))


def test_the_second_column_is_the_weight_if_asked_for(csv):
    """It is no feature then."""
    rows = csv("1,0.5,7\n0,2,8\n", weighted=True)

    assert rows.weights.tolist() == [0.5, 2]
    assert rows.features.tolist() == [[7], [8]]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1,2,3\n0,abc,4\n", "'abc' in row 2, column 2 of file train.csv is not a number."),
        (
            "churn,age\n1,2\n",
            "'churn' in row 1, column 1 of file train.csv is not a number. CSV data must not have a header",
        ),
        ("1,2,3\n0,1,2\n\n1,2\n", "row 4 of file train.csv has 2 columns instead of 3"),
        ("1,2,3\n0,1,2,3\n", "row 2 of file train.csv has 4 columns instead of 3"),
        ("1\n2\n", "Could not determine delimiter on line 1 of file train.csv"),
    ],
)
def test_a_mistake_in_a_csv_is_named_with_file_and_row(csv, text, reason):
    """So that the user can go there and look."""
    with pytest.raises(UserError) as raised:
        csv(text)

    assert reason in str(raised.value)


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_pieces_of_a_csv_are_the_whole(csv, size):
    """Rows are cut nowhere, and a mistake is in the same row, wherever pieces of the file end."""
    text = "1,2.5,3\r\n\n0,4,5\n1,6,7"
    assert csv(text, size=size).features.tolist() == [[2.5, 3], [4, 5], [6, 7]]
    with pytest.raises(UserError, match=r"'x' in row 4, column 3 of file train\.csv"):
        csv(text[:-1] + "x", size=size)


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_pieces_of_a_libsvm_file_are_the_whole(tmp_path, size):
    """The same holds for it."""
    file = tmp_path / "a"
    file.write_bytes(b"1 0:1 2:3\n\n0 1:2 # x\n1 3:4")
    pieces = list(sparse.read_file(file, size))

    whole = concatenate([piece.rows for piece in pieces])
    assert whole.labels.tolist() == [1, 0, 1]
    assert whole.features.toarray().tolist() == [[1, 0, 3, 0], [0, 2, 0, 0], [0, 0, 0, 4]]
    assert pieces[-1].locate(len(pieces[-1].rows) - 1) == "row 4 of file a"


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(width=32, allow_nan=False), st.floats(width=32)), min_size=1))
def test_numbers_come_back_as_they_were_written(tmp_path_factory, values):
    """Every float of 32 bits survives being text."""
    file = tmp_path_factory.mktemp("csv") / "a.csv"
    file.write_text("".join(f"{label!r},{value!r}\n" for label, value in values))
    (piece,) = delimited.read_file(file, ",", columns=2)
    rows = piece.rows

    np.testing.assert_array_equal(rows.features[:, 0], np.array([value for _, value in values], np.float32))


def test_libsvm_keeps_labels_weights_groups_and_features():
    """Indices count from 0, and a column that nobody mentions is there all the same."""
    rows = sparse.parse([b"1:0.5 qid:7 1:2 3:4\n", b"0 qid:8 # nothing\n", b"\n"])

    assert rows.labels.tolist() == [1, 0]
    assert rows.weights.tolist() == [0.5, 1]
    assert rows.groups.tolist() == [7, 8]
    assert rows.features.toarray().tolist() == [[0, 2, 0, 4], [0, 0, 0, 0]]
    assert rows.features.nnz == 2


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([b"1 1:2", b"0 1=2"], "row 2: a feature is not of the form index:value"),
        ([b"1 1:2", b"0 1:two"], "row 2: could not convert"),
        ([b"1 1:2:3 4"], "row 1: a feature is not of the form index:value"),
        ([b"yes 1:2"], "row 1: could not convert"),
        ([b"1 -1:2"], "row 1: the index of a feature is not a whole number from 0"),
        ([b"1 1.5:2"], "row 1: the index of a feature is not a whole number from 0"),
        ([b"1 qid:1 1:2", b"1 1:2"], "some rows have a qid and some have none"),
        ([b"1,2,3"], "row 1: could not convert"),
    ],
)
def test_a_mistake_in_libsvm_is_named_with_its_row(lines, reason):
    """XGBoost's own reader would take each of these for numbers."""
    with pytest.raises(ValueError, match=reason):
        sparse.parse(lines)


def test_rows_to_predict_for_may_lack_their_labels():
    """With or without, the features are the same."""
    rows = sparse.parse([b"1 0:2 1:3", b"0:2 1:3"], labelled=False)

    assert rows.features.toarray().tolist() == [[2, 3], [2, 3]]


PARTS = st.one_of(
    st.integers(0, 30).map(str),
    st.floats(width=32).map(repr),
    st.sampled_from([":", " ", "\t", "\n", "\r\n", "\r", "#", "qid:1", "1:2", "3:.5", "0:1e3", "-1:1", "x", "1_0", ""]),
    st.text(":0123456789 .e-\n", max_size=6),
)


@settings(deadline=None)
@given(st.one_of(st.lists(PARTS).map("".join), st.lists(st.lists(PARTS).map(" ".join)).map("\n".join)))
@example("1 0:2 3:4\n\n0 1:1\n-1\n")
@example("1 1:2:3 7")
@example("1 5 2:3 4:")
@example("1:2 3:4\n1")
@example("1.0000000272564224e+160")
@example("1 0:1e160 1e160:1")
@example("1 0:1e160")
@example("1 inf:1")
def test_the_fast_way_reads_pairs_as_the_slow_way_does(text):
    """Or leaves them to it."""
    body = text.encode()
    rows = pairs.read(body)
    if rows is not None:
        slow = sparse.parse(body.splitlines())
        np.testing.assert_array_equal(rows.labels, slow.labels)
        np.testing.assert_array_equal(rows.features.toarray(), slow.features.toarray())
        assert rows.features.nnz == slow.features.nnz
        assert slow.weights is slow.groups is None


def test_the_usual_libsvm_is_read_the_fast_way():
    """Blank lines, spaces at an end, tabs, Windows' line ends, a row without features."""
    rows = pairs.read(b"1 0:0.5\t3:-1e2 \r\n\r\n0\n1  2:nan")

    assert rows is not None
    assert rows.labels.tolist() == [1, 0, 1]
    np.testing.assert_array_equal(rows.features.toarray(), [[0.5, 0, 0, -100], [0, 0, 0, 0], [0, 0, np.nan, 0]])


@pytest.mark.parametrize("body", [b"", b"\n", b"1 # x", b"1 qid:1 0:1", b"1:2 0:1", b"1 0:1 2", b"1 0:x", b"1 0.5:1"])
def test_unusual_libsvm_is_left_to_the_slow_way(body):
    """Weights, groups, comments and mistakes."""
    assert pairs.read(body) is None
