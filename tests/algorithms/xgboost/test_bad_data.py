"""Bad data: each case of the table ends in a reason that names the place, in AWS's words where there are some."""

import numpy as np
import pyarrow as pa
import pytest
from scipy.sparse import csr_matrix
from tests.algorithms.xgboost.conftest import make_rows, to_parquet, to_records

from fieldstone.algorithms.amazon import records

GOOD = b"1,2,3\n0,3,4\n"
ROWS = make_rows(6, seed=1)
TABLE = to_parquet(ROWS)
RECORDS = to_records(ROWS)
CSV = "Failed to load csv data with exception:\n"
LIBSVM = "Failed to load libsvm data with exception:\n"
PARQUET = "Failed to load parquet data with exception:\n"
RECORDIO = "Failed to load recordio-protobuf data with exception:\n"
LOGISTIC = {"objective": "binary:logistic"}


def spoilt(rows, value):
    rows = rows.copy()
    rows[4, 0] = value
    return rows


CASES = {
    "an empty channel": ("text/csv", b"", {}, "No data in training channel path"),
    "a CSV of blank lines": ("text/csv", b"\n\n", {}, "Could not determine delimiter on line  of file b"),
    "a ragged row": ("text/csv", GOOD + b"1,2\n", {}, CSV + "row 3 of file b has 2 columns instead of 3"),
    "a row that is cut off": ("text/csv", GOOD + b"1,2,3\n1", {}, CSV + "row 4 of file b has 1 columns instead of 3"),
    "a text in a number": (
        "text/csv",
        GOOD + b"1,x,3\n",
        {},
        CSV + "'x' in row 3, column 2 of file b is not a number.",
    ),
    "a header": ("text/csv", b"y,a,b\n" + GOOD, {}, CSV + "'y' in row 1, column 1 of file b is not a number. CSV data"),
    "bytes that are no text": (
        "text/csv",
        GOOD + b"1,\xff,3\n",
        {},
        CSV + "'\ufffd' in row 3, column 2 of file b is not",
    ),
    "no label": (
        "text/csv",
        GOOD + b"\n,2,3\n",
        {},
        "Label contains NaN, infinity or a value too large (row 4 of file b has no number).",
    ),
    "an infinite label": (
        "text/csv",
        GOOD + b"inf,2,3\n",
        {},
        "Label contains NaN, infinity or a value too large (row 3",
    ),
    "an infinite feature": (
        "text/csv",
        GOOD + b"1,2,inf\n",
        {},
        "Input data contains `inf` or a value too large, while `missing` is not set to `inf` (row 3 of file b).",
    ),
    "a label out of range": (
        "text/csv",
        GOOD + b"7,2,3\n",
        LOGISTIC,
        "label must be in [0,1] for logistic regression (row 3 of file b has 7).",
    ),
    "a class too many": (
        "text/csv",
        GOOD + b"3,2,3\n",
        {"objective": "multi:softmax", "num_class": "3"},
        "SoftmaxMultiClassObj: label must be in [0, num_class) (row 3 of file b has 3).",
    ),
    "a negative count": (
        "text/csv",
        GOOD + b"-1,2,3\n",
        {"objective": "count:poisson"},
        "PoissonRegression: label must be nonnegative (row 3 of file b has -1).",
    ),
    "a label that is not positive": (
        "text/csv",
        b"1,2,3\n0,2,3\n",
        {"objective": "reg:gamma"},
        "label must be positive for gamma regression (row 2 of file b has 0).",
    ),
    "labels that are all the same": (
        "text/csv",
        b"0,2,3\n0,3,4\n",
        LOGISTIC,
        "base_score must be in (0,1) for logistic loss, got: 0 (it is the mean of the labels, which are all the same)",
    ),
    "a negative weight": (
        "text/csv",
        b"1,1,3\n0,-2,4\n",
        {"csv_weights": "1"},
        "Weights must be positive values (row 2 of file b has -2).",
    ),
    "a metric that does not fit": (
        "text/csv",
        GOOD,
        {"eval_metric": "merror"},
        "MultiClassEvaluation: label must be in [0, num_class)",
    ),
    "no libsvm": ("text/libsvm", b"1 0:1\n1,2,3\n", {}, LIBSVM + "row 2: could not convert string to float"),
    "a libsvm label": (
        "text/libsvm",
        b"1 0:1\n\nnan 0:1\n",
        {},
        "Label contains NaN, infinity or a value too large (row 3",
    ),
    "an infinite libsvm feature": (
        "text/libsvm",
        b"1 0:1\n0\n1 0:inf\n",
        {},
        "Input data contains `inf` or a value too",
    ),
    "a ranking without whole numbers": (
        "text/libsvm",
        b"0.5 qid:1 0:1\n1 qid:1 0:2\n",
        {"objective": "rank:ndcg"},
        "label must be either 0 or positive integer",
    ),
    "queries that are not together": (
        "text/libsvm",
        b"1 qid:2 0:1\n0 qid:1 0:2\n1 qid:2 0:3\n",
        {"objective": "rank:ndcg"},
        "`qid` must be sorted in non-decreasing order along with data.",
    ),
    "no Parquet": ("parquet", GOOD, {}, PARQUET + "file b cannot be read: Parquet magic bytes not found in footer."),
    "a Parquet file of nothing": ("parquet", b"", {}, "No data in training channel path"),
    "a Parquet file that is cut off": ("parquet", TABLE[:-20], {}, PARQUET + "file b cannot be read: "),
    "a damaged Parquet file": (
        "parquet",
        TABLE[:40] + bytes(200) + TABLE[240:],
        {},
        PARQUET + "file b cannot be read: ",
    ),
    "a column of texts": (
        "parquet",
        to_parquet(pa.table({"y": [1.0], "town": ["Rome"]})),
        {},
        PARQUET + "column 'town' of file b is of type string and not of numbers",
    ),
    "a column alone": ("parquet", to_parquet(pa.table({"y": [1.0]})), {}, PARQUET + "file b has 1 columns"),
    "no label in Parquet": (
        "parquet",
        to_parquet(spoilt(ROWS, np.nan)),
        {},
        "Label contains NaN, infinity or a value too large (row 5 of file b has no number).",
    ),
    "a Parquet label out of range": (
        "parquet",
        to_parquet(spoilt(ROWS, 2)),
        LOGISTIC,
        "label must be in [0,1] for logistic regression (row 5 of file b has 2).",
    ),
    "Parquet without rows": ("parquet", to_parquet(ROWS[:0]), {}, "Got input data without labels. Please check"),
    "no records": (
        "recordio-protobuf",
        b"nothing of the kind",
        {},
        RECORDIO + "record 1 of file b: it does not begin with the magic number of RecordIO",
    ),
    "records that are cut off": (
        "recordio-protobuf",
        RECORDS[:-9],
        {},
        RECORDIO + "record 6 of file b: the file ends within it",
    ),
    "a damaged record": (
        "recordio-protobuf",
        RECORDS[:8] + b"\xff" * 9 + RECORDS[17:],
        {},
        RECORDIO + "record 1 of file b: it is no protobuf record",
    ),
    "a record without label": (
        "recordio-protobuf",
        records.write(ROWS.astype(np.float32)),
        {},
        RECORDIO + "record 1 of file b: it has no label. Got input data without labels.",
    ),
    "a record with two labels": (
        "recordio-protobuf",
        records.write(ROWS.astype(np.float32), np.ones((6, 2), np.float32)),
        {},
        RECORDIO + "record 1 of file b: it has 2 labels instead of 1",
    ),
    "a sparse record with an infinite number": (
        "recordio-protobuf",
        records.write(csr_matrix(np.array([[1, 0], [0, np.inf]], np.float32)), np.ones((2, 1), np.float32)),
        {},
        "Input data contains `inf` or a value too large, while `missing` is not set to `inf` (record 2 of file b).",
    ),
    "a record label out of range": (
        "recordio-protobuf",
        to_records(spoilt(ROWS, 3)),
        LOGISTIC,
        "label must be in [0,1] for logistic regression (record 5 of file b has 3).",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_data_are_named(empty_folder, trained_here, case):
    """File and row, in words for the user: no traceback, and no model."""
    content_type, content, hyperparameters, reason = CASES[case]
    empty_folder.write("train", "b", content, content_type)
    trained = trained_here(empty_folder, num_round="2", **hyperparameters)

    assert trained.code == 1
    assert reason in empty_folder.failure.read_text()
    assert "Traceback" not in trained.errors
    assert "framework error" not in trained.errors
    assert not empty_folder.model.exists()


def test_the_file_to_blame_is_named_among_several(empty_folder, trained_here):
    """Parquet with other columns than the first; a validation file is named like the others."""
    empty_folder.write("train", "a", to_parquet(pa.table({"y": [1.0], "a": [2.0]})), "parquet")
    empty_folder.write("train", "b", to_parquet(pa.table({"y": [1.0], "c": [2.0]})), "parquet")
    trained_here(empty_folder)
    assert empty_folder.failure.read_text() == PARQUET + "file b has the columns y, c instead of y, a"

    empty_folder.write("train", "b", to_parquet(pa.table({"y": [0.0], "a": [2.0]})), "parquet")
    empty_folder.write("validation", "v", b"x", "parquet")
    trained_here(empty_folder)
    assert empty_folder.failure.read_text().startswith(PARQUET + "file v cannot be read")


def test_channels_that_differ_in_width_are_refused(empty_folder, trained_here):
    """A model cannot be measured on columns that it does not know."""
    empty_folder.write("train", "a", GOOD)
    empty_folder.write("validation", "a", b"1,2\n")
    trained_here(empty_folder)

    assert empty_folder.failure.read_text() == "The training data have 2 features and the validation data 1."
