"""Files of series: every format, and every mistake with its file and row."""

import gzip
import io
from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from fieldstone.algorithms.deepar.reading import read
from fieldstone.contract.training import UserError

GOOD = b'{"start": "2024-01-01 00:00:00", "target": [1, 2.5, 3]}\n'


def to_parquet(compression="snappy", **columns):
    file = io.BytesIO()
    parquet.write_table(pa.table(columns), file, compression=compression)
    return file.getvalue()


def read_channel(folder, name="train", **config):
    for key, value in config.items():
        folder.channels[name][key] = value
    return read(folder.job().channels[name])


def test_lines_gzip_and_parquet_are_read_from_all_folders_but_hidden_files(folder):
    """In the order of their names; an extension says what a file is."""
    start = [datetime(2024, 1, 1)]  # noqa: DTZ001 - series have no zones
    folder.write("train", "a.json", GOOD + b"\n" + GOOD)
    folder.write("train", "deep/er/b.json.gz", gzip.compress(GOOD.replace(b"2.5", b'"NaN"')))
    folder.write("train", "c.parquet", to_parquet(start=start, target=[[1.0, None]], cat=[[1, 2]]))
    folder.write("train", "d.parquet", to_parquet("gzip", start=["2024-01-01"], target=[[7]], dynamic_feat=[[[0.5]]]))
    folder.write("train", "e.jsonl", GOOD.replace(b"2.5", b"null"))
    folder.write("train", ".hidden.json", b"{")
    folder.write("train", "_SUCCESS", b"")
    data = read_channel(folder)

    assert data.first.name == "a.json"
    assert [len(one) for one in data.series] == [3, 3, 2, 1, 3, 3]
    assert [one.place for one in data.series][1] == "a.json, row 3"
    assert data.series[2].cat == (1, 2)
    assert data.series[3].dynamic.tolist() == [[0.5]]
    assert {one.start for one in data.series} == {np.datetime64("2024-01-01T00:00")}
    for one in (data.series[4], data.series[5]):
        assert one.observed.tolist() == [True, False, True]
        assert one.values.tolist() == [1, 1, 3]


@pytest.mark.parametrize("content_type", ["json", "application/jsonlines", "application/json; charset=utf-8"])
def test_without_an_extension_the_content_type_says_what_a_file_is(folder, content_type):
    """And without that nothing does."""
    folder.write("train", "part-0000", GOOD)
    assert len(read_channel(folder, ContentType=content_type).series) == 1
    with pytest.raises(UserError, match="Unable to determine the format of file part-0000 in channel 'train'"):
        read_channel(folder, ContentType="auto")


def test_a_category_may_be_a_number_alone(folder):
    """As in AWS's older pages."""
    folder.write("train", "a.json", GOOD.replace(b"}", b', "cat": 3}'))
    assert read_channel(folder).series[0].cat == (3,)


def test_missing_points_are_the_last_one_there_was(folder):
    """And 0 before the first."""
    folder.write("train", "a.json", b'{"start": "2024-01-01", "target": ["NaN", 4, null, null, 6, "nan"]}')
    (one,) = read_channel(folder).series

    assert one.values.tolist() == [0, 4, 4, 4, 6, 6]
    assert one.observed.tolist() == [False, True, False, False, True, False]


LINES = [
    (b'{"start": "2024-01-01", "target": [1, 2', "row: 2): Input data was truncated"),
    (b"start,target", "row: 2): JSON is malformed"),
    (b'{"start": "2024-01-01"}', "row: 2): Object missing required field `target`"),
    (b'{"target": [1]}', "row: 2): Object missing required field `start`"),
    (b'{"start": "2024-01-01", "target": [1, "12"]}', "row: 2): '12' in target, position 2 is not a number"),
    (b'{"start": "2024-01-01", "target": [1, true]}', "row: 2): Expected `float | str | null`, got `bool`"),
    (b'{"start": "2024-01-01", "target": 5}', "row: 2): Expected `array`, got `int`"),
    (b'{"start": "2024-01-01", "target": [1e39]}', "row: 2): target has a number that is too large"),
    (b'{"start": "yesterday", "target": [1]}', "row: 2): start 'yesterday' is not a time as YYYY-MM-DD HH:MM:SS"),
    (b'{"start": "2024-13-01", "target": [1]}', "row: 2): start '2024-13-01' is not a time"),
    (b'{"start": "2024-01-01T00:00:00Z", "target": [1]}', "has a time zone, and may have none"),
    (b'{"start": 20240101, "target": [1]}', "row: 2): Expected `str`, got `int`"),
    (b'{"start": "2024-01-01", "target": [1], "cat": [-1]}', "row: 2): cat has '-1', which is not an integer from 0"),
    (b'{"start": "2024-01-01", "target": [1], "cat": [%d]}' % 2**63, "which is not an integer from 0 to 2147483647"),
    (b'{"start": "2024-01-01", "target": [1], "cat": ["a"]}', "row: 2): Expected `int`, got `str`"),
    (b'{"start": "2024-01-01", "target": [1], "dynamic_feat": [[null]]}', "dynamic_feat has a missing value"),
    (b'{"start": "2024-01-01", "target": [1], "dynamic_feat": [["x"]]}', "'x' in dynamic_feat, position 1 is not"),
    (b'{"start": "2024-01-01", "target": [1], "dynamic_feat": [[1], [1, 2]]}', "dynamic_feat differ in length: 1, 2"),
    (b"\xff\xfe", "row: 2): "),
]


@pytest.mark.parametrize(("line", "reason"), LINES)
def test_a_line_that_is_no_series_is_named_with_its_file_and_row(folder, line, reason):
    """In the words that AWS's log begins with."""
    folder.write("train", "a.json", GOOD + line + b"\n" + GOOD)
    with pytest.raises(UserError) as refusal:
        read_channel(folder)

    assert str(refusal.value).startswith("Error when parsing json (source: a.json, row: 2): ")
    assert reason in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.json.gz", b"not gzip", "Unable to read file a.json.gz: Not a gzipped file"),
        ("a.json.gz", gzip.compress(GOOD * 99, mtime=0)[:-20], "Unable to read file a.json.gz: "),
        ("a.parquet", b"PAR1", "Unable to read file a.parquet: "),
        ("a.parquet", to_parquet(target=[[1.0]]), "Unable to read file a.parquet: it has no column 'start'"),
        ("a.parquet", to_parquet(start=["2024"], target=[["x"]]), "Error when parsing parquet (source: a.parquet, row"),
        ("a.parquet", to_parquet(start=["2024-01-01"], target=[1.0]), "row: 1): target is not a list of numbers"),
        ("a.parquet", to_parquet(start=[None], target=[[1.0]]), "row: 1): start is missing"),
        ("a.csv", b"1,2", "Unable to determine the format of file a.csv"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(folder, name, data, reason):
    """Whatever is wrong with it."""
    folder.write("train", name, data)
    with pytest.raises(UserError) as refusal:
        read_channel(folder)
    assert reason in str(refusal.value)


def test_pipe_mode_is_refused(folder):
    """AWS's DeepAR has it neither."""
    folder.write("train", "a.json", GOOD)
    with pytest.raises(UserError, match="Pipe mode is not supported for channel 'train'"):
        read_channel(folder, TrainingInputMode="Pipe")
