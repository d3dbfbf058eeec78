"""Checkpoints: brought from S3 before a job starts, and to S3 while it runs and when it has ended."""

from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from fieldstone.contract.paths import Layout
from fieldstone.control.channels import Channel
from fieldstone.control.facilities import Facilities
from fieldstone.control.failures import client_error
from fieldstone.control.keeping import Kept, keeping, remember
from fieldstone.core.s3uri import S3Uri, parse_s3_uri
from fieldstone.engine.task import TaskFolder
from fieldstone.engine.watching import WatchedFolder
from fieldstone.store.resources import Row


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
        remember(folder.checkpoints, _watched(folder, job).scan())


def keeping_checkpoints(facilities: Facilities, row: Row, folder: TaskFolder) -> AbstractAsyncContextManager[None]:
    """Bring a host's checkpoints to S3 as long as this lasts, and once more at its end.

    Those that the program removes are deleted there, as AWS does.

    Raises:
        JobFailedError: At the end they cannot be put.
    """
    job = row.document
    if "CheckpointConfig" not in job:
        return nullcontext()
    kept = Kept(_watched(folder, job), _uri(job), folder.checkpoints, "Checkpoint", mirrored=True)
    return keeping(facilities, row, kept)


def _uri(job: dict[str, Any]) -> S3Uri:
    try:
        return parse_s3_uri(job["CheckpointConfig"]["S3Uri"])
    except ValueError as error:
        raise client_error(f"CheckpointConfig: {error}") from None


def _watched(folder: TaskFolder, job: dict[str, Any]) -> WatchedFolder:
    return WatchedFolder(folder.root, Layout(folder.contract).rebase(checkpoint_path(job)))
