"""Bodies in aws-chunked encoding, in whatever pieces they come."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldstone.core.errors import AwsError
from fieldstone.wire.signatures.chunks import read_framing, strip_encoding

HEADERS = {
    "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "x-amz-trailer": "x-amz-checksum-crc32",
}
TRAILER = b"x-amz-checksum-crc32:AAAAAA==\r\n"


def framing(length, **headers):
    more = {name.replace("_", "-"): text for name, text in headers.items()}
    return read_framing(HEADERS | {"x-amz-decoded-content-length": str(length)} | more, None)


def chunked(*parts, tail=TRAILER + b"\r\n"):
    return b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in parts) + b"0\r\n" + tail


def read(chunks, body, cuts=()):
    """Feed a body in pieces, cut at these places."""
    places = [0, *sorted(cuts), len(body)]
    found = [piece for a, b in pairwise(places) for piece in chunks.feed(body[a:b])]
    return b"".join(found), chunks.finish()


@given(data=st.data())
def test_it_makes_no_difference_where_the_pieces_are_cut(data):
    """Within a size, a line's end, a trailer."""
    parts = [b"\r\n0\r\n" * 2000, b"x" * 8192, b"last"]
    body = chunked(*parts)
    cuts = data.draw(st.lists(st.integers(0, len(body)), max_size=12))

    assert read(framing(sum(map(len, parts))), body, cuts) == (b"".join(parts), {"x-amz-checksum-crc32": "AAAAAA=="})


def test_byte_by_byte_will_do():
    """Whoever sends so slowly."""
    body = chunked(b"abc")
    assert read(framing(3), body, range(len(body)))[0] == b"abc"


def told(length, body):
    """The code of the error that a body gives, else how long it is."""
    try:
        return len(read(framing(length), body)[0])
    except AwsError as error:
        return error.code


@given(st.binary(max_size=200), st.integers(0, 300))
def test_rubbish_is_an_error_and_nothing_else(rubbish, length):
    """Whatever it is, and however long it says to be."""
    codes = {"IncompleteBody", "MalformedTrailerError", "InvalidChunkSizeError", "InvalidRequest"}
    assert told(length, rubbish) in codes | {length}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "IncompleteBody"),
        (b"3\r\nabc", "IncompleteBody"),
        (b"3\r\nabc\r\n", "IncompleteBody"),
        (b"3\r\nabcd\r\n0\r\n\r\n", "IncompleteBody"),
        (b"4\r\nabcd\r\n0\r\n\r\n", "IncompleteBody"),
        (b"2\r\nab\r\n0\r\n\r\n", "IncompleteBody"),
        (b"-3\r\nabc\r\n0\r\n\r\n", "IncompleteBody"),
        (b"3;chunk-extension=1\r\nabc\r\n0\r\n\r\n", "IncompleteBody"),
        (b"3" * 2000, "IncompleteBody"),
        (chunked(b"abc", tail=b"\r\n"), "MalformedTrailerError"),
        (chunked(b"abc", tail=b"nonsense\r\n\r\n"), "MalformedTrailerError"),
        (chunked(b"abc", tail=TRAILER + TRAILER), "MalformedTrailerError"),
        (chunked(b"abc", tail=b"x" * 20_000), "MalformedTrailerError"),
        (chunked(b"abc", tail=b"x-amz-checksum-crc32:AAAA\r\n\r\n"), "InvalidRequest"),
    ],
)
def test_what_is_wrong_is_told(body, code):
    """Cut short, longer or shorter than announced, not in the encoding, other trailers."""
    with pytest.raises(AwsError) as caught:
        read(framing(3), body)
    assert (caught.value.code, caught.value.status) == (code, 400)


def test_some_clients_end_their_trailers_otherwise():
    """With an empty line before the end, or none at all."""
    for tail in (TRAILER + b"\r\n\r\n", TRAILER, TRAILER.replace(b"\r\n", b"\n") + b"\r\n"):
        assert read(framing(3), chunked(b"abc", tail=tail))[0] == b"abc"


@pytest.mark.parametrize(
    ("headers", "code", "status"),
    [
        ({"x_amz_decoded_content_length": "-1"}, "InvalidArgument", 400),
        ({"x_amz_decoded_content_length": "x"}, "InvalidArgument", 400),
        ({"x_amz_trailer": "x-amz-checksum-md4"}, "InvalidRequest", 400),
        ({"x_amz_trailer": "etag"}, "InvalidRequest", 400),
        ({"x_amz_content_sha256": "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"}, "NotImplemented", 501),
    ],
)
def test_what_announces_them_has_to_make_sense(headers, code, status):
    """Before anything is read."""
    with pytest.raises(AwsError) as caught:
        framing(3, **headers)
    assert (caught.value.code, caught.value.status) == (code, status)


def test_a_plain_body_has_no_chunks():
    """Whether its hash was signed or not."""
    assert framing(3, x_amz_content_sha256="UNSIGNED-PAYLOAD") is None
    assert read_framing({}, None) is None


@pytest.mark.parametrize(
    ("encoding", "left"), [("aws-chunked", None), ("gzip,aws-chunked", "gzip"), ("AWS-Chunked, br", "br"), ("", None)]
)
def test_the_encoding_goes_with_the_chunks(encoding, left):
    """The object's own stays."""
    headers = {"content-encoding": encoding, "content-length": "99"}
    strip_encoding(headers, 3)
    assert headers == {"content-length": "3"} | ({"content-encoding": left} if left else {})
