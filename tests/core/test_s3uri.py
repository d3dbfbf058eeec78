"""Addresses of S3 objects."""

import pytest

from fieldstone.core.s3uri import S3Uri, parse_s3_uri


@pytest.mark.parametrize(
    ("text", "bucket", "key"),
    [
        ("s3://bucket", "bucket", ""),
        ("s3://bucket/", "bucket", ""),
        ("s3://bucket/a/b c.csv", "bucket", "a/b c.csv"),
        ("s3://bucket/a%20b", "bucket", "a%20b"),
        ("https://bucket.s3.amazonaws.com/a/b", "bucket", "a/b"),
        ("https://my.bucket.s3.eu-west-1.amazonaws.com/a%20b", "my.bucket", "a b"),
        ("https://bucket.s3-us-west-2.amazonaws.com/a", "bucket", "a"),
        ("https://s3.us-east-1.amazonaws.com/bucket/a/b", "bucket", "a/b"),
        ("https://bucket.s3.cn-north-1.amazonaws.com.cn/a", "bucket", "a"),
    ],
)
def test_every_form_clients_write_is_read(text, bucket, key):
    """s3:// is taken as it stands; in https:// the key is URL-encoded."""
    assert parse_s3_uri(text) == S3Uri(bucket, key)


@pytest.mark.parametrize(
    "text", ["", "bucket/key", "s3://", "s3:///key", "http://bucket.s3.amazonaws.com/a", "https://example.com/a/b"]
)
def test_anything_else_is_refused(text):
    """There is no bucket in it, or it is somebody else's address."""
    with pytest.raises(ValueError, match="no address of an S3 object"):
        parse_s3_uri(text)


def test_it_is_printed_as_it_is_read():
    """Printing and reading are each other's inverse."""
    assert str(parse_s3_uri("s3://bucket/a/b")) == "s3://bucket/a/b"


@pytest.mark.parametrize("folder", ["s3://bucket/a", "s3://bucket/a/", "s3://bucket/a//"])
def test_a_child_lies_below_its_folder_whether_or_not_it_ends_with_a_slash(folder):
    """There is one slash between them."""
    assert str(parse_s3_uri(folder).child("b/c")) == "s3://bucket/a/b/c"


def test_a_child_of_a_bucket_has_no_slash_in_front():
    """An empty key is no folder of its own."""
    assert str(parse_s3_uri("s3://bucket").child("b")) == "s3://bucket/b"
