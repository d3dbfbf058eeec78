"""Data that are wrong: the reason names the file and the row in AWS's kind of words, and no job ends in a traceback."""

import json

import numpy as np
import pytest

from fieldstone.algorithms.amazon import channels, records
from fieldstone.algorithms.amazon.recordio import frame
from fieldstone.algorithms.amazon.serving import Predictor
from fieldstone.algorithms.linear_learner import model
from fieldstone.algorithms.linear_learner.fitted import Fitted
from fieldstone.contract.serving import Invocation

RECORDIO = "application/x-recordio-protobuf"
ROWS = np.arange(40, dtype=np.float32).reshape(20, 2)
LABELS = np.array([[row % 2] for row in range(20)], np.float32)
GOOD = b"0,1,2\n1,3,4\n"
RECORDS = records.write(ROWS, LABELS)
TWO = 2 * len(RECORDS) // 20
"""Bytes of two records."""
UNREADABLE = (
    "Unable to read data channel 'train'. Requested content-type is 'application/x-recordio-protobuf'. Please verify "
    "the data matches the requested content-type. "
)
EMPTY = (
    "No training data processed. Either the training channel is empty or the mini-batch size is too high. Verify that "
    "training data contains non-empty files and the mini-batch size is less than the number of records per training "
    "host."
)
THREE = {"predictor_type": "multiclass_classifier", "num_classes": "3"}
WHOLE = {"text/csv": GOOD, RECORDIO: RECORDS}


def double(number):
    """A record whose feature is a number of double precision."""
    return frame([b"\x0a\x16\x0a\x06values\x12\x0c\x1a\x0a\x0a\x08" + np.float64(number).tobytes()])


def with_number(number):
    """Records, the third of which has a number of this kind."""
    rows = ROWS.copy()
    rows[2, 1] = number
    return records.write(rows, LABELS)


