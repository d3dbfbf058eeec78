"""Readers and writers of tables that bring a client of S3 of their own: PyArrow's in C++, Polars' in Rust."""

from urllib.parse import urlsplit

import boto3
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import dataset, fs, parquet

ROWS = 50_000


@pytest.fixture
def table():
    """Rows whose sums are known."""
    return pa.table({"a": range(ROWS), "c": ["x", "y", "z", "w"] * (ROWS // 4)})


def keys(bucket):
    return [item["Key"] for item in boto3.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_pyarrow_finds_the_server_by_the_variables_alone(lake, table):
    """Written in one go, read by column and range."""
    files, path = fs.FileSystem.from_uri(f"s3://{lake}/t.parquet")
    parquet.write_table(table, path, filesystem=files)

    assert parquet.read_metadata(path, filesystem=files).num_rows == ROWS
    assert parquet.read_table(path, filesystem=files, columns=["a"])["a"].to_pylist() == list(range(ROWS))


def test_pyarrow_reads_only_the_folders_that_a_filter_leaves(lake, table):
    """A partitioned dataset."""
    files, _ = fs.FileSystem.from_uri(f"s3://{lake}/")
    where = {"filesystem": files, "format": "parquet", "partitioning": ["c"]}
    dataset.write_dataset(table, f"{lake}/set", existing_data_behavior="delete_matching", **where)
    found = dataset.dataset(f"{lake}/set", **where)

    assert len(keys(lake)) >= 4
    assert found.to_table(filter=(dataset.field("c") == "y") & (dataset.field("a") < 1000)).num_rows == 250


@pytest.mark.parametrize("style", ["path", "virtual-host"])
def test_pyarrow_works_with_files_and_folders(lake, pointed, style):
    """Streams in parts, seeks, copies, moves, folders that are empty; with the bucket in the path or in the Host."""
    at = {"endpoint_override": f"localhost:{urlsplit(pointed).port}", "scheme": "http"}
    files = fs.S3FileSystem(**at, force_virtual_addressing=style == "virtual-host")
    with files.open_output_stream(f"{lake}/d/long") as stream:
        stream.write(b"0123456789" * 1_200_000)
    with files.open_input_file(f"{lake}/d/long") as file:
        file.seek(11_999_995)
        assert file.read() == b"56789"
    files.copy_file(f"{lake}/d/long", f"{lake}/d/copy")
    files.move(f"{lake}/d/copy", f"{lake}/d/moved")
    files.create_dir(f"{lake}/d/empty/deep")
    found = files.get_file_info(fs.FileSelector(f"{lake}/d", recursive=True))

    assert {item.path: item.size for item in found if item.is_file} == {
        f"{lake}/d/long": 12_000_000,
        f"{lake}/d/moved": 12_000_000,
    }
    assert {item.path for item in found if not item.is_file} == {f"{lake}/d/empty", f"{lake}/d/empty/deep"}
    files.delete_dir(f"{lake}/d")
    assert files.get_file_info(f"{lake}/d").type == fs.FileType.NotFound


def test_polars_finds_the_server_by_the_variables_alone(lake, table):
    """Frames written, scanned lazily, streamed out; in every format that it has."""
    frame, at = pl.from_arrow(table), f"s3://{lake}"
    assert isinstance(frame, pl.DataFrame)
    frame.write_parquet(f"{at}/t.parquet")
    frame.write_csv(f"{at}/t.csv")
    frame.lazy().sink_ipc(f"{at}/t.arrow")
    frame.write_parquet(f"{at}/parts/", partition_by=["c"])

    scanned = pl.scan_parquet(f"{at}/t.parquet").filter(pl.col("a") >= ROWS - 3)
    assert scanned.collect()["a"].to_list() == [ROWS - 3, ROWS - 2, ROWS - 1]
    assert pl.read_csv(f"{at}/t.csv")["a"].sum() == sum(range(ROWS))
    assert pl.scan_ipc(f"{at}/t.arrow").select(pl.len()).collect().item() == ROWS
    assert pl.scan_parquet(f"{at}/parts/").filter(pl.col("c") == "w").collect().height == ROWS // 4
    assert pl.scan_csv(f"{at}/*.csv").select(pl.col("a").max()).collect().item() == ROWS - 1
