"""Parquet and RecordIO-protobuf: the same rows make the same model, whatever they are read from."""

import numpy as np
import pyarrow as pa
import pytest
import xgboost
from scipy.sparse import csr_matrix
from tests.algorithms.xgboost.conftest import Folder, make_rows, to_csv, to_parquet, to_records

from fieldstone.algorithms.amazon import records
from fieldstone.algorithms.amazon.pieces import take_pieces
from fieldstone.algorithms.xgboost import parquet, recordio
from fieldstone.algorithms.xgboost.channels import find_sources
from fieldstone.algorithms.xgboost.reading import read
from fieldstone.algorithms.xgboost.rows import concatenate
from fieldstone.contract.training import Channel, UserError

HYPERPARAMETERS = {"objective": "binary:logistic", "max_depth": "3", "num_round": "5"}


def dump(folder):
    return xgboost.Booster(model_file=bytearray(folder.model.read_bytes())).get_dump()


def read_channel(path, content_type):
    train, _ = find_sources({"train": Channel("train", path, content_type)})
    parts, _ = read(train, None, {})
    return concatenate(parts)


@pytest.mark.parametrize(
    ("content_type", "write"),
    [
        ("parquet", to_parquet),
        ("application/x-parquet", lambda rows: to_parquet(rows, row_group_size=50)),
        ("recordio-protobuf", to_records),
        ("application/x-recordio-protobuf", to_records),
    ],
)
def test_every_format_makes_the_model_that_csv_makes(tmp_path, content_type, write):
    """Of several files and folders, with validation."""
    rows, checks = make_rows(200, seed=1), make_rows(50, seed=2)
    by_csv, other = Folder(tmp_path / "csv"), Folder(tmp_path / "other")
    for folder, form, kind in ((by_csv, lambda part: to_csv(part).encode(), "text/csv"), (other, write, content_type)):
        folder.write("train", "a", form(rows[:150]), kind)
        folder.write("train", "b/c", form(rows[150:]), kind)
        folder.write("validation", "a", form(checks), kind)
        assert folder.train_here(**HYPERPARAMETERS) == 0

    assert dump(other) == dump(by_csv)


def test_parquet_may_hold_numbers_of_every_type(tmp_path):
    """Whole ones, decimals, switches, categories of numbers; null is what is missing."""
    table = pa.table(
        {
            "y": pa.array([1, 0, 1], pa.int8()),
            "double": pa.array([0.5, None, float("nan")]),
            "long": pa.array([1 << 40, 2, None]),
            "bool": pa.array([True, None, False]),
            "decimal": pa.array(["1.25", "2.5", None]).cast(pa.decimal128(9, 2)),
            "half": pa.array([0.5, 1.5, 2.5], pa.float64()).cast(pa.float16()),
            "category": pa.array([7, 8, None]).dictionary_encode(),
            "nothing": pa.nulls(3),
        }
    )
    (tmp_path / "a").write_bytes(to_parquet(table))
    (piece,) = parquet.read_files([tmp_path / "a"])

    nan = np.nan
    expected = [
        [0.5, 1 << 40, 1, 1.25, 0.5, 7, nan],
        [nan, 2, nan, 2.5, 1.5, 8, nan],
        [nan, nan, 0, nan, 2.5, nan, nan],
    ]
    np.testing.assert_array_equal(piece.rows.features, np.array(expected, np.float32))
    assert piece.rows.labels.tolist() == [1, 0, 1]


def test_columns_of_parquet_are_found_by_their_names(tmp_path):
    """A file that has them in another order is read in the order of the first."""
    table = pa.table({"y": [1.0, 0.0], "a": [2.0, 3.0], "b": [4.0, 5.0]})
    for name, columns in (("1", ["y", "a", "b"]), ("2", ["b", "y", "a"])):
        (tmp_path / name).write_bytes(to_parquet(table.select(columns)))

    rows = read_channel(tmp_path, "parquet")
    assert rows.labels.tolist() == [1, 0, 1, 0]
    assert rows.features.tolist() == [[2, 4], [3, 5]] * 2


def test_sparse_records_leave_missing_what_they_do_not_give(tmp_path):
    """A zero that is given is a zero, in a dense record beside them too."""
    sparse = csr_matrix((np.array([0.0, 2.0], np.float32), [1, 2], [0, 2, 2]), shape=(2, 3))
    (tmp_path / "1").write_bytes(records.write(sparse, np.array([[1], [0]], np.float32)))
    (tmp_path / "2").write_bytes(records.write(np.array([[0, 5, 6]], np.float32), np.array([[1]], np.float32)))
    rows = read_channel(tmp_path, "recordio-protobuf")

    assert rows.labels.tolist() == [1, 0, 1]
    assert [row.indices.tolist() for row in rows.features] == [[1, 2], [], [0, 1, 2]]
    assert rows.features.toarray().tolist() == [[0, 0, 2], [0, 0, 0], [0, 5, 6]]


def test_a_record_is_located_by_its_number_in_its_file(tmp_path, monkeypatch):
    """Whatever the pieces are that the file is read in."""
    monkeypatch.setattr("fieldstone.algorithms.xgboost.recordio.take_pieces", small)
    (tmp_path / "a").write_bytes(to_records(make_rows(20, seed=1)))
    pieces = list(recordio.read_file(tmp_path / "a"))

    assert len(pieces) > 2
    assert pieces[-1].locate(len(pieces[-1].rows) - 1) == "record 20 of file a"


def small(file, take):
    return take_pieces(file, take, 200)


def test_weights_are_for_csv_alone(tmp_path):
    """As in the container: in Parquet the second column is a feature, whatever csv_weights says."""
    folder = Folder(tmp_path)
    folder.write("train", "a", to_parquet(make_rows(20, seed=1)), "parquet")
    train, _ = find_sources({"train": Channel("train", tmp_path / "input/data/train", "parquet")})

    assert read(train, None, {"csv_weights": 1})[0][0].features.shape == (20, 5)


def test_channels_of_different_width_are_told_from_each_other(tmp_path):
    """Files of one, and the two channels."""
    rows = make_rows(4, seed=1)
    (tmp_path / "a").write_bytes(to_records(rows))
    (tmp_path / "b").write_bytes(to_records(rows[:, :4]))
    with pytest.raises(UserError, match="Record 1 of file b has 3 features instead of 5"):
        read_channel(tmp_path, "recordio-protobuf")
