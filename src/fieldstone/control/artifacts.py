"""The model and other output of a training job, put into S3: packed, or file by file where the job asks for that."""

from pathlib import Path
from typing import Any

from fieldstone.contract.paths import Layout
from fieldstone.control.facilities import Facilities
from fieldstone.control.failures import failing
from fieldstone.control.gang import Gang
from fieldstone.control.outputs import put_folder
from fieldstone.core.s3uri import S3Uri, parse_s3_uri
from fieldstone.core.threads import in_thread
from fieldstone.engine.workspace import are_empty, pack
from fieldstone.store.resources import Row


async def put_artifacts(facilities: Facilities, row: Row, gang: Gang, *, whole: bool) -> S3Uri | None:
    """Put what a job's hosts left into S3; of two files of a name, the first host's.

    Args:
        facilities: With the store.
        row: The job.
        gang: Its hosts, which have ended.
        whole: Whether the program ended of its own accord; a job cut short may have no model.

    Returns:
        The model's address: of an archive, or of a prefix where the job's output is not compressed.

    Raises:
        JobFailedError: S3 refuses it, or the disk is full.
    """
    layouts = [gang.layout(host) for host in gang.names]
    put = _put_files if row.document["OutputDataConfig"].get("CompressionType") == "NONE" else _put_archive
    folders = [layout.output_data for layout in layouts]
    if not are_empty(folders):
        await put(facilities, row, gang, folders, "output")
    models = [layout.model for layout in layouts]
    if are_empty(models) and not whole:
        return None
    return await put(facilities, row, gang, models, "model")


async def _put_archive(facilities: Facilities, row: Row, gang: Gang, folders: list[Path], name: str) -> S3Uri:
    target, packed = _target(row), gang.folder(gang.names[0]).root / "packed.tar.gz"
    with failing(f"Artifact upload failed to {target}"):
        await in_thread(pack, folders, packed)
        await facilities.upload(row, packed, target.child(f"{name}.tar.gz"))
    return target.child(f"{name}.tar.gz")


async def _put_files(facilities: Facilities, row: Row, gang: Gang, folders: list[Path], name: str) -> S3Uri:
    target = _target(row).child(f"{name}/")
    for host, folder in reversed(list(zip(gang.names, folders, strict=True))):
        await put_folder(facilities, row, gang.folder(host), _in_its_eyes(gang.layout(host), folder), target)
    return target


def _in_its_eyes(layout: Layout, folder: Path) -> str:
    return str(Layout().root / folder.relative_to(layout.root))


def _target(row: Row) -> S3Uri:
    output: dict[str, Any] = row.document["OutputDataConfig"]
    return parse_s3_uri(output["S3OutputPath"]).child(f"{row.name}/output")
