"""pandas over s3fs, DuckDB with its own client of S3, Delta tables: in an environment of their own."""

import pytest

pytestmark = pytest.mark.client("data")

PANDAS = """
import sys
import pandas
at = f"s3://{sys.argv[1]}"
frame = pandas.DataFrame({"a": range(50_000), "c": ["x", "y"] * 25_000})
frame.to_csv(f"{at}/t.csv", index=False)
frame.to_parquet(f"{at}/t.parquet")
frame.to_parquet(f"{at}/parts", partition_cols=["c"])
assert pandas.read_csv(f"{at}/t.csv").equals(frame)
assert pandas.read_parquet(f"{at}/t.parquet", columns=["a"]).equals(frame[["a"]])
assert sorted(pandas.read_parquet(f"{at}/parts", filters=[("c", "==", "y")])["a"]) == list(range(1, 50_000, 2))
"""

S3FS = """
import os, sys, urllib.request
import s3fs
files, at = s3fs.S3FileSystem(), f"{sys.argv[1]}/d"
large = os.urandom(12 << 20)
with files.open(f"{at}/large", "wb", block_size=5 << 20) as file:
    file.write(large)
files.pipe({f"{at}/{number}": b"x" * number for number in range(20)})
assert files.cat(f"{at}/large", start=6 << 20, end=(6 << 20) + 9) == large[6 << 20 : (6 << 20) + 9]
assert files.glob(f"{at}/1?") == [f"{at}/{number}" for number in range(10, 20)]
assert files.du(at) == (12 << 20) + 190
files.cp(at, f"{sys.argv[1]}/e", recursive=True)
files.mv(f"{sys.argv[1]}/e/5", f"{sys.argv[1]}/e/55")
assert files.cat(f"{sys.argv[1]}/e/55") == b"xxxxx" and files.cat(f"{sys.argv[1]}/e/large") == large
with files.open(f"{at}/3", "ab") as file:
    file.write(b"more")
assert files.cat(f"{at}/3") == b"xxxmore"
with urllib.request.urlopen(files.url(f"{at}/3")) as answer:
    assert answer.read() == b"xxxmore"
files.setxattr(f"{at}/4", colour="red")
files.put_tags(f"{at}/4", {"kept": "long"})
assert files.getxattr(f"{at}/4", "colour") == "red" and files.get_tags(f"{at}/4") == {"kept": "long"}
try:
    files.pipe_file(f"{at}/4", b"again", mode="create")
except FileExistsError:
    print("exists")
files.rm(at, recursive=True)
assert not files.exists(at)
"""

DUCKDB = """
import sys
from os import environ
from urllib.parse import urlsplit
import duckdb, duckdb_ext
at, host = f"s3://{sys.argv[1]}", urlsplit(environ["AWS_ENDPOINT_URL"]).netloc
folder = f"{list(duckdb_ext.__path__)[0]}/extensions"
con = duckdb.connect(config={"extension_directory": folder, "autoinstall_known_extensions": False})
con.execute("load httpfs")
con.execute("set enable_progress_bar = false")
con.execute(f'''create secret (type s3, key_id '{environ["AWS_ACCESS_KEY_ID"]}', region 'us-east-1',
    secret '{environ["AWS_SECRET_ACCESS_KEY"]}', endpoint '{host}', url_style 'path', use_ssl false)''')
con.execute(f"copy (select i a, i % 7 k, hash(i) h from range(2_000_000) t(i)) to '{at}/t.parquet'")
con.execute(f"copy (select i a, i % 7 k from range(70_000) t(i)) to '{at}/parts' (format parquet, partition_by (k))")
con.execute(f"copy (select i a from range(50_000) t(i)) to '{at}/t.csv'")
print(con.sql(f"select sum(a), count(distinct h) from '{at}/t.parquet'").fetchone())
print(con.sql(f"select count(*) from read_parquet('{at}/parts/*/*.parquet') where k = 3").fetchone())
print(con.sql(f"select max(a) from '{at}/*.csv'").fetchone())
print(con.sql(f"select count(*) from glob('{at}/**')").fetchone())
"""

DUCKDB_FSSPEC = """
import sys
import duckdb, s3fs
con = duckdb.connect()
con.register_filesystem(s3fs.S3FileSystem())
con.execute(f"copy (select i a from range(100_000) t(i)) to 's3://{sys.argv[1]}/f.parquet'")
print(con.sql(f"select sum(a) from 's3://{sys.argv[1]}/*.parquet'").fetchone())
"""

DELTA = """
import sys
import deltalake, pyarrow
at, http = f"s3://{sys.argv[1]}/delta", {"aws_allow_http": "true"}
for mode in ("overwrite", "append"):
    deltalake.write_deltalake(at, pyarrow.table({"a": range(10_000)}), mode=mode, storage_options=http)
table = deltalake.DeltaTable(at, storage_options=http)
table.optimize.compact()
table.create_checkpoint()
table.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
again = deltalake.DeltaTable(at, storage_options=http)
print(again.to_pyarrow_table().num_rows, len(again.file_uris()))
"""


def test_pandas_reads_and_writes_s3_addresses(client_program, lake):
    """CSV, Parquet, folders of Parquet."""
    assert client_program(PANDAS, lake) == ""


def test_s3fs_is_a_file_system(client_program, lake):
    """Blocks, ranges, patterns, copies, appending, attributes, tags, files that are made once."""
    assert client_program(S3FS, lake) == "exists\n"


def test_duckdb_queries_s3_with_its_own_client(client_program, lake):
    """Its extension httpfs: uploads in parts, ranges, patterns."""
    assert client_program(DUCKDB, lake).splitlines() == ["(1999999000000, 2000000)", "(10000,)", "(49999,)", "(9,)"]


def test_duckdb_queries_s3_by_way_of_fsspec(client_program, lake):
    """Where the extension is not to be had."""
    assert client_program(DUCKDB_FSSPEC, lake) == "(4999950000,)\n"


def test_a_delta_table_is_committed_to(client_program, lake):
    """Its commits are objects that may be written only once; its files are compacted and swept."""
    assert client_program(DELTA, lake) == "20000 1\n"
