"""Lifecycle rules held against what is in a bucket: pure questions of time, name, tags and size."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from fieldstone.store.objects.stored import StoredObject
from fieldstone.store.objects.uploads import Upload

Rule = dict[str, Any]

_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Doomed:
    """A version whose time is over; ``current`` ones are deleted as a client would, others for good."""

    item: StoredObject
    current: bool


def doomed(rules: Sequence[Rule], entries: Sequence[StoredObject], now: float) -> list[Doomed]:
    """Which of the entries of one key (newest first) are to go now."""
    newest, *older = entries
    found = [Doomed(newest, current=True)] if _expires(rules, newest, now) else []
    if newest.marker and not older and any(_clears_markers(rule) and _fits(rule, newest) for rule in rules):
        found = [Doomed(newest, current=False)]
    for newer, item in enumerate(older):
        since = entries[newer].modified  # it was current until the one after it came
        if any(_expires_noncurrent(rule, since, newer, now) and _fits(rule, item) for rule in rules):
            found.append(Doomed(item, current=False))
    return found


def abandoned(rules: Sequence[Rule], upload: Upload, now: float) -> bool:
    """Whether an upload in parts is to be given up."""
    for rule in rules:
        days = rule.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation")
        begins = upload.key.startswith(_prefix(rule).encode())
        if days is not None and begins and now >= midnight_after(upload.created, days):
            return True
    return False


def midnight_after(moment: float, days: int) -> float:
    """The midnight (UTC) that follows so many days after a moment: when S3's rules take effect."""
    return math.ceil((moment + days * _DAY) / _DAY) * _DAY


def enabled(document: dict[str, Any]) -> list[Rule]:
    """The rules of a lifecycle configuration that are in force."""
    return [rule for rule in document.get("Rules", []) if rule.get("Status") == "Enabled"]


def _expires(rules: Sequence[Rule], item: StoredObject, now: float) -> bool:
    return not item.marker and any(_is_over(rule, item, now) and _fits(rule, item) for rule in rules)


def _is_over(rule: Rule, item: StoredObject, now: float) -> bool:
    expiration = rule.get("Expiration") or {}
    days, date = expiration.get("Days"), expiration.get("Date")
    return (days is not None and now >= midnight_after(item.modified, days)) or (date is not None and now >= date)


def _clears_markers(rule: Rule) -> bool:
    return bool((rule.get("Expiration") or {}).get("ExpiredObjectDeleteMarker"))


def _expires_noncurrent(rule: Rule, since: float, newer: int, now: float) -> bool:
    action = rule.get("NoncurrentVersionExpiration") or {}
    days = action.get("NoncurrentDays")
    kept = action.get("NewerNoncurrentVersions") or 0
    return days is not None and newer >= kept and now >= midnight_after(since, days)


def _prefix(rule: Rule) -> str:
    chosen = rule.get("Filter") or {}
    return chosen.get("Prefix") or (chosen.get("And") or {}).get("Prefix") or rule.get("Prefix") or ""


def _fits(rule: Rule, item: StoredObject) -> bool:
    chosen = rule.get("Filter") or {}
    both = {**chosen, **(chosen.get("And") or {})}
    wanted = both.get("Tags") or ([both["Tag"]] if both.get("Tag") else [])
    tags = dict(item.headers.get("Tags", []))
    return (
        item.key.startswith(_prefix(rule).encode())
        and all(tags.get(tag["Key"]) == tag["Value"] for tag in wanted)
        and both.get("ObjectSizeGreaterThan", -1) < item.size < both.get("ObjectSizeLessThan", math.inf)
    )
