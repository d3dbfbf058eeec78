"""CSV and libsvm: what is read, and how a mistake is named."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldstone.algorithms.xgboost import delimited, sparse
from fieldstone.contract.training import UserError


@pytest.fixture
def csv(tmp_path):
    """Write a file and read it."""

    def csv(text, **options):
        file = tmp_path / "train.csv"
        file.write_bytes(text.encode("utf-8"))
        delimiter = delimited.sniff_file(file)
        columns = delimited.count_columns(file, delimiter)
        return delimited.read_file(file, delimiter, columns=columns, **options)

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
        ("1,2\n,3\n", "Row 2 of file train.csv has no label in its first column."),
        ("1\n2\n", "Could not determine delimiter on line 1 of file train.csv"),
    ],
)
def test_a_mistake_in_a_csv_is_named_with_file_and_row(csv, text, reason):
    """So that the user can go there and look."""
    with pytest.raises(UserError) as raised:
        csv(text)

    assert reason in str(raised.value)


@given(st.lists(st.tuples(st.floats(width=32, allow_nan=False), st.floats(width=32)), min_size=1))
def test_numbers_come_back_as_they_were_written(tmp_path_factory, values):
    """Every float of 32 bits survives being text."""
    file = tmp_path_factory.mktemp("csv") / "a.csv"
    file.write_text("".join(f"{label!r},{value!r}\n" for label, value in values))
    rows = delimited.read_file(file, ",", columns=2)

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
