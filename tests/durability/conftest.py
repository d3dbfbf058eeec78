"""What is in a data folder, looked at from beside the server."""

import sqlite3
from contextlib import closing


def named_files(data_dir):
    """The files of bytes that some row of the database names."""
    tables = ("objects", "versions", "parts", "segments")
    with closing(sqlite3.connect(f"file:{data_dir / 'fieldstone.db'}?mode=ro", uri=True)) as rows:
        found = {blob for table in tables for (blob,) in rows.execute(f"SELECT blob FROM {table}")}
    return {blob for blob in found if blob and not blob.startswith("+")}


def files(data_dir):
    """The files of bytes that are on disk."""
    return {path.name for path in (data_dir / "objects").glob("*/*")}
