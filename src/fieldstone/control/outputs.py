"""What a job leaves in its folders, put into S3 file by file."""

from fieldstone.contract.paths import Layout
from fieldstone.control.facilities import Facilities
from fieldstone.control.failures import failing
from fieldstone.core.s3uri import S3Uri
from fieldstone.core.threads import in_thread
from fieldstone.engine.task import TaskFolder
from fieldstone.engine.watching import WatchedFolder
from fieldstone.store.resources import Row


async def put_folder(facilities: Facilities, row: Row, folder: TaskFolder, path: str, target: S3Uri) -> None:
    """Put every file below a path of a host's contract folder under an address; links are not followed.

    Args:
        facilities: With the store.
        row: The job, which has ended.
        folder: The host's.
        path: Below ``/opt/ml``, in the job's eyes.
        target: The prefix in S3.

    Raises:
        JobFailedError: S3 refuses it, or the disk is full.
    """
    watched = WatchedFolder(folder.root, Layout(folder.contract).rebase(path))
    try:
        scanned = await in_thread(watched.scan)
    except OSError:  # the program has taken the folder away
        return
    with failing(f"Output upload failed to {target}"):
        for name, signature in sorted(scanned.items()):
            blob = await in_thread(facilities.dispatch.store.blobs.store, watched.read(name, signature))
            await facilities.put(row, blob, target.child(name))
