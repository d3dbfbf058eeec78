"""Everything that a job's hosts find before its program starts: documents, channels, checkpoints, empty folders."""

import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fieldstone.contract.paths import Layout
from fieldstone.control.channels import Channel, Contents, Record, contents_of
from fieldstone.control.checkpoints import note_restored
from fieldstone.control.facilities import Facilities
from fieldstone.control.failures import JobFailedError, client_error, failing
from fieldstone.control.finding import Finder
from fieldstone.control.hosts import Host
from fieldstone.core.threads import in_thread
from fieldstone.engine.feeds import lay_feeds
from fieldstone.engine.task import TaskFolder
from fieldstone.engine.workspace import UnsafePathError, make_workspace
from fieldstone.store.resources import Row

_FAILED: Final = "Data download failed"


@dataclass(frozen=True, slots=True)
class Provisions:
    """What a job wants its hosts to find.

    Attributes:
        hosts: All of them.
        channels: Its data.
        documents: What to write where, for a host's layout and its number from 0.
        folders: Folders, in the job's eyes, that shall be there.
    """

    hosts: Sequence[Host]
    channels: Sequence[Channel]
    documents: Callable[[Layout, int], dict[Path, Any]]
    folders: Sequence[str] = ()


async def provide(
    facilities: Facilities, row: Row, folders: Sequence[TaskFolder], wanted: Provisions, *, may_link: bool
) -> list[list[str]]:
    """Lay out the contract folders of a job's hosts; the feeds of each one's task.

    Args:
        facilities: With the store.
        row: The job.
        folders: One for each host.
        wanted: What they shall find.
        may_link: Whether the program cannot write to its inputs (``make_workspace``).

    Raises:
        JobFailedError: Data are missing, or cannot be files.
    """
    with ExitStack() as pins:
        finder = Finder(facilities, row, pins)
        found: list[tuple[Channel, list[Record]]] = [
            (channel, await finder.records(channel)) for channel in wanted.channels
        ]
        feeds: list[list[str]] = []
        for host, folder in enumerate(folders):
            layout = Layout(folder.contract)
            contents = await in_thread(contents_of, found, layout, wanted.hosts, host)
            contents.folders.extend(layout.rebase(path) for path in wanted.folders)
            documents = wanted.documents(layout, host)
            feeds.append(await in_thread(_lay_out, row, folder, contents, documents, may_link=may_link))
    return feeds


def _lay_out(
    row: Row, folder: TaskFolder, contents: Contents, documents: dict[Path, Any], *, may_link: bool
) -> list[str]:
    try:
        with failing(_FAILED):
            make_workspace(Layout(folder.contract), documents, contents.inputs, contents.folders, may_link=may_link)
            note_restored(folder, row.document)
            return lay_feeds(folder.feeds, contents.feeds)
    except UnsafePathError as error:
        raise client_error(f"{_FAILED}: {error}") from None
    except JobFailedError:
        shutil.rmtree(folder.root)  # the disk is full of it
        raise
