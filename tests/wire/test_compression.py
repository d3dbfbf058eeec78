"""Compressed requests."""

import gzip
import zlib

import pytest

from fieldstone.core.errors import AwsError
from fieldstone.wire.compression import unpacked
from fieldstone.wire.http import Request

METRIC = {"Namespace": "n", "MetricData": [{"MetricName": "m" * 50, "Value": 1.0}] * 300}


@pytest.mark.parametrize("wire", ["json", "query", "smithy-rpc-v2-cbor"])
def test_a_compressed_body_is_read_as_the_plain_one(catalog, peers, wire):
    """boto3 sends metrics so, from 10 KiB on, in every protocol."""
    peer = peers("cloudwatch", wire)
    request = peer.request(peer.model.operation_model("PutMetricData"), METRIC)
    request.body = gzip.compress(request.body)
    request.headers["content-encoding"] = "gzip"
    routed = catalog.route(request)

    assert (routed.name, routed.wire) == ("PutMetricData", wire)
    assert routed.parse(request) == METRIC


def test_codings_before_the_last_are_left_to_others():
    """Only gzip is taken off, and only where it is the last."""
    packed = Request("POST", "/", "", {"content-encoding": "aws-chunked, gzip"}, gzip.compress(b"a"))
    plain = Request("POST", "/", "", {"content-encoding": "gzip, custom"}, b"b")

    assert unpacked(packed) == Request("POST", "/", "", {"content-encoding": "aws-chunked"}, b"a")
    assert unpacked(plain) is plain


@pytest.mark.parametrize(
    "body",
    [b"no gzip", gzip.compress(b"whole")[:-9], zlib.compress(b"other")],
    ids=["nothing", "half", "another coding"],
)
def test_what_is_no_gzip_is_refused(body):
    """The client is told."""
    with pytest.raises(AwsError, match=r"not be decompressed|not whole"):
        unpacked(Request("POST", "/", "", {"content-encoding": "gzip"}, body))


def test_a_bomb_is_refused():
    """A small body that swells beyond 64 MiB."""
    with pytest.raises(AwsError, match="larger than 64 MiB"):
        unpacked(Request("POST", "/", "", {"content-encoding": "gzip"}, gzip.compress(bytes((64 << 20) + 1))))
