"""Bodies in AWS's own chunks, sent to a server that checks signatures."""

import base64
import hashlib
import hmac
import http.client
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from tests.conftest import wait_until
from tests.gateway.conftest import ask, signing_client
from tests.gateway.test_presigned import code

SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
TRAILED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
KINDS = (SIGNED, TRAILED, UNSIGNED)
BUCKET = "chunked"
EMPTY = hashlib.sha256(b"").hexdigest()


def crc32(data):
    return base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()


@dataclass
class Upload:
    """An upload in chunks: signed headers, and the body that belongs to them."""

    url: str
    key: dict[str, str]
    kind: str
    data: bytes
    size: int = 65536
    checksum: str | None = None
    more: tuple[tuple[str, str], ...] = ()

    def headers(self):
        headers = {
            "x-amz-content-sha256": self.kind,
            "x-amz-decoded-content-length": str(len(self.data)),
            "Content-Encoding": "aws-chunked",
            **dict(self.more),
        }
        if self.kind.endswith("TRAILER"):
            headers["x-amz-trailer"] = "x-amz-checksum-crc32"
        request = AWSRequest("PUT", f"{self.url}/{BUCKET}/key", headers=headers)
        auth = S3SigV4Auth(Credentials(self.key["AccessKeyId"], self.key["SecretAccessKey"]), "s3", "us-east-1")
        auth.payload = lambda request: self.kind
        auth.add_auth(request)
        signed = dict(request.headers.items()) | {"X-Amz-Content-SHA256": self.kind}
        self.time = signed["X-Amz-Date"]
        self.previous = signed["Authorization"].rsplit("=", 1)[1]
        return signed

    def sign(self, what, hashed):
        key = f"AWS4{self.key['SecretAccessKey']}".encode()
        for part in (self.time[:8], "us-east-1", "s3", "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        scope = f"{self.time[:8]}/us-east-1/s3/aws4_request"
        text = f"AWS4-HMAC-SHA256-{what}\n{self.time}\n{scope}\n{self.previous}\n{hashed}"
        self.previous = hmac.digest(key, text.encode(), "sha256").hex()
        return self.previous

    def pieces(self):
        """The body's chunks, and at last its trailers."""
        parts = [self.data[at : at + self.size] for at in range(0, len(self.data), self.size)]
        for part in [*parts, b""]:
            signature = ""
            if self.kind != UNSIGNED:
                hashed = f"{EMPTY}\n{hashlib.sha256(part).hexdigest()}"
                signature = f";chunk-signature={self.sign('PAYLOAD', hashed)}"
            yield f"{len(part):x}{signature}\r\n".encode() + part + (b"\r\n" if part else b"")
        yield self.trailers() + b"\r\n"

    def trailers(self):
        if not self.kind.endswith("TRAILER"):
            return b""
        line = f"x-amz-checksum-crc32:{self.checksum or crc32(self.data)}"
        if self.kind == UNSIGNED:
            return f"{line}\r\n".encode()
        signature = self.sign("TRAILER", hashlib.sha256(f"{line}\n".encode()).hexdigest())
        return f"{line}\r\nx-amz-trailer-signature:{signature}\r\n".encode()

    def send(self, change=lambda pieces: pieces, **headers):
        signed = self.headers() | {name.replace("_", "-"): text for name, text in headers.items()}
        body = b"".join(change(list(self.pieces())))
        return ask(self.url, "PUT", f"/{BUCKET}/key", body, signed)


@pytest.fixture
def s3(strict, owner):
    client = signing_client(strict.url, "s3", owner)
    client.create_bucket(Bucket=BUCKET)
    client.put_object(Bucket=BUCKET, Key="key", Body=b"before")
    return client


@pytest.fixture
def upload(strict, owner, s3):
    return lambda kind, data=b"x" * 200_000, **more: Upload(strict.url, owner, kind, data, **more)


def stored(s3):
    return s3.get_object(Bucket=BUCKET, Key="key")["Body"].read()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("length", [0, 1, 65536, 65537, 3_000_001])
def test_a_body_in_chunks_is_stored_without_them(upload, s3, kind, length):
    """Its encoding is not kept, what else the client says is."""
    data = bytes(length % 251 for _ in range(10)) + b"y" * (length - 10) if length >= 10 else b"z" * length
    answer = upload(kind, data, more=(("Content-Type", "text/csv"),)).send()

    assert answer.status == 200, answer.body
    got = s3.get_object(Bucket=BUCKET, Key="key", ChecksumMode="ENABLED")
    assert (got["Body"].read(), got["ContentType"]) == (data, "text/csv")
    assert "ContentEncoding" not in got
    if kind != SIGNED:
        assert got["ChecksumCRC32"] == crc32(data)


def test_the_encoding_of_the_object_itself_is_kept(upload, s3):
    """Only AWS's goes."""
    assert upload(UNSIGNED, b"x", more=(("Content-Encoding", "gzip, aws-chunked"),)).send().status == 200
    assert s3.head_object(Bucket=BUCKET, Key="key")["ContentEncoding"] == "gzip"


def flip(at):
    """Change one byte of the body."""

    def change(pieces):
        body = b"".join(pieces)
        place = at % len(body)
        return [body[:place], bytes([body[place] ^ 1]), body[place + 1 :]]

    return change


@pytest.mark.parametrize("kind", [SIGNED, TRAILED])
@pytest.mark.parametrize("at", [0, 3, 30, 90, 1000, 65_700, 131_300, 200_100, -10, -60, -150])
def test_no_byte_of_a_signed_body_can_be_changed(upload, s3, kind, at):
    """In the framing, in the data, in a signature."""
    answer = upload(kind).send(flip(at))

    assert answer.status in {400, 403} or (kind == SIGNED and at == -10 and answer.status == 200), answer
    assert stored(s3) == b"before" or answer.status == 200


CUTS = {
    "an end without the last chunk": lambda pieces: pieces[:-2],
    "an end within a chunk": lambda pieces: [*pieces[:1], pieces[1][:1000]],
    "a chunk left out": lambda pieces: [pieces[0], *pieces[2:]],
    "chunks in another order": lambda pieces: [pieces[1], pieces[0], *pieces[2:]],
    "a chunk twice": lambda pieces: [pieces[0], pieces[0], *pieces[2:]],
    "no body at all": lambda pieces: [],
    "a body without its chunks": lambda pieces: [b"x" * 200_000],
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cut", CUTS)
def test_a_body_cut_short_or_mixed_up_is_no_object(upload, s3, strict, kind, cut):
    """Nothing of it stays."""
    data = b"".join(bytes([letter]) * 65536 for letter in b"abc") + b"d"
    answer = upload(kind, data).send(CUTS[cut])

    assert code(answer) in {(400, "IncompleteBody"), (403, "SignatureDoesNotMatch"), (400, "BadDigest")}
    assert stored(s3) == b"before"
    wait_until(lambda: not list((strict.data_dir / "incoming").iterdir()))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"x_amz_decoded_content_length": "5"}, (403, "SignatureDoesNotMatch")),
        ({"x_amz_trailer": "x-amz-checksum-sha256"}, (403, "SignatureDoesNotMatch")),
        ({"X_Amz_Content_SHA256": UNSIGNED}, (403, "SignatureDoesNotMatch")),
    ],
)
def test_what_announces_the_chunks_is_signed(upload, headers, expected):
    """Their kind, their length, their trailers."""
    assert code(upload(TRAILED).send(**headers)) == expected


