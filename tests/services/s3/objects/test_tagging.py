"""Tags of objects, their attributes, their access control lists."""

import pytest
from tests.services.conftest import refusal

SET = [{"Key": "team", "Value": "a b"}, {"Key": "kind", "Value": ""}]


def test_tags_are_kept_and_taken_off_again(s3, bucket, put):
    """Without a change of the object."""
    before = put()["ETag"]
    s3.put_object_tagging(Bucket=bucket, Key="key", Tagging={"TagSet": SET})

    assert s3.get_object_tagging(Bucket=bucket, Key="key")["TagSet"] == SET
    head = s3.head_object(Bucket=bucket, Key="key")
    assert (head["ETag"], head["TagCount"]) == (before, 2)
    s3.delete_object_tagging(Bucket=bucket, Key="key")
    assert s3.get_object_tagging(Bucket=bucket, Key="key")["TagSet"] == []
    assert "TagCount" not in s3.head_object(Bucket=bucket, Key="key")


def test_an_object_can_come_with_its_tags(s3, bucket, put):
    """In a header, encoded as a query is."""
    put(Tagging="team=a%20b&kind=")

    assert s3.get_object_tagging(Bucket=bucket, Key="key")["TagSet"] == SET


def test_a_copy_takes_the_tags_along_or_others_in_their_place(s3, bucket, put):
    """As the directive says."""
    put(Tagging="a=1")
    s3.copy_object(Bucket=bucket, Key="same", CopySource=f"{bucket}/key")
    s3.copy_object(Bucket=bucket, Key="other", CopySource=f"{bucket}/key", TaggingDirective="REPLACE", Tagging="b=2")

    tags = [s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"] for key in ("same", "other")]
    assert tags == [[{"Key": "a", "Value": "1"}], [{"Key": "b", "Value": "2"}]]


def test_an_upload_in_parts_has_the_tags_it_was_begun_with(s3, bucket):
    """Once it is an object."""
    at = {"Bucket": bucket, "Key": "key"}
    upload = s3.create_multipart_upload(**at, Tagging="a=1")["UploadId"]
    part = s3.upload_part(**at, UploadId=upload, PartNumber=1, Body=b"x")
    told = {"PartNumber": 1, "ETag": part["ETag"], "ChecksumCRC32": part["ChecksumCRC32"]}
    s3.complete_multipart_upload(**at, UploadId=upload, MultipartUpload={"Parts": [told]})

    assert s3.get_object_tagging(**at)["TagSet"] == [{"Key": "a", "Value": "1"}]


@pytest.mark.parametrize(
    ("tags", "code", "message"),
    [
        ([{"Key": "a", "Value": "1"}] * 2, "InvalidTag", "Cannot provide multiple Tags with the same key"),
        ([{"Key": "aws:a", "Value": "1"}], "InvalidTag", "System tags cannot be added/updated by requester"),
        ([{"Key": "a" * 129, "Value": "1"}], "InvalidTag", "The TagKey you have provided is invalid"),
        ([{"Key": "a", "Value": "1" * 257}], "InvalidTag", "The TagValue you have provided is invalid"),
        ([{"Key": str(n), "Value": ""} for n in range(11)], "BadRequest", "Object tags cannot be greater than 10"),
    ],
)
def test_tags_that_s3_does_not_allow_are_refused(s3, bucket, put, tags, code, message):
    """In its words; those before stay."""
    put(Tagging="a=1")

    refused = refusal(s3.put_object_tagging, Bucket=bucket, Key="key", Tagging={"TagSet": tags})
    assert refused[:3] == (400, code, message)
    assert s3.get_object_tagging(Bucket=bucket, Key="key")["TagSet"] == [{"Key": "a", "Value": "1"}]


@pytest.mark.parametrize("header", ["a=1&a=2", "=", "%"])
def test_a_header_with_tags_must_be_a_query(put, keys, header):
    """Without a tag twice."""
    assert refusal(put, Tagging=header).status == 400
    assert keys() == []


def test_attributes_are_told_as_they_are_asked_for(s3, bucket, put):
    """No others."""
    etag = put()["ETag"].strip('"')
    asked = s3.get_object_attributes(Bucket=bucket, Key="key", ObjectAttributes=["ETag", "ObjectSize"])
    rest = s3.get_object_attributes(Bucket=bucket, Key="key", ObjectAttributes=["Checksum", "StorageClass"])

    assert (asked["ETag"], asked["ObjectSize"]) == (etag, 10)
    assert not {"Checksum", "StorageClass", "ObjectParts"} & asked.keys()
    assert (rest["Checksum"]["ChecksumType"], rest["StorageClass"]) == ("FULL_OBJECT", "STANDARD")


def test_attributes_tell_of_parts(s3, bucket):
    """How many, how large, with which checksums; in pages."""
    at = {"Bucket": bucket, "Key": "key"}
    upload = s3.create_multipart_upload(**at, ChecksumAlgorithm="SHA256")["UploadId"]
    told = []
    for number, body in ((1, b"x" * (5 << 20)), (2, b"end")):
        part = s3.upload_part(**at, UploadId=upload, PartNumber=number, Body=body, ChecksumAlgorithm="SHA256")
        told.append({"PartNumber": number, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]})
    s3.complete_multipart_upload(**at, UploadId=upload, MultipartUpload={"Parts": told})

    parts = s3.get_object_attributes(**at, ObjectAttributes=["ObjectParts"], MaxParts=1)["ObjectParts"]
    assert (parts["TotalPartsCount"], parts["IsTruncated"], parts["NextPartNumberMarker"]) == (2, True, 1)
    rest = s3.get_object_attributes(**at, ObjectAttributes=["ObjectParts"], PartNumberMarker=1)["ObjectParts"]
    assert rest["Parts"] == [{"PartNumber": 2, "Size": 3, "ChecksumSHA256": told[1]["ChecksumSHA256"]}]


def test_everything_is_its_owners_alone(s3, bucket, put):
    """And says so."""
    put()
    for acl in (s3.get_bucket_acl(Bucket=bucket), s3.get_object_acl(Bucket=bucket, Key="key")):
        (grant,) = acl["Grants"]
        assert (grant["Permission"], grant["Grantee"]["ID"]) == ("FULL_CONTROL", acl["Owner"]["ID"])
        assert grant["Grantee"]["Type"] == "CanonicalUser"


def test_private_is_taken_and_any_other_acl_refused(s3, bucket, put):
    """In AWS's words for buckets without ACLs."""
    put(ACL="private")
    s3.put_object_acl(Bucket=bucket, Key="key", ACL="private")
    s3.put_bucket_acl(Bucket=bucket, ACL="private")
    expected = (400, "AccessControlListNotSupported", "The bucket does not allow ACLs")

    assert refusal(put, ACL="public-read")[:3] == expected
    assert refusal(s3.put_object_acl, Bucket=bucket, Key="key", ACL="public-read")[:3] == expected
    assert refusal(s3.put_bucket_acl, Bucket=bucket, GrantRead='id="1"')[:3] == expected
