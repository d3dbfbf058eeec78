"""Which events of a bucket are told, on the journal."""

from typing import Any, Final

from fieldstone.services.s3.events import rules_of
from fieldstone.services.s3.settings.documents import Setting, getting, putting
from fieldstone.store.resources import Row


def _note(bucket: Row, document: dict[str, Any] | None) -> None:
    bucket.internal.pop("Notify", None)
    if rules := rules_of(document or {}):
        bucket.internal["Notify"] = rules


NOTIFICATION: Final = Setting(
    "notification", "NotificationConfiguration", default={"EventBridgeConfiguration": None}, noted=_note
)

put_bucket_notification_configuration = putting(NOTIFICATION)
get_bucket_notification_configuration = getting(NOTIFICATION)

put_bucket_notification = put_bucket_notification_configuration  # their older names
get_bucket_notification = get_bucket_notification_configuration
