"""What is not built: refused, and never taken for something else."""

from contextlib import suppress

import pytest
from botocore.exceptions import ClientError
from tests.services.conftest import refusal

TAGS = {"TagSet": [{"Key": "a", "Value": "b"}]}
NOT_BUILT = {
    "put_object_retention": {"Retention": {"Mode": "GOVERNANCE"}},
    "put_object_legal_hold": {"LegalHold": {"Status": "ON"}},
    "get_object_legal_hold": {},
    "restore_object": {"RestoreRequest": {"Days": 1}},
    "select_object_content": {
        "Expression": "select 1",
        "ExpressionType": "SQL",
        "InputSerialization": {},
        "OutputSerialization": {},
    },
}
OF_OBJECTS = {
    "put_object_tagging": {"Tagging": TAGS},
    "get_object_tagging": {},
    "delete_object_tagging": {},
    "put_object_acl": {"ACL": "private"},
    "get_object_acl": {},
    "get_object_attributes": {"ObjectAttributes": ["ETag"]},
    "create_multipart_upload": {},
    "upload_part": {"PartNumber": 1, "UploadId": "u", "Body": b"part"},
    "upload_part_copy": {"PartNumber": 1, "UploadId": "u", "CopySource": "bucket/key"},
    "list_parts": {"UploadId": "u"},
    "complete_multipart_upload": {"UploadId": "u", "MultipartUpload": {"Parts": []}},
    "abort_multipart_upload": {"UploadId": "u"},
}
OF_BUCKETS = {
    "put_bucket_tagging": {"Tagging": TAGS},
    "get_bucket_tagging": {},
    "delete_bucket_tagging": {},
    "put_bucket_versioning": {"VersioningConfiguration": {"Status": "Enabled"}},
    "get_bucket_versioning": {},
    "put_bucket_policy": {"Policy": "{}"},
    "delete_bucket_policy": {},
    "delete_bucket_cors": {},
    "delete_bucket_lifecycle": {},
    "delete_bucket_website": {},
    "delete_public_access_block": {},
    "put_bucket_notification_configuration": {"NotificationConfiguration": {}},
    "list_object_versions": {},
    "list_multipart_uploads": {},
}


@pytest.mark.parametrize("call", NOT_BUILT)
def test_what_is_not_built_says_so_and_never_touches_the_object(s3, bucket, put, get, keys, call):
    """It answers 501; bytes and metadata are as before."""
    put(Metadata={"a": "1"})

    assert refusal(getattr(s3, call), Bucket=bucket, Key="key", **NOT_BUILT[call])[:2] == (501, "NotImplemented")
    assert (get()["Body"].read(), get()["Metadata"], keys()) == (b"0123456789", {"a": "1"}, ["key"])


@pytest.mark.parametrize("call", OF_OBJECTS)
def test_a_sub_resource_of_an_object_never_touches_the_object(s3, bucket, put, get, keys, call):
    """Whether it succeeds or is refused, bytes and metadata are as before."""
    put(Metadata={"a": "1"})
    with suppress(ClientError):
        getattr(s3, call)(Bucket=bucket, Key="key", **OF_OBJECTS[call])

    assert (get()["Body"].read(), get()["Metadata"], keys()) == (b"0123456789", {"a": "1"}, ["key"])


@pytest.mark.parametrize("call", OF_BUCKETS)
def test_a_sub_resource_of_a_bucket_never_touches_the_bucket(s3, bucket, put, keys, call):
    """Whether it succeeds or is refused, the bucket and what is in it are as before."""
    put()
    with suppress(ClientError):
        getattr(s3, call)(Bucket=bucket, **OF_BUCKETS[call])

    assert keys() == ["key"]


def test_a_sub_resource_of_an_empty_bucket_does_not_delete_it(s3, bucket):
    """DELETE /bucket?tagging is no DELETE /bucket."""
    s3.delete_bucket_tagging(Bucket=bucket)

    assert s3.head_bucket(Bucket=bucket)


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "{0}/key?nonsense"), ("DELETE", "{0}/key?nonsense"), ("POST", "{0}?nonsense"), ("PUT", "{0}?nonsense")],
)
def test_a_sub_resource_that_nobody_knows_is_refused(http_client, bucket, put, get, method, path):
    """Whatever it may be, it is not the object or the bucket itself."""
    put()
    answer = http_client(method, f"/{path.format(bucket)}", b"other")

    assert answer.status in {400, 405, 501}
    assert get()["Body"].read() == b"0123456789"
