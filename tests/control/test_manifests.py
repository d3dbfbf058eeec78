"""Manifests of S3 objects."""

import pytest

from fieldstone.control.manifests import ManifestError, read_manifest
from fieldstone.core.s3uri import S3Uri


def test_a_manifest_lists_paths_below_a_prefix():
    """The form of AWS's documents."""
    assert read_manifest(b'[{"prefix": "s3://bucket/some/"}, "a.csv", "deep/b.csv"]') == [
        ("a.csv", S3Uri("bucket", "some/a.csv")),
        ("deep/b.csv", S3Uri("bucket", "some/deep/b.csv")),
    ]


def test_without_a_prefix_the_paths_are_addresses():
    """Named by their keys."""
    assert read_manifest(b'["s3://bucket/some/a.csv"]') == [("some/a.csv", S3Uri("bucket", "some/a.csv"))]


@pytest.mark.parametrize("data", [
    b"", b"{}", b"[]", b"[1]", b"\xff\xfe", b'[{"prefix": 1}, "a"]', b'[{"no": "prefix"}, "a"]', b'["relative"]',
    b'[{"prefix": "s3://bucket/"}, {"source-ref": "a"}]',
])  # fmt: skip
def test_what_is_no_manifest_is_refused(data):
    """With what is wrong."""
    with pytest.raises(ManifestError, match="the manifest"):
        read_manifest(data)