@pytest.mark.parametrize("kind", [TRAILED, UNSIGNED])
def test_a_trailers_checksum_has_to_be_true(upload, s3, kind):
    """Before anything is stored; where chunks are unsigned it is the only proof."""
    assert code(upload(kind, checksum=crc32(b"other")).send()) == (400, "BadDigest")
    assert code(upload(kind, checksum="nonsense").send()) == (400, "InvalidRequest")
    assert stored(s3) == b"before"


@pytest.mark.parametrize(
    "tail", [b"\r\n", b"x-amz-checksum-sha1:2jmj7l5rSw0yVb/vlWAYkK/YBwk=\r\n\r\n", b"nonsense\r\n\r\n"]
)
def test_trailers_have_to_be_those_announced(upload, s3, tail):
    """Not missing, not others."""
    answer = upload(UNSIGNED).send(lambda pieces: [*pieces[:-1], tail])
    assert code(answer) == (400, "MalformedTrailerError")
    assert stored(s3) == b"before"


def test_small_chunks_are_refused(upload):
    """As AWS refuses them; the last one may be small."""
    answer = upload(UNSIGNED, b"x" * 10_000, size=8191).send()
    assert answer.status == 200 or code(answer) == (400, "InvalidChunkSizeError")
    answer = upload(UNSIGNED, b"x" * 20_000, size=8191).send()
    assert code(answer) == (400, "InvalidChunkSizeError")
    assert b"<Chunk>2</Chunk><BadChunkSize>8191</BadChunkSize>" in answer.body
    assert upload(UNSIGNED, b"x" * 20_000, size=8192).send().status == 200


