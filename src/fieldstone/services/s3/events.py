"""What happens to objects, told on the journal where the bucket's notification configuration asks for it."""

from typing import Any, Final

from fieldstone.services.operation import Context
from fieldstone.store.journal import Change
from fieldstone.store.objects.stored import StoredObject
from fieldstone.store.resources import Row

KIND: Final = "S3Event"
"""The kind of such entries: the uid is the bucket's, the name the key, the event such as ``ObjectCreated:Put``."""

_LISTS: Final = ("TopicConfigurations", "QueueConfigurations", "LambdaFunctionConfigurations")

Rule = dict[str, Any]


def rules_of(configuration: dict[str, Any]) -> list[Rule]:
    """What a notification configuration asks for: ``events``, ``prefix`` and ``suffix`` of each of its parts."""
    everything = [{"events": ["*"], "prefix": "", "suffix": ""}]
    parts = [part for name in _LISTS for part in configuration.get(name) or []]
    wanted = everything if configuration.get("EventBridgeConfiguration") is not None else []
    return wanted + [{"events": [_short(name) for name in part.get("Events", [])], **_affixes(part)} for part in parts]


def note_event(ctx: Context, bucket: Row, item: StoredObject, event: str) -> None:
    """Tell what happened to an object."""
    rules: list[Rule] = bucket.internal.get("Notify", [])
    key = item.key.decode()
    if any(_asks(rule, key, event) for rule in rules):
        ctx.store.changes.append(Change(KIND, bucket.uid, key, event))


def note_deletion(ctx: Context, bucket: Row, key: str, *, made_marker: bool) -> None:
    """Tell that an object was deleted, or covered by a delete marker."""
    gone = StoredObject(bucket.uid, key.encode(), "", 0, "", ctx.now)
    note_event(ctx, bucket, gone, "ObjectRemoved:DeleteMarkerCreated" if made_marker else "ObjectRemoved:Delete")


def _asks(rule: Rule, key: str, event: str) -> bool:
    family = event.partition(":")[0] + ":*"
    named = any(name in {"*", family, event} for name in rule["events"])
    return named and key.startswith(rule["prefix"]) and key.endswith(rule["suffix"])


def _short(event: str) -> str:
    return event.removeprefix("s3:")


def _affixes(part: dict[str, Any]) -> dict[str, str]:
    rules = part.get("Filter", {}).get("Key", {}).get("FilterRules") or []
    named = {str(rule.get("Name", "")).lower(): str(rule.get("Value", "")) for rule in rules}
    return {"prefix": named.get("prefix", ""), "suffix": named.get("suffix", "")}
