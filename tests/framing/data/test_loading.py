"""Data are read whole or refused with file, line, column and what to do."""

import gzip
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from fieldstone.framing.data.loading import load
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Data


def write(folder: Path, name: str, text: str) -> Data:
    (folder / name).write_text(text, encoding="utf-8")
    return Data(path=name)


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_and_quoted_text_may_contain_it(tmp_path, sign):
    """The header tells the delimiter; quotes protect it, doubled quotes and line ends."""
    rows = [["name", "price", "note"], ["a", "1.5", f'"x{sign} ""y""\nz"'], ["b", "2", "plain"]]
    data = write(tmp_path, "a.csv", "\n".join(sign.join(row) for row in rows) + "\n")

    table = load(data, tmp_path)

    assert table["note"].to_pylist() == [f'x{sign} "y"\nz', "plain"]
    assert table["price"].to_pylist() == [1.5, 2.0]


def test_csv_gzip_parquet_and_patterns_give_the_same_rows(tmp_path):
    """What holds the data makes no difference."""
    table = pa.table({"id": [1, 2, 3], "when": ["2024-01-01", "2024-01-02", "2024-01-03"], "x": [1.5, None, 3.0]})
    text = "id,when,x\n1,2024-01-01,1.5\n2,2024-01-02,NA\n3,2024-01-03,3.0\n"
    write(tmp_path, "a.csv", text)
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(text.encode()))
    parquet.write_table(table.slice(0, 2), tmp_path / "c-1.parquet")
    parquet.write_table(table.slice(2), tmp_path / "c-2.parquet")

    for path in ("a.csv", "b.csv.gz", "c-*.parquet", str(tmp_path / "a.csv")):
        read = load(Data(path=path), tmp_path)

        assert read.select(["id", "x"]).to_pydict() == table.select(["id", "x"]).to_pydict(), path


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("7,abc,u", r"big\.csv, line 40002, column 'x': 'abc' is not a number\. Correct it"),
        ("7,1.5", r"big\.csv, line 40002, column 'word': the row is too short"),
        ("7,1.5,u,v,w", r"big\.csv, line 40002: the row is too long .* between double quotes"),
    ],
)
def test_one_bad_row_in_a_large_csv_is_named(tmp_path, bad, words):
    """Far behind where types are guessed, a word among numbers or a ragged row is found by its line."""
    rows = [f"{number},{number / 2},u" for number in range(60_000)]
    rows[40_000] = bad
    data = write(tmp_path, "big.csv", "\n".join(["id,x,word", *rows]) + "\n")

    with pytest.raises(ProblemError, match=words):
        load(data, tmp_path)


def test_a_word_among_the_first_numbers_is_named_too(tmp_path):
    """Where types are guessed, one word would turn a column of numbers into text without a sound."""
    rows = [f"{number / 2}" for number in range(500)]
    rows[100] = "12 EUR"

    with pytest.raises(ProblemError, match=r"line 102 .*column 'x': '12 EUR' is not a number, and 499 others"):
        load(write(tmp_path, "a.csv", "\n".join(["x,y", *(f"{row},u" for row in rows)]) + "\n"), tmp_path)


def test_numbers_with_a_comma_for_the_fraction_are_numbers(tmp_path):
    """Where semicolons separate, 1,5 is one and a half."""
    data = write(tmp_path, "a.csv", "x;y\n1,5;a\n2;b\n-3,25;c\n")

    assert load(data, tmp_path)["x"].to_pylist() == [1.5, 2.0, -3.25]


def test_numbers_that_may_be_thousands_or_fractions_are_not_guessed(tmp_path):
    """1,500 alone may be either."""
    with pytest.raises(ProblemError, match="whether numbers such as '1,500' are thousands or fractions"):
        load(write(tmp_path, "a.csv", 'x;y\n2;b\n"1,500";a\n'), tmp_path)


@pytest.mark.parametrize(
    ("name", "begin", "words"),
    [
        ("a.csv", b"PK\x03\x04....", "an Excel sheet. Save it as CSV"),
        ("a.csv", "a,b\n1,2\n".encode("utf-16"), "text in UTF-16. Save it"),
        ("a.csv.gz", b"a,b\n1,2\n", r"not compressed.*Rename it to a\.csv"),
        ("a.csv", b'a,b\n"1,2\n3,4\n', "every quote closed"),
    ],
)
def test_files_that_are_no_table_are_told_by_how_they_begin(tmp_path, name, begin, words):
    """Sheets, archives and other encodings are named, with what to save instead."""
    (tmp_path / name).write_bytes(begin)

    with pytest.raises(ProblemError, match=words):
        load(Data(path=name), tmp_path)


def test_files_of_a_pattern_must_have_the_same_columns(tmp_path):
    """Two files with different headers are not one table."""
    write(tmp_path, "a-1.csv", "a,b\n1,2\n")
    write(tmp_path, "a-2.csv", "a,c\n1,2\n")

    with pytest.raises(ProblemError, match=r"a-2\.csv, line 1: the header is not that of .*a-1\.csv"):
        load(Data(path="a-*.csv"), tmp_path)


def test_codes_with_a_letter_may_be_put_aside(tmp_path):
    """A column that is ignored is not asked to be numbers."""
    rows = [str(number) for number in range(500)]
    rows[100] = "12B"
    data = write(tmp_path, "a.csv", "\n".join(["x,y", *(f"{row},u" for row in rows)]) + "\n")

    assert load(Data(path=data.path, ignore=["x"]), tmp_path)["x"][100].as_py() == "12B"


