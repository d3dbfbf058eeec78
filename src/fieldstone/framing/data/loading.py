"""Reading data: CSV and Parquet files, patterns of them, and objects on S3.

A table is read whole or not at all: one bad row stops it, with its file, line and column.
"""

import gzip
from collections.abc import Generator
from contextlib import contextmanager, suppress
from csv import reader
from glob import glob
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from fieldstone.framing.data.arrow import Table
from fieldstone.framing.data.names import suggest
from fieldstone.framing.data.remote import fetch
from fieldstone.framing.data.slips import read_written_numbers, refuse_bad_rows, refuse_slips
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Data

_TABLES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz", ".parquet")
"""How the files end that are taken out of a folder."""

_PARQUET = b"PAR1"
_GZIP = b"\x1f\x8b"
_FOREIGN = {
    b"PK\x03\x04": "a zip archive or an Excel sheet",
    b"\xd0\xcf\x11\xe0": "an old Excel sheet",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
    b"BZh": "compressed by bzip2",
    b"\xfd7zX": "compressed by xz",
}
"""How files begin that are often given instead of a table."""

MISSING = ("", "NA", "N/A", "n/a", "NULL", "null", "NaN", "nan", "?")
"""What stands for an empty cell in a CSV file."""

_LOOK = "Look at its first lines: one header line, one delimiter throughout, and every quote closed."
_MEMORY = "1GB"
_OFFLINE = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}


def load(data: Data, base: Path) -> Table:
    """Read the data that a problem file names.

    Args:
        data: The ``data`` block.
        base: The folder that a relative path starts from: the problem file's.

    Raises:
        ProblemError: There are no such data, or a row cannot be read; it says which and what to do.
    """
    with connected() as connection:
        read_into(connection, "loaded", data, base)
        return connection.sql("SELECT * FROM loaded").to_arrow_table()


def peek(path: str, base: Path) -> dict[str, str]:
    """The columns of the data at a path, each with a value from the first row that has one; reads a few rows only.

    Raises:
        ProblemError: There are no such data, or they are no table.
    """
    with connected() as connection, TemporaryDirectory(prefix="fieldstone-") as folder:
        files = _files(path, base, Path(folder))
        try:
            if _is_parquet(files[0]):
                found = connection.execute("SELECT * FROM read_parquet(?) LIMIT 20", [str(files[0])])
            else:
                found = connection.execute(
                    "SELECT * FROM read_csv(?, delim = ?, header = true, all_varchar = true, nullstr = ?) LIMIT 20",
                    [str(files[0]), _delimiter(files[:1]), list(MISSING)],
                )
            names, rows = [each[0] for each in found.description or ()], found.fetchall()
        except duckdb.Error as error:
            raise ProblemError(f"data.path: {path!r} cannot be read: {_first_line(error)} {_LOOK}") from error
    return {name: next((str(row[at]) for row in rows if row[at] is not None), "") for at, name in enumerate(names)}


@contextmanager
def connected(memory: str = _MEMORY) -> Generator[duckdb.DuckDBPyConnection]:
    """A DuckDB of one's own that keeps to the memory and spills the rest to a temporary folder."""
    with (
        TemporaryDirectory(prefix="fieldstone-") as folder,
        duckdb.connect(config={"memory_limit": memory, "temp_directory": folder, **_OFFLINE}) as connection,
    ):
        with suppress(duckdb.Error):  # a DuckDB without its time zones knows UTC alone
            connection.execute("SET TimeZone = 'UTC'")
        yield connection


def read_into(connection: duckdb.DuckDBPyConnection, name: str, data: Data, base: Path) -> None:
    """Read the data into a new table of the connection.

    Raises:
        ProblemError: There are no such data, or a row cannot be read.
    """
    with TemporaryDirectory(prefix="fieldstone-") as folder:
        files = _files(data.path, base, Path(folder))
        if len(kinds := {_is_parquet(file) for file in files}) > 1:
            raise ProblemError(f"data.path: {data.path!r} names CSV and Parquet files. Name one kind: add .csv to it.")
        parquet = kinds.pop()
        try:
            _read(connection, name, files, parquet=parquet)
        except duckdb.Error as error:
            raise ProblemError(f"data.path: {data.path!r} cannot be read: {_first_line(error)} {_LOOK}") from error
        if not parquet:
            refuse_bad_rows(connection)
            read_written_numbers(connection, name)
            refuse_slips(connection, name, data)
    if not connection.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchall():  # noqa: S608 - our own table
        raise ProblemError(f"data.path: {data.path!r} has a header line and no rows. Give it past cases, one a row.")


