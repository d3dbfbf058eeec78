"""Captured predictions on their way into S3, where each is once, and not twice.

A file that was put there is removed. A kill between the two has it put again, by the same key: so the files that a
start finds are not written to any more.
"""

import logging
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from fieldstone.control.endpoints.journal import Journal, Target, files_in, place_of, remove_folder, target_of, trim
from fieldstone.control.facilities import Facilities
from fieldstone.control.upkeep import Chore
from fieldstone.core.errors import AwsError
from fieldstone.core.ids import request_id
from fieldstone.core.threads import in_thread
from fieldstone.services.operation import Caller

_SECONDS: Final = 1.0
"""From one look at the files to the next."""
_PAUSE: Final = 60.0
"""Until what S3 has refused is tried again."""
_MOST: Final = 1 << 30
"""Bytes of a variant that may wait for a bucket; as long as there are more, nothing is captured."""
_log = logging.getLogger(__name__)


class Journals:
    """All journals of a server.

    Args:
        facilities: What controllers work with.
        root: The folder of their folders.
    """

    def __init__(self, facilities: Facilities, root: Path, clock: Callable[[], float] = time.time) -> None:
        self._facilities = facilities
        self._root = root
        self._clock = clock
        self._journals: dict[str, Journal] = {}
        self._later: dict[Path, float] = {}

    def journal(self, name: str, target: Target) -> Journal:
        """The journal of a name, which no other server process writes to."""
        if name not in self._journals:
            self._journals[name] = Journal(self._root / f"{name}-{request_id()[:8]}", target)
        return self._journals[name]

    def forget(self, prefix: str) -> None:
        """The journals whose names begin so are written to no more; what is in them goes into S3."""
        for name in [name for name in self._journals if name.startswith(prefix)]:
            self._journals.pop(name).close()

    @property
    def chore(self) -> Chore:
        """Puts into S3 what is old or large enough."""
        return Chore("captured predictions", self.deliver, _SECONDS)

    async def deliver(self) -> None:
        """Put into S3 what is old or large enough."""
        now = self._clock()
        mine = {journal.folder: journal for journal in self._journals.values()}
        for folder in [found for found in self._root.iterdir() if self._later.get(found, 0) <= now]:
            journal = mine.get(folder)
            files = files_in(folder) if journal is None else journal.ripe(now)
            left = await self._deliver_all(folder, files)
            self._later[folder] = now + _PAUSE if left else 0
            if journal is not None:
                journal.full = left > _MOST
            elif not left:
                self._later.pop(folder)
                remove_folder(folder)

    async def close(self) -> None:
        """Put all there is into S3; what is not taken waits for the next start."""
        self.forget("")
        await self.deliver()

    def clear(self) -> None:
        """Forget all there is."""
        self.forget("")
        for folder in self._root.iterdir():
            shutil.rmtree(folder, ignore_errors=True)

    async def _deliver_all(self, folder: Path, files: Sequence[Path]) -> int:
        """Put files into S3, the oldest first; the bytes of those that are not taken."""
        for number, path in enumerate(files):
            try:
                await self._deliver(target_of(folder), path)
            except (AwsError, OSError, msgspec.DecodeError) as error:
                _log.warning("captured predictions stay in %s for now: %s", path, error)
                return sum(_size(left) for left in files[number:])
        return 0

    async def _deliver(self, target: Target, path: Path) -> None:
        if await in_thread(trim, path):
            await self._put(target, path)
        await in_thread(path.unlink)

    async def _put(self, target: Target, path: Path) -> None:
        dispatch, place = self._facilities.dispatch, place_of(target, path)
        blob = await in_thread(dispatch.store.blobs.store_file, path)
        request: dict[str, Any] = {"Bucket": place.bucket, "Key": place.key, "Body": blob}
        try:
            await dispatch.perform("s3", "put_object", request, Caller(target.account, target.region, target.arn))
        except BaseException:
            dispatch.store.release(blob.id)
            raise


def _size(path: Path) -> int:
    return path.stat().st_size
