"""Settings of buckets: kept, answered, deleted."""

import json

import pytest
from tests.services.conftest import refusal

POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*"}]})
RULES = {
    "cors": {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]},
    "encryption": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]},
    "lifecycle": {"Rules": [{"ID": "a", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 9}}]},
    "access": dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False
    ),
    "ownership": {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]},
    "website": {"IndexDocument": {"Suffix": "index.html"}},
    "logging": {"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": "a/"}},
    "notification": {
        "QueueConfigurations": [{"Id": "q", "QueueArn": "arn:aws:sqs:::q", "Events": ["s3:ObjectCreated:*"]}]
    },
}
# What to call, under which member, where the answer holds it, and how it is deleted and missed, where it is.
SETTINGS = {
    "cors": ("bucket_cors", "CORSConfiguration", None, "NoSuchCORSConfiguration"),
    "encryption": ("bucket_encryption", *["ServerSideEncryptionConfiguration"] * 2, None),
    "lifecycle": ("bucket_lifecycle_configuration", "LifecycleConfiguration", None, "NoSuchLifecycleConfiguration"),
    "access": (
        "public_access_block", *["PublicAccessBlockConfiguration"] * 2, "NoSuchPublicAccessBlockConfiguration"
    ),
    "ownership": ("bucket_ownership_controls", *["OwnershipControls"] * 2, "OwnershipControlsNotFoundError"),
    "website": ("bucket_website", "WebsiteConfiguration", None, "NoSuchWebsiteConfiguration"),
    "logging": ("bucket_logging", "BucketLoggingStatus", None, None),
    "notification": ("bucket_notification_configuration", "NotificationConfiguration", None, None),
}  # fmt: skip


def answered(s3, bucket, name):
    call, _, within, _ = SETTINGS[name]
    answer = getattr(s3, f"get_{call}")(Bucket=bucket)
    answer.pop("ResponseMetadata")
    return answer if within is None else answer[within]


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_is_answered_as_it_was_set(s3, bucket, name):
    """And another one takes its place."""
    call, member, _, _ = SETTINGS[name]
    getattr(s3, f"put_{call}")(Bucket=bucket, **{member: RULES[name]})
    getattr(s3, f"put_{call}")(Bucket=bucket, **{member: RULES[name]})

    assert answered(s3, bucket, name) == RULES[name]


@pytest.mark.parametrize("name", [name for name, setting in SETTINGS.items() if setting[3]])
def test_a_setting_that_is_deleted_is_missed(s3, bucket, name):
    """In AWS's words; deleting it again is no mistake."""
    call, member, _, code = SETTINGS[name]
    getattr(s3, f"put_{call}")(Bucket=bucket, **{member: RULES[name]})
    for _ in range(2):
        getattr(s3, f"delete_{call.removesuffix('_configuration')}")(Bucket=bucket)

    refused = refusal(getattr(s3, f"get_{call}"), Bucket=bucket)
    assert refused[:2] == (404, code)
    assert refused.details["BucketName"] == bucket


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("get_bucket_policy", "NoSuchBucketPolicy"),
        ("get_bucket_cors", "NoSuchCORSConfiguration"),
        ("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration"),
        ("get_bucket_website", "NoSuchWebsiteConfiguration"),
        ("get_bucket_tagging", "NoSuchTagSet"),
        ("get_bucket_replication", "ReplicationConfigurationNotFoundError"),
        ("get_object_lock_configuration", "ObjectLockConfigurationNotFoundError"),
    ],
)
def test_what_was_never_set_is_not_there(s3, bucket, call, code):
    """As at AWS."""
    assert refusal(getattr(s3, call), Bucket=bucket)[:2] == (404, code)


def test_a_new_bucket_is_as_a_new_bucket_at_aws(s3, bucket):
    """Closed to the public, without ACLs, encrypted by S3's keys, paid by its owner."""
    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
    rule = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"][0]
    assert rule == {"ObjectOwnership": "BucketOwnerEnforced"}
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    assert "Status" not in s3.get_bucket_accelerate_configuration(Bucket=bucket)
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)


def test_a_policy_is_kept_as_text(s3, bucket):
    """And says whether it lets everybody in."""
    s3.put_bucket_policy(Bucket=bucket, Policy=POLICY)

    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == POLICY
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is True
    s3.delete_bucket_policy(Bucket=bucket)
    assert refusal(s3.get_bucket_policy, Bucket=bucket)[:2] == (404, "NoSuchBucketPolicy")


@pytest.mark.parametrize("text", ["no json", "[]", "{", "{}"])
def test_what_is_no_policy_is_refused(s3, bucket, text):
    """As malformed."""
    assert refusal(s3.put_bucket_policy, Bucket=bucket, Policy=text)[:2] == (400, "MalformedPolicy")


def test_objects_are_said_to_be_encrypted_as_their_bucket_is(s3, bucket, put, get):
    """Where they do not say it themselves."""
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=RULES["encryption"])

    assert put()["ServerSideEncryption"] == get()["ServerSideEncryption"] == "aws:kms"
    assert put(ServerSideEncryption="AES256")["ServerSideEncryption"] == "AES256"


def test_buckets_have_tags(s3, bucket):
    """Set anew as a whole."""
    for tags in ([{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}], [{"Key": "b", "Value": "3"}]):
        s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
        assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == tags
    s3.delete_bucket_tagging(Bucket=bucket)

    assert refusal(s3.get_bucket_tagging, Bucket=bucket)[:2] == (404, "NoSuchTagSet")


def test_settings_go_with_their_bucket(s3, bucket):
    """A new one of the same name has none."""
    s3.put_bucket_policy(Bucket=bucket, Policy=POLICY)
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "a", "Value": "1"}]})
    s3.delete_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)

    assert refusal(s3.get_bucket_policy, Bucket=bucket).code == "NoSuchBucketPolicy"
    assert refusal(s3.get_bucket_tagging, Bucket=bucket).code == "NoSuchTagSet"


def test_replication_is_refused(s3, bucket):
    """Nothing is replicated, so nothing says it is."""
    rules = {"Role": "arn:aws:iam::1:role/r", "Rules": [{"Status": "Enabled", "Destination": {"Bucket": "b"}}]}

    assert refusal(s3.put_bucket_replication, Bucket=bucket, ReplicationConfiguration=rules).status == 501


@pytest.mark.parametrize(
    "rule",
    [
        {"ID": "a", "Status": "Enabled", "Filter": {"Prefix": ""}},
        {"ID": "a", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 0}},
        {"ID": "a" * 256, "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}},
    ],
)
def test_a_rule_that_cannot_be_is_refused(s3, bucket, rule):
    """One that does nothing, or at no time."""
    refused = refusal(s3.put_bucket_lifecycle_configuration, Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})
    assert refused.status == 400
