"""Lifecycle rules carried out: at start, when rules change, and every hour."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from fieldstone.control.facilities import Facilities
from fieldstone.control.storage.rules import Doomed, Rule, abandoned, doomed, enabled
from fieldstone.control.upkeep import Chore
from fieldstone.core.clock import Clock
from fieldstone.services.dispatch import Dispatch
from fieldstone.services.operation import Caller, Context
from fieldstone.services.s3.buckets import BUCKET, SETTING
from fieldstone.services.s3.events import note_event
from fieldstone.services.s3.objects.history import delete_current, delete_version
from fieldstone.services.s3.settings.lifecycle import LIFECYCLE
from fieldstone.store.objects.stored import PAST_EVERY_KEY, StoredObject
from fieldstone.store.objects.uploads import Upload
from fieldstone.store.resources import Row
from fieldstone.store.transaction import Transaction

_PERIOD_SECONDS: Final = 3600.0
_BATCH: Final = 500
_SUFFIX: Final = f"/{LIFECYCLE.name}"


def lifecycle(facilities: Facilities) -> Chore:
    """The chore of carrying the rules of every bucket out, in small batches between other work."""
    return Chore("lifecycle", Lifecycle(facilities.dispatch, time.time).apply, _PERIOD_SECONDS, (SETTING,))


class Lifecycle:
    """Carries out the lifecycle rules of every bucket."""

    def __init__(self, dispatch: Dispatch, clock: Clock) -> None:
        self._dispatch = dispatch
        self._clock = clock

    async def apply(self) -> None:
        """Carry out every bucket's rules once."""
        for bucket, rules in self._dispatch.store.read(_with_rules):
            if rules:
                await self._expire(bucket, rules)
                await self._abort(bucket, rules)

    async def _expire(self, bucket: Row, rules: Sequence[Rule]) -> None:
        start: bytes | None = b""
        while start is not None:
            entries, start = self._dispatch.store.read(lambda tx, start=start: _next_keys(tx, bucket.uid, start))
            now = self._clock()
            over = [
                found
                for _, group in groupby(entries, lambda item: item.key)
                for found in doomed(rules, list(group), now)
            ]
            if over:
                await self._dispatch.write(_owner(bucket), lambda ctx, over=over: _remove(ctx, bucket, over))
            await asyncio.sleep(0)

    async def _abort(self, bucket: Row, rules: Sequence[Rule]) -> None:
        uploads = self._dispatch.store.read(lambda tx: tx.uploads.range(bucket.uid, b"", PAST_EVERY_KEY, -1))
        now = self._clock()
        for upload in (upload for upload in uploads if abandoned(rules, upload, now)):
            await self._dispatch.write(_owner(bucket), lambda ctx, upload=upload: _end(ctx, upload))


def _with_rules(store: Transaction) -> list[tuple[Row, list[Rule]]]:
    return [(bucket, enabled(setting.document)) for bucket, setting in _settings(store)]


def _settings(store: Transaction) -> Iterator[tuple[Row, Row]]:
    for setting in list(store.resources.all(SETTING)):
        if setting.name.endswith(_SUFFIX):
            bucket = store.resources.find(BUCKET, "", "", setting.name.removesuffix(_SUFFIX))
            if bucket is not None:
                yield bucket, setting


def _next_keys(store: Transaction, bucket: int, start: bytes) -> tuple[list[StoredObject], bytes | None]:
    """The entries of some more keys, and where the next ones begin; None after the last."""
    entries = store.versions.range(bucket, start, PAST_EVERY_KEY, _BATCH)
    if len(entries) < _BATCH:
        return entries, None
    last = entries[-1]
    return entries + store.versions.of_key(bucket, last.key, -1, last.rank), last.key + b"\0"


def _remove(ctx: Context, bucket: Row, over: Sequence[Doomed]) -> None:
    """Delete what is still as it was when its time was found to be over."""
    now_bucket = ctx.store.resources.get(bucket.uid)
    if now_bucket is None:
        return
    for end in over:
        item, key = end.item, end.item.key.decode()
        if not end.current:
            delete_version(ctx, now_bucket, key, item.version)
            continue
        found = ctx.store.objects.find(item.bucket, key)
        if found is not None and (found.blob, found.modified) == (item.blob, item.modified):
            made = delete_current(ctx, now_bucket, key)
            note_event(ctx, now_bucket, item, f"LifecycleExpiration:Delete{'MarkerCreated' if made else ''}")


def _end(ctx: Context, upload: Upload) -> None:
    if ctx.store.uploads.find(upload.bucket, upload.key.decode(), upload.id) is not None:
        ctx.store.uploads.end(upload)


def _owner(bucket: Row) -> Caller:
    account = bucket.document["Owner"]
    return Caller(account, bucket.document["BucketRegion"], f"arn:aws:iam::{account}:root")
