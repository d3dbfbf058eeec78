"""Checkpoints: brought from S3 before a job starts, and to S3 while it runs and when it has ended."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final

from fieldstone.contract.paths import Layout
from fieldstone.control.channels import Channel
from fieldstone.control.facilities import Facilities, caller_of
from fieldstone.control.failures import client_error, from_aws
from fieldstone.core.errors import AwsError
from fieldstone.core.s3uri import S3Uri, parse_s3_uri
from fieldstone.core.threads import in_thread
from fieldstone.engine.task import TaskFolder
from fieldstone.engine.watching import Signature, UnfinishedError, WatchedFolder
from fieldstone.store.resources import Row

_SECONDS: Final = 1.0
"""Between two looks at the folder; a file that has not changed from one to the next is whole."""

_UPLOADING: Final = ".sagemaker-uploading"
_UPLOADED: Final = ".sagemaker-uploaded"
_NEVER: Final = (_UPLOADING, _UPLOADED, ".sagemaker-ignore")
"""Names that end so are AWS's signs to the program and the program's to AWS, not checkpoints."""

_log = logging.getLogger(__name__)


def checkpoint_path(job: dict[str, Any]) -> str:
    """Where a job keeps its checkpoints, in its own eyes."""
    return job["CheckpointConfig"].get("LocalPath", str(Layout().checkpoints))


def checkpoint_channels(job: dict[str, Any]) -> list[Channel]:
    """What brings a job its checkpoints, if it has any.

    Raises:
        JobFailedError: Their address is none.
    """
    if "CheckpointConfig" not in job:
        return []
    uri = _uri(job)
    folder = S3Uri(uri.bucket, f"{uri.key.rstrip('/')}/" if uri.key else "")
    return [Channel("checkpoints", folder, checkpoint_path(job), own=True)]


def note_restored(folder: TaskFolder, job: dict[str, Any]) -> None:
    """Remember which checkpoints a host has from S3, before its program changes any."""
    if "CheckpointConfig" in job:
        _write(folder, _watched(folder, job).scan())


@asynccontextmanager
async def keeping_checkpoints(facilities: Facilities, row: Row, folder: TaskFolder) -> AsyncGenerator[None]:
    """Bring a host's checkpoints to S3 as long as this lasts, and once more at its end.

    Raises:
        JobFailedError: At the end they cannot be put.
    """
    if "CheckpointConfig" not in row.document:
        yield
        return
    keeper = Keeper(facilities, row, folder)
    working = asyncio.create_task(keeper.run())
    try:
        yield
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    try:
        await keeper.look(last=True)
    except AwsError as error:
        raise from_aws(error, f"Checkpoint upload failed to {row.document['CheckpointConfig']['S3Uri']}") from None


class Keeper:
    """Keeps what is in S3 like what is in the folder: changed files are put, and removed ones deleted, as AWS does."""

    def __init__(self, facilities: Facilities, row: Row, folder: TaskFolder) -> None:
        self._facilities = facilities
        self._row = row
        self._folder = folder
        self._watched = _watched(folder, row.document)
        self._target = _uri(row.document)
        self._kept = _read(folder)
        self._seen: dict[str, Signature] = {}

    async def run(self) -> None:
        """Look again and again. What fails is tried again the next time."""
        while True:
            await asyncio.sleep(_SECONDS)
            try:
                await self.look()
            except (AwsError, OSError) as error:
                _log.warning("checkpoints of %s: %s", self._row.name, error)

    async def look(self, *, last: bool = False) -> None:
        """Put what has changed and is whole, or at last everything that has changed.

        Raises:
            AwsError: What S3 answers.
        """
        try:
            scanned = await in_thread(self._watched.scan)
        except OSError:  # the program has put something else in the folder's place
            return
        found = {name: signature for name, signature in scanned.items() if not name.endswith(_NEVER)}
        before = dict(self._kept)
        try:
            for name, signature in found.items():
                if self._kept.get(name) != signature and (last or self._seen.get(name) == signature):
                    await self._put(name, signature, marked=not last)
            for name in self._kept.keys() - found.keys():
                await self._delete(name)
        finally:
            self._seen = found
            if self._kept != before:
                await in_thread(_write, self._folder, self._kept)

    async def _put(self, name: str, signature: Signature, *, marked: bool) -> None:
        """Copy a file, then put the copy; one that is written to meanwhile waits."""
        if marked:
            await in_thread(self._watched.mark, name, _UPLOADING)
        try:
            blob = await in_thread(self._facilities.dispatch.store.blobs.store, self._watched.read(name, signature))
            await self._facilities.put(self._row, blob, self._target.child(name))
        except (UnfinishedError, FileNotFoundError):
            return
        finally:
            if marked:
                await in_thread(self._watched.unmark, name, _UPLOADING)
        self._kept[name] = signature
        if marked:
            await in_thread(self._watched.mark, name, _UPLOADED)

    async def _delete(self, name: str) -> None:
        await in_thread(self._watched.unmark, name, _UPLOADED)
        target = self._target.child(name)
        request = {"Bucket": target.bucket, "Key": target.key}
        await self._facilities.dispatch.perform("s3", "delete_object", request, caller_of(self._row))
        del self._kept[name]


def _uri(job: dict[str, Any]) -> S3Uri:
    try:
        return parse_s3_uri(job["CheckpointConfig"]["S3Uri"])
    except ValueError as error:
        raise client_error(f"CheckpointConfig: {error}") from None


def _watched(folder: TaskFolder, job: dict[str, Any]) -> WatchedFolder:
    return WatchedFolder(folder.root, Layout(folder.contract).rebase(checkpoint_path(job)))


def _read(folder: TaskFolder) -> dict[str, Signature]:
    if not folder.checkpoints.exists():
        return {}
    kept: dict[str, list[int]] = json.loads(folder.checkpoints.read_bytes())
    return {name: (size, changed, inode) for name, (size, changed, inode) in kept.items()}


def _write(folder: TaskFolder, kept: dict[str, Signature]) -> None:
    growing = folder.checkpoints.with_suffix(".new")
    growing.write_text(json.dumps(kept))
    growing.rename(folder.checkpoints)