def _files(path: str, base: Path, folder: Path) -> list[Path]:
    """The files that a path, a pattern or an address names."""
    if path.startswith("s3://"):
        return fetch(path, folder)
    if "://" in path:
        raise ProblemError(f"data.path: {path!r} is no file and not on s3://. Download it, and name the file.")
    place = Path(base, path)
    files = _in_folder(place, path) if place.is_dir() else _at(place)
    if not files:
        raise ProblemError(f"data.path: there is no file {path!r} in {base.resolve()}. {_nearest(place)}")
    for file in files:
        try:
            _refuse_foreign(file)
        except OSError as error:
            raise ProblemError(f"data.path: {file} cannot be read ({error.strerror}).") from error
    return files


def _at(place: Path) -> list[Path]:
    """The file, or the files that a pattern names."""
    found = [str(place)] if place.is_file() else glob(str(place), recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
    return [Path(each) for each in sorted(found) if Path(each).is_file()]


def _in_folder(folder: Path, path: str) -> list[Path]:
    """The tables in a folder; what else lies there is none of them."""
    files = sorted(each for each in folder.iterdir() if each.is_file() and each.name.lower().endswith(_TABLES))
    if not files:
        raise ProblemError(f"data.path: the folder {path!r} holds no table: *.csv, *.tsv, *.txt or *.parquet.")
    return files


def _nearest(place: Path) -> str:
    """What lies nearest to a file that is not there."""
    if not place.parent.is_dir():
        return f"There is no folder {place.parent} either."
    there = sorted(each.name for each in place.parent.iterdir() if each.is_file())
    return suggest(place.name, there) if there else "The folder is empty."


def _refuse_foreign(file: Path) -> None:
    """Tell files that are no table by how they begin."""
    with file.open("rb") as opened:
        begin = opened.read(4)
    if not begin:
        raise ProblemError(f"data.path: {file} is empty. Give it a header line and one row a case.")
    for sign, what in _FOREIGN.items():
        if begin.startswith(sign):
            raise ProblemError(f"data.path: {file} is {what}. Save it as CSV in UTF-8, or as Parquet, and name that.")
    if file.suffix == ".gz" and not begin.startswith(_GZIP):
        raise ProblemError(f"data.path: {file} is not compressed, as its name says. Rename it to {file.stem}.")


def _is_parquet(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(len(_PARQUET)) == _PARQUET


def _read(connection: duckdb.DuckDBPyConnection, name: str, files: list[Path], *, parquet: bool) -> None:
    paths = [str(file) for file in files]
    if parquet:
        connection.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM read_parquet(?, union_by_name = true)", [paths])  # noqa: S608 - our own table
        return
    connection.execute(
        f"CREATE TEMP TABLE {name} AS SELECT * FROM read_csv(?, delim = ?, quote = '\"', escape = '\"', header = true, "  # noqa: S608 - our own table
        "nullstr = ?, store_rejects = true, rejects_limit = 1000)",
        [paths, _delimiter(files), list(MISSING)],
    )


def _delimiter(files: list[Path]) -> str:
    """What separates the names in the header line: the sign that it has most of, outside quotes."""
    header = _header(files[0])
    for file in files[1:]:
        if _header(file) != header:
            raise ProblemError(
                f"{file}, line 1: the header is not that of {files[0]}. Give both files the same columns."
            )
    outside = "".join(header.split('"')[::2])
    delimiter = max(",;\t|", key=outside.count)
    _refuse_twins(files[0], header, delimiter)
    return delimiter


def _refuse_twins(file: Path, header: str, delimiter: str) -> None:
    """Say which name stands twice in a header; columns that differ in capitals alone are one to SQL."""
    names = [each.strip() for each in next(reader([header], delimiter=delimiter), [])]
    folded = [each.casefold() for each in names]
    for place, name in enumerate(names):
        if name and folded[place] in folded[:place]:
            raise ProblemError(
                f"{file}, line 1: column {place + 1} is called {name!r}, as column {folded.index(folded[place]) + 1} "
                "is. Rename one of the two."
            )


def _header(file: Path) -> str:
    with gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb") as lines:
        return lines.readline().decode(errors="replace").strip()


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