@pytest.mark.parametrize("channel", ["train", "validation"])
@pytest.mark.parametrize(
    ("content_type", "data", "reason"),
    [
        pytest.param(
            "text/csv;label_size=1", b"1,2,3\n0,4\n",
            "Unable to parse csv: row 2 of file bad has 2 columns instead of 3", id="a ragged row",
        ),
        pytest.param(
            "text/csv", b"1,2,3\n0,4\n",
            "Unable to parse csv: row 2 of file bad has 2 columns instead of 3. Without label_size, text/csv says that "
            "the first column is the label: if there is none, use text/csv;label_size=0 as content type",
            id="a ragged row that may have no label",
        ),
        pytest.param(
            "text/csv", b"1,2,3\n\n0,4,x\n",
            "Unable to parse csv: 'x' in row 3, column 3 of file bad is not a number.", id="text in a number",
        ),
        pytest.param(
            "text/csv", b"y,a,b\n0,4,5\n",
            "Unable to parse csv: 'y' in row 1, column 1 of file bad is not a number. CSV data must not have a header "
            "line.", id="a header",
        ),
        pytest.param(
            "text/csv", b"1,2,3\n0,4,nan\n",
            "Unable to parse csv: 'nan' in row 2, column 3 of file bad is not a number.", id="NaN",
        ),
        pytest.param(
            "text/csv", b"1,2,3\n0,4,\n", "Unable to parse csv: '' in row 2, column 3 of file bad is not a number.",
            id="a gap",
        ),
        pytest.param(
            "text/csv", b"1,2,3\n0,4,1e39\n",
            "Unable to parse csv: '1e39' in row 2, column 3 of file bad is not a number.", id="a number too large",
        ),
        pytest.param(
            "text/csv", b"1,2,3\n\n7,4,5\n",
            "Labels of a binary_classifier must be integers from 0 to 1, and this one is 7 (channel '{channel}', row 3 "
            "of file bad)", id="a label out of range, after an empty line",
        ),
        pytest.param(
            "text/csv", b"1,2,3\n-1,4,5\n",
            "Labels of a binary_classifier must be integers from 0 to 1, and this one is -1 (channel '{channel}', row "
            "2 of file bad)", id="a label below 0",
        ),
        pytest.param(
            "text/csv", b"1,2,3\n0.5,4,5\n",
            "Labels of a binary_classifier must be integers from 0 to 1, and this one is 0.5 (channel '{channel}', row "
            "2 of file bad)", id="a label that is not whole",
        ),
        pytest.param(
            "text/csv;label_size=0", b"1,2\n", "Rows must have one label, and this one has 0 (channel '{channel}', row "
            "1 of file bad)", id="no label",
        ),
        pytest.param(
            "text/csv;label_size=2", b"1,2,3,4\n", "Rows must have one label, and this one has 2 (channel '{channel}', "
            "row 1 of file bad)", id="two labels",
        ),
        pytest.param(
            RECORDIO, RECORDS[: TWO - 9], UNREADABLE + "(Record 2 of file bad: the file ends within it)",
            id="a cut-off file",
        ),
        pytest.param(
            RECORDIO, RECORDS[:TWO] + b"\x00" * 4 + RECORDS[TWO + 4 :],
            UNREADABLE + "(Record 3 of file bad: it does not begin with the magic number of RecordIO)",
            id="a frame that does not begin as one",
        ),
        pytest.param(
            RECORDIO, RECORDS[:TWO] + frame([b"\xff" * 20]),
            UNREADABLE + "(Record 3 of file bad: it is no protobuf record)", id="a frame that holds no record",
        ),
        pytest.param(
            RECORDIO, double(1.0),
            UNREADABLE + "(Record 1 of file bad: its features are a Float64Tensor and not a Float32Tensor)",
            id="a number of double precision",
        ),
        pytest.param(
            RECORDIO, with_number(np.nan), UNREADABLE + "(Record 3 of file bad: it has a number that is not finite)",
            id="NaN in a record",
        ),
        pytest.param(
            RECORDIO, records.write(ROWS, LABELS + 5),
            "Labels of a binary_classifier must be integers from 0 to 1, and this one is 5 (channel '{channel}', "
            "record 1 of file bad)", id="a label out of range in a record",
        ),
        pytest.param(
            RECORDIO, records.write(ROWS), "Rows must have one label, and this one has 0 (channel '{channel}', record "
            "1 of file bad)", id="a record without a label",
        ),
        pytest.param(
            "image/jpeg", GOOD, "No iterator has been registered for ContentType ('image/jpeg', '1.0')",
            id="a content type that it does not read",
        ),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_learnt_from_is_named_with_its_row(folder, channel, content_type, data, reason):
    """Whichever channel it is in, after a file that is whole where that reads alike."""
    folder.write("train", GOOD)
    folder.write(channel, WHOLE.get(content_type, b""), content_type, name="a-good-one")
    folder.write(channel, data, content_type, name="bad")
    code, log = folder.train(predictor_type="binary_classifier", mini_batch_size="1")

    assert code == 2, log
    assert folder.failure == "ClientError: " + reason.replace("channel 'train'", f"channel '{channel}'").format(
        channel=channel
    )
    assert "Traceback" not in log


@pytest.mark.parametrize(
    ("files", "hyperparameters", "reason"),
    [
        pytest.param({"train": b""}, {}, EMPTY, id="an empty file"),
        pytest.param({"train": b"\n\n"}, {}, EMPTY, id="empty lines"),
        pytest.param({}, {}, "Caused by: 'train' is a required property", id="no channel to train on"),
        pytest.param(
            {"train": GOOD, "validation": b""}, {}, "Channel 'validation' has no data points", id="an empty channel"
        ),
        pytest.param(
            {"train": GOOD, "eval": GOOD}, {}, "Additional properties are not allowed ('eval' was unexpected)",
            id="a channel that there is not",
        ),
        pytest.param(
            {"train": GOOD, "validation": b"0,1\n"}, {}, "Rows of channel 'validation' have 1 features instead of 2",
            id="channels of other widths",
        ),
        pytest.param(
            {"train": GOOD}, {"feature_dim": "3"}, "Unable to parse csv: row 1 of file part has 3 columns "
            "instead of 4. Without label_size, text/csv says that the first column is the label: if there is none, use "
            "text/csv;label_size=0 as content type",
            id="another width than feature_dim",
        ),
        pytest.param(
            {"train": b"1,1,2\n1,3,4\n"}, {}, "All labels of channel 'train' are 1: a classifier needs rows of two "
            "classes", id="labels of one class",
        ),
        pytest.param(
            {"train": b"2,1,2\n2,3,4\n"}, THREE, "All labels of channel 'train' are 2: a classifier needs rows of two "
            "classes", id="labels of one class of three",
        ),
        pytest.param(
            {"train": b"3,1,2\n"}, THREE, "Labels of a multiclass_classifier must be integers from 0 to 2, and this "
            "one is 3 (channel 'train', row 1 of file part)", id="a class above the last",
        ),
        pytest.param(
            {"train": b"1,2\n5,7\n3,9\n" * 5},
            {"predictor_type": "regressor", "normalize_data": "false", "learning_rate": "1e30", "optimizer": "sgd",
             "wd": "1", "epochs": "9"},
            "The training loss is not finite for any model. Choose a lower learning_rate.", id="a rate far too high",
        ),
    ],
)  # fmt: skip
def test_channels_that_cannot_be_learnt_from_are_named_with_what_they_lack(folder, files, hyperparameters, reason):
    """As the customer's error that it is."""
    for channel, data in files.items():
        folder.write(channel, data)
    code, log = folder.train(**{"predictor_type": "binary_classifier", "mini_batch_size": "1"} | hyperparameters)

    assert code == 2, log
    assert folder.failure.startswith("ClientError: ")
    assert folder.failure.endswith(reason)


def test_a_channel_without_any_file_is_as_one_with_an_empty_file(folder):
    """The folder may be there or not."""
    folder.write("train", b"")
    (folder.root / "input/data/train/part").unlink()
    code, _ = folder.train(predictor_type="regressor")

    assert (code, folder.failure) == (2, f"ClientError: {EMPTY}")


def test_rows_are_counted_through_the_pieces_that_a_file_is_read_in(folder, monkeypatch):
    """A label far down in a file, text or records, is told by its place in the file."""
    monkeypatch.setattr(channels, "CHUNK", 256)
    labels = np.where(np.arange(1000) == 876, 9, LABELS[0]).astype(np.float32)[:, None]
    rows = np.column_stack([labels, np.ones((1000, 2), np.float32)])
    for data, content_type, place in (
        (rows, "text/csv", "row 877"), (records.write(rows[:, 1:], labels), RECORDIO, "record 877")
    ):  # fmt: skip
        folder.write("train", data, content_type)
        code, _ = folder.train(predictor_type="binary_classifier")
        assert code == 2
        assert folder.failure.endswith(f"and this one is 9 (channel 'train', {place} of file part)")


@pytest.mark.parametrize(
    ("content_type", "body", "status", "reason"),
    [
        pytest.param("text/csv", b"1,2\n1,2,3\n", 400, "row 2 has 3 columns instead of 2", id="a row too wide"),
        pytest.param("text/csv", b"1\n", 400, "row 1 has 1 columns instead of 2", id="a row too narrow"),
        pytest.param("text/csv", b"1,x\n", 400, "'x' in row 1, column 2 is not a number", id="text in a number"),
        pytest.param("text/csv", b"1,nan\n", 400, "'nan' in row 1, column 2 is not a number", id="NaN"),
        pytest.param("text/csv", b"", 400, "the body is empty", id="nothing"),
        pytest.param(
            "application/json", json.dumps({"instances": [{"features": [1, 2, 3]}]}).encode(), 400,
            "it has 3 features and the model 2", id="an instance too wide",
        ),
        pytest.param("application/json", b'{"instances": [', 400, "Input data was truncated", id="half a document"),
        pytest.param(RECORDIO, RECORDS[:30], 400, "it is cut off", id="half a record"),
        pytest.param(RECORDIO, b"no records", 400, "magic number", id="no records"),
        pytest.param("image/png", b"\x89PNG", 415, "Content-type image/png not supported", id="a picture"),
    ],
)  # fmt: skip
def test_a_request_that_cannot_be_answered_is_refused_in_words(tmp_path, content_type, body, status, reason):
    """With the row, where it is one; a good one beside it is answered."""
    weights = np.array([[1.0], [2.0], [0.0]])
    model.save(tmp_path / "model_algo-1", Fitted.rounded(weights, "regressor", "squared_loss", np.nan))
    good = Invocation(b"1,2\n", "text/csv", "text/csv", {})
    replies = Predictor(model.load(tmp_path)).answer([Invocation(body, content_type, "", {}), good])

    assert [reply.status for reply in replies] == [status, 200]
    assert reason in replies[0].body.decode()
    assert replies[1].body == b"5.0\n"
