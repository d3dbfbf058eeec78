"""Browsers' forms, in whatever pieces they come."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldstone.core.errors import AwsError
from fieldstone.wire.multipart import FormReader

TYPE = "multipart/form-data; boundary=frontier"


def part(head, content):
    return b"--frontier\r\nContent-Disposition: form-data; " + head + b"\r\n\r\n" + content + b"\r\n"


def read(body, cuts=(), content_type=TYPE):
    """The fields, the file's name and the file's bytes of a form that comes in pieces."""
    form, file, begun, whole = FormReader(content_type), b"", False, False
    places = [0, *sorted(cuts), len(body)]
    for a, b in pairwise(places):
        piece = body[a:b]
        if not begun:
            begun, piece = form.read_fields(piece), b""
        if begun and not whole:
            data, whole = form.read_file(piece)
            file += data
    return form.fields, form.filename, file if whole else None


@given(content=st.binary(max_size=60), data=st.data())
def test_it_makes_no_difference_where_the_pieces_are_cut(content, data):
    """Within a boundary, a head, a line's end."""
    body = part(b'name="key"', "é".encode()) + part(b'name="file"; filename="f"', content) + b"--frontier--\r\n"
    cuts = data.draw(st.lists(st.integers(0, len(body)), max_size=8))
    assert read(body, cuts) == ({"key": "é"}, "f", content)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b'name="file"; filename="a b.txt"', "a b.txt"),
        (b'filename="x"; name="file"', "x"),
        (b"name=file; filename=plain", "plain"),
        (b'NAME="FILE"; FILENAME="/etc/passwd"', "passwd"),
        (b'name="file"; filename="C:\\dir\\f.txt"', "f.txt"),
        (b'name="file"; filename="a\\"b"', 'a"b'),
        (b'name="file"; filename=""', ""),
        (b'name="file"', None),
    ],
)
def test_the_file_is_what_is_called_so(head, name):
    """And its name is the last step of what the client says."""
    assert read(part(head, b"x") + b"--frontier--")[1:] == (name, b"x")


def test_fields_of_one_name_are_joined():
    """As headers are; a name has no case."""
    body = (
        part(b'name="Tag"', b"Ninja") + part(b'name="tag"', b"Stallman") + part(b'name="file"', b"") + b"--frontier--"
    )
    assert read(body)[0] == {"tag": "Ninja,Stallman"}


def test_what_stands_before_the_first_part_is_passed_over():
    """And what comes after the file."""
    body = b"preamble\r\n" + part(b'name="file"', b"x") + part(b'name="late"', b"y") + b"--frontier--"
    assert read(body) == ({}, None, b"x")


def test_a_boundary_may_stand_in_quotes_and_before_blanks():
    """As RFC 2046 has it."""
    body = part(b'name="file"', b"x").replace(b"frontier\r\n", b"frontier \t\r\n") + b"--frontier--"
    assert read(body, content_type='multipart/form-data; charset=utf-8; Boundary="frontier"')[2] == b"x"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"--frontier--\r\n", "InvalidArgument"),
        (part(b'name="a"', b"x") + b"--frontier--", "InvalidArgument"),
        (part(b"nameless", b"x") + b"--frontier--", "MalformedPOSTRequest"),
        (part(b'name="a"', b"\xff") + b"--frontier--", "MalformedPOSTRequest"),
        (b"x" * 30_000, "MaxPostPreDataLengthExceeded"),
        (part(b'name="a"', b"x" * 21_000), "MaxPostPreDataLengthExceeded"),
    ],
)
def test_a_form_that_is_none_is_told_why(body, code):
    """Without a file, without names, without sense, without end."""
    with pytest.raises(AwsError) as caught:
        read(body)
    assert caught.value.code == code


def told(body):
    """The status of the error that a form gives; None where it gives none."""
    try:
        read(body)
    except AwsError as error:
        return error.status
    return None


@given(st.binary(max_size=200))
def test_rubbish_is_an_error_or_not_yet_a_file(rubbish):
    """And nothing else."""
    for body in (rubbish, b"--frontier" + rubbish, b"--frontier\r\n" + rubbish):
        assert told(body) in {None, 400}
