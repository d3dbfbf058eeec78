"""Folders of a running job kept in S3: looked at again and again, and what has changed is put."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fieldstone.control.facilities import Facilities, caller_of
from fieldstone.control.failures import failing
from fieldstone.core.errors import AwsError
from fieldstone.core.s3uri import S3Uri
from fieldstone.core.threads import in_thread
from fieldstone.engine.watching import Signature, UnfinishedError, WatchedFolder
from fieldstone.store.resources import Row

_SECONDS: Final = 1.0
"""Between two looks at the folder; a file that has not changed from one to the next is whole."""

_UPLOADING: Final = ".sagemaker-uploading"
_UPLOADED: Final = ".sagemaker-uploaded"
_NEVER: Final = (_UPLOADING, _UPLOADED, ".sagemaker-ignore")
"""Names that end so are AWS's signs to the program and the program's to AWS, not what is to be kept."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """A folder to keep in S3.

    Attributes:
        watched: The folder.
        target: Its prefix in S3.
        memory: The file that remembers what is there already, over restarts of the server.
        noun: What it holds, for messages.
        mirrored: Whether files are marked while they are put, and deleted from S3 when they go.
    """

    watched: WatchedFolder
    target: S3Uri
    memory: Path
    noun: str
    mirrored: bool = False


@asynccontextmanager
async def keeping(facilities: Facilities, row: Row, kept: Kept) -> AsyncGenerator[None]:
    """Bring a folder of a job's host to S3 as long as this lasts, and once more at its end.

    Raises:
        JobFailedError: At the end it cannot be put.
    """
    keeper = Keeper(facilities, row, kept)
    working = asyncio.create_task(keeper.run())
    try:
        yield
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    with failing(f"{kept.noun} upload failed to {kept.target}"):
        await keeper.look(last=True)


def remember(memory: Path, signatures: dict[str, Signature]) -> None:
    """Write down what is in S3 already."""
    growing = memory.with_suffix(".new")
    growing.write_text(json.dumps(signatures))
    growing.rename(memory)


class Keeper:
    """Keeps what is in S3 like what is in the folder."""

    def __init__(self, facilities: Facilities, row: Row, kept: Kept) -> None:
        self._facilities = facilities
        self._row = row
        self._folder = kept
        self._kept = _recall(kept.memory)
        self._seen: dict[str, Signature] = {}

    async def run(self) -> None:
        """Look again and again. What fails is tried again the next time."""
        while True:
            await asyncio.sleep(_SECONDS)
            try:
                await self.look()
            except (AwsError, OSError) as error:
                _log.warning("%s of %s: %s", self._folder.noun, self._row.name, error)

    async def look(self, *, last: bool = False) -> None:
        """Put what has changed and is whole, or at last everything that has changed.

        Raises:
            AwsError: What S3 answers.
        """
        try:
            scanned = await in_thread(self._folder.watched.scan)
        except OSError:  # the program has put something else in the folder's place
            return
        found = {name: signature for name, signature in scanned.items() if not name.endswith(_NEVER)}
        before = dict(self._kept)
        try:
            for name, signature in found.items():
                if self._kept.get(name) != signature and (last or self._seen.get(name) == signature):
                    await self._put(name, signature, marked=self._folder.mirrored and not last)
            if self._folder.mirrored:
                for name in self._kept.keys() - found.keys():
                    await self._delete(name)
        finally:
            self._seen = found
            if self._kept != before:
                await in_thread(remember, self._folder.memory, self._kept)

    async def _put(self, name: str, signature: Signature, *, marked: bool) -> None:
        """Copy a file, then put the copy; one that is written to meanwhile waits."""
        watched = self._folder.watched
        if marked:
            await in_thread(watched.mark, name, _UPLOADING)
        try:
            blob = await in_thread(self._facilities.dispatch.store.blobs.store, watched.read(name, signature))
            await self._facilities.put(self._row, blob, self._folder.target.child(name))
        except (UnfinishedError, FileNotFoundError):
            return
        finally:
            if marked:
                await in_thread(watched.unmark, name, _UPLOADING)
        self._kept[name] = signature
        if marked:
            await in_thread(watched.mark, name, _UPLOADED)

    async def _delete(self, name: str) -> None:
        await in_thread(self._folder.watched.unmark, name, _UPLOADED)
        target = self._folder.target.child(name)
        request = {"Bucket": target.bucket, "Key": target.key}
        await self._facilities.dispatch.perform("s3", "delete_object", request, caller_of(self._row))
        del self._kept[name]


def _recall(memory: Path) -> dict[str, Signature]:
    if not memory.exists():
        return {}
    kept: dict[str, list[int]] = json.loads(memory.read_bytes())
    return {name: (size, changed, inode) for name, (size, changed, inode) in kept.items()}
