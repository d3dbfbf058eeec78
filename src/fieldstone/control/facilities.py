"""What every controller works with."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fieldstone.control.measures import Measures
from fieldstone.core.s3uri import S3Uri
from fieldstone.core.threads import in_thread
from fieldstone.engine.capacity import Cores
from fieldstone.engine.local import LocalEngine
from fieldstone.engine.placing import join
from fieldstone.services.dispatch import Dispatch
from fieldstone.services.operation import Caller, Context
from fieldstone.store.blobs import Blob
from fieldstone.store.objects import StoredObject
from fieldstone.store.resources import Row


@dataclass(frozen=True, slots=True)
class Facilities:
    """What every controller works with.

    Attributes:
        dispatch: Operations and other work on the store.
        engine: What runs tasks.
        cores: The cores that jobs share.
        url: The address at which programs reach this server.
        socket: The Unix socket at which it is reached from other networks.
        programs: The folder with executables for images registered in ECR.
        cache: The folder for what jobs make for later jobs of their account.
        measures: Values of metrics on their way to CloudWatch.
    """

    dispatch: Dispatch
    engine: LocalEngine
    cores: Cores
    url: str
    socket: Path
    programs: Path
    cache: Path
    measures: Measures = field(default_factory=Measures)

    async def change(self, row: Row, change: Callable[[Context, Row], None]) -> None:
        """Change a row as it is now, not as it was read once; a row that is gone is passed over."""

        def work(ctx: Context) -> None:
            current = ctx.store.resources.get(row.uid)
            if current is not None:
                change(ctx, current)
                ctx.store.resources.update(current)

        await self.dispatch.write(caller_of(row), work)

    def cache_of(self, row: Row) -> Path:
        """The cache of a row's account. Its jobs run as users of their own, and each may add to it."""
        folder = self.cache / row.account
        for shared in (folder, folder / "environments"):
            if not shared.exists():
                shared.mkdir(exist_ok=True)
                shared.chmod(0o777)
        return folder

    async def local_file(self, item: StoredObject, scratch: Path) -> Path:
        """The one file with an object's bytes; one that was uploaded in parts is joined as ``scratch``.

        Raises:
            FileNotFoundError: The object has been deleted.
        """
        sources = [self.dispatch.store.blobs.path(file) for file in self._files(item)]
        if len(sources) == 1:
            return sources[0]
        if not sources:
            raise FileNotFoundError(item.key)
        await in_thread(join, sources, scratch)
        return scratch

    def _files(self, item: StoredObject) -> list[str]:
        return self.dispatch.store.read(lambda store: store.extents.files(item.blob))

    async def upload(self, row: Row, file: Path, target: S3Uri) -> None:
        """Put a file into S3 for a row's account.

        Raises:
            AwsError: What PutObject answers.
        """
        blob = await asyncio.to_thread(self.dispatch.store.blobs.store_file, file)
        await self.put(row, blob, target)

    async def put(self, row: Row, blob: Blob, target: S3Uri, **headers: str) -> None:
        """Set an object of a row's account to a blob, which is given up if that fails.

        Raises:
            AwsError: What PutObject answers.
        """
        request: dict[str, Any] = {"Bucket": target.bucket, "Key": target.key, "Body": blob, **headers}
        try:
            await self.dispatch.perform("s3", "put_object", request, caller_of(row))
        except BaseException:
            self.dispatch.store.release(blob.id)
            raise


def caller_of(row: Row) -> Caller:
    """The caller on whose behalf a controller works: the row's account, in the row's region, as its role."""
    role = row.document.get("RoleArn") or row.internal.get("role") or f"arn:aws:iam::{row.account}:role/FieldstoneRole"
    return Caller(row.account, row.region, role)
