"""The objects that a transform job works on, and their bytes."""

import gzip
import io
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from fieldstone.control.channels import objects_below
from fieldstone.control.facilities import Facilities, caller_of
from fieldstone.control.failures import client_error
from fieldstone.control.manifests import ManifestError, read_manifest
from fieldstone.control.transform.payloads import Stream
from fieldstone.core.errors import AwsError
from fieldstone.core.s3uri import S3Uri, parse_s3_uri
from fieldstone.core.threads import in_thread
from fieldstone.services.operation import Context
from fieldstone.services.s3.buckets import find_bucket
from fieldstone.store.objects import StoredObject
from fieldstone.store.objects.extents import Extent
from fieldstone.store.objects.reading import Reading
from fieldstone.store.resources import Row
from fieldstone.store.store import Store
from fieldstone.store.transaction import Transaction

_BUFFER = 1 << 18


@dataclass(frozen=True, slots=True)
class Input:
    """One object to be transformed.

    Attributes:
        name: Its path below the job's input; that of its output is ``.out`` longer.
        place: Its bucket and key, as AWS's logs name it.
        item: The object, as it was when the job began.
    """

    name: str
    place: str
    item: StoredObject


async def inputs_of(facilities: Facilities, row: Row) -> list[Input]:
    """The objects of a job, each once.

    Raises:
        JobFailedError: There is none, one is missing, or a manifest is none.
    """
    source = row.document["TransformInput"]["DataSource"]["S3DataSource"]
    uri, caller = parse_s3_uri(source["S3Uri"]), caller_of(row)
    if source["S3DataType"] == "S3Prefix":
        found = facilities.dispatch.read(caller, lambda ctx: objects_below(ctx, uri))
        return [_input(name, S3Uri(uri.bucket, item.key.decode()), item) for name, item in found]
    manifest = facilities.dispatch.read(caller, lambda ctx: _find(ctx, uri))
    listed = await _listed(facilities.dispatch.store, manifest, uri)
    return facilities.dispatch.read(
        caller, lambda ctx: [_input(name, target, _find(ctx, target)) for name, target in listed.items()]
    )


@contextmanager
def opened(store: Store, item: StoredObject, *, compressed: bool = False) -> Generator[Stream, None, None]:
    """The bytes of an object as it is by now; they stay readable while this is open, whatever becomes of it.

    Raises:
        FileNotFoundError: It was deleted.
    """
    reading = store.open(store.read(lambda tx: _extents(tx, item)))
    try:
        plain = io.BufferedReader(_Raw(reading), _BUFFER)
        yield gzip.GzipFile(fileobj=plain, mode="rb") if compressed else plain
    finally:
        reading.close()


class _Raw(io.RawIOBase):
    """A reading as the standard library's streams want it."""

    def __init__(self, reading: Reading) -> None:
        self._source = reading

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        view = memoryview(buffer)
        data = self._source.read(len(view))
        view[: len(data)] = data
        return len(data)


def _extents(tx: Transaction, item: StoredObject) -> list[Extent]:
    current = tx.objects.find(item.bucket, item.key.decode())
    if current is None:
        raise FileNotFoundError(item.key)
    return tx.extents.of(current.blob, 0, current.size)


def _input(name: str, target: S3Uri, item: StoredObject) -> Input:
    return Input(name, f"{target.bucket}/{target.key}", item)


async def _listed(store: Store, manifest: StoredObject, uri: S3Uri) -> dict[str, S3Uri]:
    with opened(store, manifest) as stream:
        data = await in_thread(stream.read)
    try:
        return {entry.name: entry.uri for entry in read_manifest(data)}
    except ManifestError as error:
        raise client_error(f"{uri}: {error}") from None


def _find(ctx: Context, uri: S3Uri) -> StoredObject:
    try:
        bucket = find_bucket(ctx, {"Bucket": uri.bucket})
    except AwsError as error:
        raise client_error(f"Data download failed: {uri}: {error.code}: {error.message}") from None
    item = ctx.store.objects.find(bucket.uid, uri.key)
    if item is None:
        raise client_error(f"Data download failed: {uri}: NoSuchKey: The specified key does not exist.")
    return item
