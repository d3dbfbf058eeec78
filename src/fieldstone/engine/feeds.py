"""What the pipes of a task deliver: records of stored bytes, laid out beside the task's contract folder."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from fieldstone.engine.dealing import WHOLE, Share
from fieldstone.engine.placing import place


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes in files, one after the other; ``name`` is what the user calls them."""

    name: str
    files: tuple[str, ...]


Part = Stored | str
"""A piece of a record: stored bytes, or words."""


@dataclass(frozen=True, slots=True)
class Feed:
    """What one channel delivers through its pipes, in every epoch.

    Attributes:
        pipe: The path of the pipes, without ``_`` and the number of the epoch.
        records: All there is, for all hosts; each a list of parts that belong together.
        share: Which records are this host's.
        seed: Shuffles the records for every epoch.
        unzip: Whether stored bytes are gzipped and delivered plain.
        wrap: Whether each part is delivered as a RecordIO record.
    """

    pipe: str
    records: tuple[tuple[Part, ...], ...]
    share: Share = WHOLE
    seed: int | None = None
    unzip: bool = False
    wrap: bool = False


def lay_feeds(folder: Path, feeds: Iterable[Feed]) -> list[str]:
    """Write feeds down as documents in a folder, with links to their files beside them; the documents' paths.

    The files stay, whatever becomes of the stored objects. Only the feeder reads them.
    """
    documents: list[str] = []
    for feed in feeds:
        folder.mkdir(parents=True, exist_ok=True)
        kept = {file: folder / f"{Path(file).name}.bytes" for file in _files(feed)}
        for file, link in kept.items():
            if not link.exists():
                place([Path(file)], link, may_link=True)
        document = folder / f"{Path(feed.pipe).name}.json"
        records = tuple(tuple(_moved(part, kept) for part in record) for record in feed.records)
        document.write_bytes(msgspec.json.encode(replace(feed, records=records)))
        documents.append(str(document))
    return documents


def read_feed(document: Path) -> Feed:
    """The feed that was written down."""
    return msgspec.json.decode(document.read_bytes(), type=Feed)


def write_failure(document: Path, reason: str) -> None:
    """Say why a feed could not be delivered."""
    growing = document.parent / f"failure.{os.getpid()}"
    growing.write_text(reason)
    growing.rename(_failure(document.parent))


def read_failure(folder: Path) -> str | None:
    """Why a feed of a folder could not be delivered, if so."""
    file = _failure(folder)
    return file.read_text() if file.exists() else None


def _failure(folder: Path) -> Path:
    return folder / "failure"


def _files(feed: Feed) -> set[str]:
    stored = (part for record in feed.records for part in record if isinstance(part, Stored))
    return {file for part in stored for file in part.files}


def _moved(part: Part, kept: dict[str, Path]) -> Part:
    return part if isinstance(part, str) else replace(part, files=tuple(str(kept[file]) for file in part.files))
