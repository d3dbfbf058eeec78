"""Settings that are kept and answered, and change nothing else."""

from typing import Any, Final

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import document
from fieldstone.services.s3.settings.documents import Setting, deleting, getting, putting
from fieldstone.store.resources import Row


def _note_encryption(bucket: Row, document: dict[str, Any] | None) -> None:
    """What objects are said to be encrypted with, where their request does not say."""
    bucket.internal.pop("Encryption", None)
    for rule in (document or {}).get("Rules", [])[:1]:
        default = rule.get("ApplyServerSideEncryptionByDefault", {})
        named = {"ServerSideEncryption": default.get("SSEAlgorithm"), "SSEKMSKeyId": default.get("KMSMasterKeyID")}
        bucket.internal["Encryption"] = {name: value for name, value in named.items() if value}


def _check_website(document: dict[str, Any]) -> None:
    suffix = document.get("IndexDocument", {}).get("Suffix")
    if "RedirectAllRequestsTo" not in document and not suffix:
        words = "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty"
        raise AwsError("InvalidArgument", words, ArgumentName="IndexDocument", ArgumentValue="null")


ENCRYPTION: Final = Setting(
    "encryption",
    "ServerSideEncryptionConfiguration",
    wrapped=True,
    default={
        "Rules": [
            {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False},
        ]
    },
    noted=_note_encryption,
)
WEBSITE: Final = Setting(
    "website",
    "WebsiteConfiguration",
    missing=("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration"),
    check=_check_website,
)
LOGGING: Final = Setting("logging", "BucketLoggingStatus", default={"LoggingEnabled": None})
ACCELERATE: Final = Setting("accelerate", "AccelerateConfiguration", default={"Status": None})
PAYMENT: Final = Setting("request-payment", "RequestPaymentConfiguration", default={"Payer": "BucketOwner"})
REPLICATION: Final = Setting(
    "replication",
    "ReplicationConfiguration",
    missing=("ReplicationConfigurationNotFoundError", "The replication configuration was not found"),
)
OBJECT_LOCK: Final = Setting(
    "object-lock",
    "ObjectLockConfiguration",
    missing=("ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket"),
)

put_bucket_encryption = document(putting(ENCRYPTION))
get_bucket_encryption = document(getting(ENCRYPTION))
delete_bucket_encryption = document(deleting(ENCRYPTION))

put_bucket_website = document(putting(WEBSITE))
get_bucket_website = document(getting(WEBSITE))
delete_bucket_website = document(deleting(WEBSITE))

put_bucket_logging = document(putting(LOGGING))
get_bucket_logging = document(getting(LOGGING))

put_bucket_accelerate_configuration = document(putting(ACCELERATE))
get_bucket_accelerate_configuration = document(getting(ACCELERATE))

put_bucket_request_payment = document(putting(PAYMENT))
get_bucket_request_payment = document(getting(PAYMENT))

get_bucket_replication = document(getting(REPLICATION))  # PutBucketReplication is refused: nothing is replicated
delete_bucket_replication = document(deleting(REPLICATION))

get_object_lock_configuration = document(getting(OBJECT_LOCK))  # and no bucket has locks
