"""Finding the objects of a job's channels: below a prefix, or named by a manifest."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from fieldstone.control.channels import Channel, Record, is_folder, no_data, relative_name
from fieldstone.control.facilities import Facilities, caller_of
from fieldstone.control.failures import client_error
from fieldstone.control.manifests import Entry, ManifestError, read_augmented_manifest, read_manifest
from fieldstone.core.errors import AwsError
from fieldstone.core.s3uri import S3Uri
from fieldstone.core.threads import in_thread
from fieldstone.engine.feeds import Stored
from fieldstone.services.operation import Context
from fieldstone.services.s3.buckets import find_bucket
from fieldstone.store.objects import StoredObject, end_of_prefix
from fieldstone.store.objects.extents import Extent
from fieldstone.store.resources import Row

T = TypeVar("T")
Found = tuple[StoredObject, list[str]]
"""An object and its files."""

_AT_A_TIME: Final = 1000
"""Objects looked up before others may have their turn on the event loop."""


class Finder:
    """Finds objects on behalf of a row.

    Args:
        facilities: With the store.
        row: The job; its account must own what it reads.
        pins: Closed by the caller; until then every file that was found stays, whatever is deleted.
    """

    def __init__(self, facilities: Facilities, row: Row, pins: ExitStack) -> None:
        self._dispatch = facilities.dispatch
        self._caller = caller_of(row)
        self._pins = pins

    async def records(self, channel: Channel) -> list[Record]:
        """Everything a channel holds, in the order of keys or of the manifest.

        Raises:
            JobFailedError: Something is not there, or a manifest is none.
        """
        if channel.data_type == "S3Prefix":
            return await self._below(channel)
        try:
            if channel.data_type == "ManifestFile":
                records = await self._listed(channel.source)
            else:
                records = await self._augmented(channel)
        except ManifestError as error:
            raise client_error(f"Data download failed: manifest {channel.source}: {error}") from None
        if not records:
            raise self._read(lambda ctx: no_data(ctx, channel.source))
        return records

    async def _below(self, channel: Channel) -> list[Record]:
        records: list[Record] = []
        source, after = channel.source, None
        while page := self._keep(self._read(partial(_page, source=source, after=after))):
            after = page[-1][0].key
            records += await in_thread(self._recorded, channel, page)
        if not records and not channel.own:
            raise self._read(lambda ctx: no_data(ctx, source))
        return records

    def _recorded(self, channel: Channel, page: list[Found]) -> list[Record]:
        records: list[Record] = []
        for item, files in page:
            key = item.key.decode()
            if not is_folder(item):
                _check_whole_folder(channel, key)
                stored = self._stored(S3Uri(channel.source.bucket, key), files)
                records.append(Record(relative_name(channel.source.key, key), (stored,)))
        return records

    async def _listed(self, manifest: S3Uri) -> list[Record]:
        entries: list[Entry] = await in_thread(read_manifest, await self._bytes(manifest))
        found = await self.find(entry.uri for entry in entries)
        return [Record(entry.name, (found[entry.uri],)) for entry in entries if not entry.name.endswith("/")]

    async def _augmented(self, channel: Channel) -> list[Record]:
        lines = (await self._bytes(channel.source)).splitlines()
        rows = await in_thread(lambda: list(read_augmented_manifest(lines, list(channel.attributes))))
        found = await self.find(value for row in rows for value in row if isinstance(value, S3Uri))
        return [
            Record(str(number), tuple(found[value] if isinstance(value, S3Uri) else value for value in row))
            for number, row in enumerate(rows)
        ]

    async def _bytes(self, source: S3Uri) -> bytes:
        stored = (await self.find([source]))[source]
        return await in_thread(lambda: b"".join(Path(file).read_bytes() for file in stored.files))

    async def find(self, sources: Iterable[S3Uri]) -> dict[S3Uri, Stored]:
        """The objects at these addresses.

        Raises:
            JobFailedError: One is not there.
        """
        wanted = list(dict.fromkeys(sources))
        found: dict[S3Uri, Stored] = {}
        for start in range(0, len(wanted), _AT_A_TIME):
            some = wanted[start : start + _AT_A_TIME]
            objects = self._keep(self._read(partial(_objects, sources=some)))
            found |= await in_thread(self._paired, some, objects)
        return found

    def _paired(self, sources: Sequence[S3Uri], found: list[Found]) -> dict[S3Uri, Stored]:
        return {uri: self._stored(uri, files) for uri, (_, files) in zip(sources, found, strict=True)}

    def _keep(self, found: list[Found]) -> list[Found]:
        """Have files stay that a read has just found."""
        reading = self._dispatch.store.open([Extent(file, 0, 0) for _, files in found for file in files])
        self._pins.callback(reading.close)
        return found

    def _stored(self, uri: S3Uri, files: list[str]) -> Stored:
        return Stored(str(uri), tuple(str(self._dispatch.store.blobs.path(file)) for file in files))

    def _read(self, work: Callable[[Context], T]) -> T:
        return self._dispatch.read(self._caller, work)


def _page(ctx: Context, *, source: S3Uri, after: bytes | None) -> list[Found]:
    """Some of the objects whose key begins with the source's: those after a key."""
    prefix = source.key.encode()
    start = prefix if after is None else after + b"\0"
    found = ctx.store.objects.range(_bucket(ctx, source), start, end_of_prefix(prefix), _AT_A_TIME)
    return [(item, ctx.store.extents.files(item.blob)) for item in found]


def _objects(ctx: Context, *, sources: Sequence[S3Uri]) -> list[Found]:
    buckets = {source.bucket: _bucket(ctx, source) for source in sources}
    found: list[Found] = []
    for source in sources:
        item = ctx.store.objects.find(buckets[source.bucket], source.key)
        if item is None:
            raise no_data(ctx, source)
        found.append((item, ctx.store.extents.files(item.blob)))
    return found


def _bucket(ctx: Context, source: S3Uri) -> int:
    try:
        return find_bucket(ctx, {"Bucket": source.bucket}).uid
    except AwsError as error:
        raise no_data(ctx, source) from error


def _check_whole_folder(channel: Channel, key: str) -> None:
    """FastFile mode shows folders; a prefix that ends within a name is none."""
    prefix = channel.source.key
    folder = prefix if prefix.endswith("/") or not prefix else f"{prefix}/"
    if channel.mode == "FastFile" and key != prefix and not key.startswith(folder):
        raise client_error(
            f'channel {channel.name}: the S3 URL "{channel.source}" ends within the name of "{key}"; in FastFile mode '
            "it must be a folder. Please end it with a slash"
        )