def test_what_the_headers_do_not_say_is_asked_for(strict, upload, owner):
    """The length without the chunks, and a trailer that is known."""
    request = AWSRequest("PUT", f"{strict.url}/{BUCKET}/key", headers={"x-amz-content-sha256": UNSIGNED})
    auth = S3SigV4Auth(Credentials(owner["AccessKeyId"], owner["SecretAccessKey"]), "s3", "us-east-1")
    auth.payload = lambda request: UNSIGNED
    auth.add_auth(request)
    headers = dict(request.headers.items()) | {"X-Amz-Content-SHA256": UNSIGNED}
    assert code(ask(strict.url, "PUT", f"/{BUCKET}/key", b"0\r\n\r\n", headers)) == (411, "MissingContentLength")


def test_https_chunks_around_awss_make_no_difference(strict, upload, s3):
    """Over https boto3 sends both, and no length."""
    sent = upload(UNSIGNED, b"y" * 150_000)
    headers = sent.headers()
    connection = http.client.HTTPConnection(urlsplit(strict.url).netloc, timeout=20)
    body = b"".join(sent.pieces())
    pieces = (body[at : at + 7001] for at in range(0, len(body), 7001))
    connection.request("PUT", f"/{BUCKET}/key", pieces, headers | {"Transfer-Encoding": "chunked"}, encode_chunked=True)
    response = connection.getresponse()
    assert (response.status, response.read()) == (200, b"")
    connection.close()
    assert stored(s3) == b"y" * 150_000


def most_memory(server):
    """The most memory that the server has held, in megabytes."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024


@pytest.mark.parametrize("kind", KINDS)
def test_memory_does_not_grow_with_the_body(strict, upload, kind):
    """It is read, verified and written as it comes."""
    assert upload(kind, b"x" * (1 << 20)).send().status == 200
    before = most_memory(strict)
    assert upload(kind, b"x" * (96 << 20), size=1 << 20).send().status == 200
    assert most_memory(strict) < before + 24


def test_where_nothing_is_checked_chunks_are_still_read(server, aws, bucket, account):
    """Their signatures may be anything; the trailer has to be true."""
    upload = Upload(server.url, {"AccessKeyId": account, "SecretAccessKey": "any"}, TRAILED, b"x" * 70_000)
    headers = upload.headers()
    body = b"".join(upload.pieces())
    assert ask(server.url, "PUT", f"/{bucket}/key", body, headers).status == 200
    assert aws("s3").get_object(Bucket=bucket, Key="key")["Body"].read() == b"x" * 70_000
