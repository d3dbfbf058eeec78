"""Everything that a job's hosts find before its program starts: documents, channels, checkpoints."""

from collections.abc import Sequence
from contextlib import ExitStack

from fieldstone.contract.paths import Layout
from fieldstone.control.channels import Channel, Contents, Record, contents_of, training_channels
from fieldstone.control.checkpoints import checkpoint_channels, note_restored
from fieldstone.control.documents import training_documents
from fieldstone.control.facilities import Facilities
from fieldstone.control.failures import client_error
from fieldstone.control.finding import Finder
from fieldstone.control.hosts import hosts_of
from fieldstone.core.threads import in_thread
from fieldstone.engine.feeds import lay_feeds
from fieldstone.engine.task import TaskFolder
from fieldstone.engine.workspace import UnsafePathError, make_workspace
from fieldstone.store.resources import Row


async def provide(
    facilities: Facilities, row: Row, folders: Sequence[TaskFolder], *, may_link: bool
) -> list[list[str]]:
    """Lay out the contract folders of a training job's hosts; the feeds of each one's task.

    Args:
        facilities: With the store.
        row: The job.
        folders: One for each host.
        may_link: Whether the program cannot write to its inputs (``make_workspace``).

    Raises:
        JobFailedError: Data are missing, or cannot be files.
    """
    hosts = hosts_of(row.document["ResourceConfig"])
    with ExitStack() as pins:
        finder = Finder(facilities, row, pins)
        channels = training_channels(row.document) + checkpoint_channels(row.document)
        found: list[tuple[Channel, list[Record]]] = [(channel, await finder.records(channel)) for channel in channels]
        feeds: list[list[str]] = []
        for host, folder in enumerate(folders):
            contents = await in_thread(contents_of, found, Layout(folder.contract), hosts, host)
            feeds.append(await in_thread(_lay_out, row, folder, contents, host, may_link=may_link))
    return feeds


def _lay_out(row: Row, folder: TaskFolder, contents: Contents, host: int, *, may_link: bool) -> list[str]:
    layout = Layout(folder.contract)
    documents = training_documents(layout, row.document, host)
    try:
        make_workspace(layout, documents, contents.inputs, contents.folders, may_link=may_link)
    except UnsafePathError as error:
        raise client_error(f"Data download failed: {error}") from None
    note_restored(folder, row.document)
    return lay_feeds(folder.feeds, contents.feeds)