def test_a_wrong_path_names_the_nearest_file(tmp_path):
    """A slip of the pen is answered with what may have been meant."""
    write(tmp_path, "customers.csv", "a\n1\n")

    with pytest.raises(ProblemError, match=r"no file 'custmers\.csv' .*Did you mean 'customers\.csv'"):
        load(Data(path="custmers.csv"), tmp_path)
    with pytest.raises(ProblemError, match="There is no folder"):
        load(Data(path="nowhere/a.csv"), tmp_path)


@pytest.mark.parametrize(("text", "words"), [("", "is empty"), ("a,b\n", "a header line and no rows")])
def test_an_empty_file_is_refused(tmp_path, text, words):
    """A file without rows is said to be one."""
    with pytest.raises(ProblemError, match=words):
        load(write(tmp_path, "a.csv", text), tmp_path)


def test_letters_that_are_not_utf_8_are_refused_with_the_command_that_helps(tmp_path):
    """Old encodings are not guessed."""
    (tmp_path / "a.csv").write_bytes("a,b\n1,café\n2,x\n".encode("latin1"))

    with pytest.raises(ProblemError, match=r"line 2.*not UTF-8.*iconv"):
        load(Data(path="a.csv"), tmp_path)


def test_a_broken_parquet_file_is_refused_without_a_traceback(tmp_path):
    """What DuckDB says of a file reaches the author as one line."""
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and nothing else")

    with pytest.raises(ProblemError, match=r"'a\.parquet' cannot be read"):
        load(Data(path="a.parquet"), tmp_path)


def test_only_the_tables_of_a_folder_are_read(tmp_path):
    """What else lies there, such as the problem file, is no part of the data."""
    write(tmp_path, "a.csv", "a\n1\n")
    write(tmp_path, "problem.yaml", "question: q\n")

    assert load(Data(path="."), tmp_path)["a"].to_pylist() == [1]
    (tmp_path / "a.csv").unlink()
    with pytest.raises(ProblemError, match=r"holds no table.*\*\.csv"):
        load(Data(path="."), tmp_path)


@pytest.mark.parametrize("header", ["a,b,b", 'a,b," B"'])
def test_a_name_that_stands_twice_in_a_header_is_told(tmp_path, header):
    """SQL would rename the second in silence, or take both for one."""
    with pytest.raises(ProblemError, match=r"line 1: column 3 is called .*, as column 2 is\. Rename"):
        load(write(tmp_path, "a.csv", f"{header}\n1,2,3\n"), tmp_path)


def test_a_long_bad_line_is_shown_in_part(tmp_path):
    """A quote that nothing closes swallows the rest of the file."""
    rows = "".join(f"{number},word\n" for number in range(30_000))

    with pytest.raises(ProblemError, match=r"line 25002.*a quote that nothing closes") as caught:
        load(write(tmp_path, "a.csv", f"a,b\n{rows.replace('25000,', '25000,' + chr(34))}"), tmp_path)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(("path", "words"), [("https://a.example/b.csv", "Download it"), ("/proc/1/mem", "Permission")])
def test_what_cannot_be_opened_is_told_without_a_traceback(tmp_path, path, words):
    """Addresses that are not S3's, and files that one may not read."""
    with pytest.raises(ProblemError, match=words):
        load(Data(path=path), tmp_path)


@pytest.fixture
def pointed(server, account, monkeypatch):
    for name, value in {
        "AWS_ENDPOINT_URL": server.url,
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "unchecked",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)


def test_objects_and_patterns_on_s3_are_read(pointed, aws, bucket, tmp_path):
    """The address is AWS_ENDPOINT_URL; a key may be a pattern."""
    for part in (1, 2):
        aws("s3").put_object(Bucket=bucket, Key=f"in/part-{part}.csv", Body=f"a,b\n{part},x\n".encode())

    assert load(Data(path=f"s3://{bucket}/in/part-2.csv"), tmp_path)["a"].to_pylist() == [2]
    assert load(Data(path=f"s3://{bucket}/in/*.csv"), tmp_path)["a"].to_pylist() == [1, 2]
    assert load(Data(path=f"s3://{bucket}/in/"), tmp_path)["a"].to_pylist() == [1, 2]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("s3://{bucket}/in/churm.csv", "Did you mean 'in/churn.csv'"),
        ("s3://{bucket}-none/a.csv", "Check the bucket's name, AWS_ENDPOINT_URL"),
        ("s3://{bucket}", "Write s3://bucket/key"),
    ],
)
def test_a_wrong_address_on_s3_says_what_to_check(pointed, aws, bucket, tmp_path, path, words):
    """No object, no bucket, no key: each is said."""
    aws("s3").put_object(Bucket=bucket, Key="in/churn.csv", Body=b"a\n1\n")

    with pytest.raises(ProblemError, match=words):
        load(Data(path=path.format(bucket=bucket)), tmp_path)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (["1,234.50", "7", "12.25"], [1234.5, 7, 12.25]),
        (["1.234,50", "7", "12,25"], [1234.5, 7, 12.25]),
        (["$1,234.50", "$7", "$ 12.25"], [1234.5, 7, 12.25]),
        (["12,25 €", "1.234.567 €", "7 €"], [12.25, 1234567, 7]),
        (["-1,234,567", "8,000.5", "3"], [-1234567, 8000.5, 3]),
    ],
)
def test_numbers_as_people_write_them_are_numbers(tmp_path, written, meant):
    """Thousands apart, the country's own fraction, a currency's sign."""
    rows = "".join(f'"{each}";a\n' for each in written)
    table = load(write(tmp_path, "a.csv", f"x;y\n{rows}"), tmp_path)

    assert table["x"].to_pylist() == meant
