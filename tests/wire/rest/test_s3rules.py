"""What S3 asks of parameters: presence and enums, in its own words."""

import pytest

from fieldstone.core.errors import AwsError

OBJECT = {"Bucket": "b", "Key": "k"}


def refusal(catalog, name, params, *, lenient=False):
    with pytest.raises(AwsError) as refused:
        catalog.operation("s3", name).validate(params, lenient=lenient)
    return refused.value


@pytest.mark.parametrize(
    ("name", "member", "value", "code", "message"),
    [
        ("PutObject", "StorageClass", "SOFT", "InvalidStorageClass", "The storage class you specified is not valid"),
        ("PutObject", "ACL", "mine", "InvalidArgument", ""),
        (
            "PutObject",
            "ServerSideEncryption",
            "rot13",
            "InvalidArgument",
            "The encryption method specified is not supported",
        ),
        ("PutObject", "ObjectLockMode", "soft", "InvalidArgument", "Unknown wormMode directive."),
        ("CopyObject", "MetadataDirective", "KEEP", "InvalidArgument", "Unknown metadata directive."),
        ("CopyObject", "TaggingDirective", "KEEP", "InvalidArgument", "Unknown tagging directive."),
        ("ListObjectsV2", "EncodingType", "b64", "InvalidArgument", "Invalid Encoding Method specified in Request"),
        (
            "GetObjectAttributes",
            "ObjectAttributes",
            ["ETag", "x"],
            "InvalidArgument",
            "Invalid attribute name specified.",
        ),
    ],
)
def test_a_field_that_is_none_of_its_enum_has_words_of_its_own(catalog, name, member, value, code, message):
    """And arguments name it."""
    params = OBJECT | {"CopySource": "a/b", "ObjectAttributes": ["ETag"], member: value}
    shape = catalog.operation("s3", name)._model.input
    error = refusal(catalog, name, {k: v for k, v in params.items() if k in shape.members})

    assert (error.code, error.message, error.status) == (code, message, 400)
    said = error.members.get("StorageClassRequested") or error.members.get("ArgumentValue")
    assert said == (value if isinstance(value, str) else "x")


def test_a_checksum_nobody_knows_is_told_with_those_that_are_known(catalog):
    """In order."""
    error = refusal(catalog, "CreateMultipartUpload", OBJECT | {"ChecksumAlgorithm": "CRC7"})

    assert error.code == "InvalidRequest"
    assert error.message.startswith(
        "Checksum algorithm provided is unsupported. Please try again with any of the valid"
    )
    assert "CRC32, CRC32C, CRC64NVME" in error.message


def test_fields_are_taken_in_either_case(catalog):
    """As S3 does."""
    params = OBJECT | {"CopySource": "a/b", "MetadataDirective": "replace"}
    catalog.operation("s3", "CopyObject").validate(params)


def test_a_field_without_words_is_passed_over(catalog):
    """S3 ignores it, or the operation answers."""
    catalog.operation("s3", "GetObject").validate(OBJECT | {"ChecksumMode": "PERHAPS"})


@pytest.mark.parametrize("lenient", [False, True])
def test_a_document_with_a_value_that_is_none_of_its_enum_is_malformed(catalog, lenient):
    """At any depth, with either validation."""
    rule = {"Status": "Perhaps", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
    params = {"Bucket": "b", "LifecycleConfiguration": {"Rules": [rule]}}
    error = refusal(catalog, "PutBucketLifecycleConfiguration", params, lenient=lenient)

    assert (error.code, error.status) == ("MalformedXML", 400)
    params = {"Bucket": "b", "VersioningConfiguration": {"Status": "On"}}
    assert refusal(catalog, "PutBucketVersioning", params).code == "MalformedXML"


def test_what_operations_answer_for_themselves_is_left_to_them(catalog):
    """Regions and events have codes of their own."""
    params = {"Bucket": "b", "CreateBucketConfiguration": {"LocationConstraint": "mars-1"}}
    catalog.operation("s3", "CreateBucket").validate(params)


def test_required_members_are_asked_for_in_every_operation(catalog, peers, make):
    """Each of those that are not in the path, by the place where it should have been."""
    for operation in peers("s3").operations:
        shape = operation.input_shape
        for name in shape.required_members if shape else ():
            if shape.members[name].serialization.get("location") == "uri":
                continue
            params = {key: value for key, value in make(shape).items() if key != name}
            assert refusal(catalog, operation.name, params).code in {
                "InvalidRequest",
                "InvalidArgument",
                "MissingRequestBodyError",
            }
