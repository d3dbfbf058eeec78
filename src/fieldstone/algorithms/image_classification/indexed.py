"""Images that lie in files: in RecordIO, named by a list, or in a folder for each class. They are read in any order."""

import io
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from fieldstone.algorithms.amazon import log
from fieldstone.algorithms.amazon.recordio import RecordError
from fieldstone.algorithms.image_classification import lists, records
from fieldstone.algorithms.image_classification.labels import LabelError, Labels
from fieldstone.algorithms.image_classification.samples import Floats, Sample, unreadable
from fieldstone.contract.training import Channel, UserError

IMAGES = frozenset({".jpg", ".jpeg", ".png"})
"""How the names of images end."""


class RecordFiles:
    """The image records of a channel's `.rec` files. Their labels are read at once, the images when they are wanted."""

    def __init__(self, channel: Channel, labels: Labels) -> None:
        """Find the records.

        Raises:
            UserError: There is no such file, or a record or label is wrong; names it.
        """
        log.info(f"Searching for .rec files in {_shown(channel)}.")
        self.channel = channel
        self._files = _find(channel, ".rec")
        self._places: list[tuple[int, int, int, int]] = []
        found: list[Floats] = []
        for number, file in enumerate(self._files):
            try:
                found += self._index(number, file, labels)
            except RecordError as error:
                raise unreadable(channel, f"Record {error.number + 1} of file {file.name}: {error.reason}") from error
        self.labels = np.stack(found) if found else np.empty((0, 1), np.float32)

    def samples(self, order: Sequence[int] | None, epoch: int) -> Iterator[Sample]:  # noqa: ARG002 - all epochs are alike
        """Some of the images, by their numbers and in this order; all without one."""
        for number in range(len(self.labels)) if order is None else order:
            file, record, start, end = self._places[number]
            path = self._files[file]
            yield Sample(
                self.labels[number],
                lambda path=path, start=start, end=end: _read_record(path, start, end),
                f"Record {record + 1} of file {path.name}",
            )

    def _index(self, number: int, path: Path, labels: Labels) -> Iterator[Floats]:
        with path.open("rb") as file:
            start = 0
            for record, content in enumerate(records.read(file)):
                try:
                    label = labels.read(records.parse(content, record).labels)
                except LabelError as error:
                    raise RecordError(record, str(error)) from error
                end = file.tell()
                self._places.append((number, record, start, end))
                start = end
                yield label


class Listed:
    """The images of a channel that a list of another channel names."""

    def __init__(self, channel: Channel, listed: Channel, labels: Labels) -> None:
        """Read the list.

        Raises:
            UserError: There is not one list, a line of it is wrong, or an image is not there.
        """
        log.info(f"Searching for .lst files in {_shown(listed)}.")
        self.channel = channel
        files = _find(listed, ".lst")
        if len(files) > 1:
            raise UserError(f"There are {len(files)} .lst files in the {listed.name} channel, and there must be one")
        self._name = files[0].name
        self._entries = list(lists.read(files[0], channel.name))
        self.labels = _stack([self._check(entry, labels) for entry in self._entries])

    def samples(self, order: Sequence[int] | None, epoch: int) -> Iterator[Sample]:  # noqa: ARG002 - all epochs are alike
        """Some of the images, by their numbers and in this order; all without one."""
        for number in range(len(self._entries)) if order is None else order:
            entry = self._entries[number]
            place = f"File {entry.path}, line {entry.line} of {self._name}"
            yield Sample(self.labels[number], (self.channel.path / entry.path).read_bytes, place)

    def _check(self, entry: lists.Entry, labels: Labels) -> Floats:
        where = f"line {entry.line} of {self._name}"
        if Path(entry.path).is_absolute() or ".." in Path(entry.path).parts:
            raise lists.invalid(self.channel.name, f"{where} names {entry.path}, which is no path in it")
        if not (self.channel.path / entry.path).is_file():
            raise UserError(f"There is no file {entry.path} in the {self.channel.name} channel, which {where} names")
        try:
            return labels.read(entry.labels)
        except LabelError as error:
            raise lists.invalid(self.channel.name, f"{where}: {error}") from error


class Foldered:
    """The images of a channel that has a folder for each class; the classes are numbered as their names are sorted."""

    def __init__(self, channel: Channel, labels: Labels) -> None:
        """Find the images.

        Raises:
            UserError: There are not as many folders as classes.
        """
        self.channel = channel
        folders = sorted(path for path in channel.path.glob("*") if path.is_dir() and path.name[0] not in "._")
        if labels.multi_label or len(folders) != labels.classes:
            raise UserError(
                f"Without a {channel.name}_lst channel the {channel.name} channel must have a folder of images for "
                f"each class: there are {len(folders)} folders, and num_classes is {labels.classes}"
            )
        log.info(f"Classes of the {channel.name} channel: {', '.join(folder.name for folder in folders)}")
        found = [(path, number) for number, folder in enumerate(folders) for path in _images_in(folder)]
        self._paths = [path for path, _ in found]
        self.labels = _stack([np.array([number], np.float32) for _, number in found])

    def samples(self, order: Sequence[int] | None, epoch: int) -> Iterator[Sample]:  # noqa: ARG002 - all epochs are alike
        """Some of the images, by their numbers and in this order; all without one."""
        for number in range(len(self._paths)) if order is None else order:
            path = self._paths[number]
            yield Sample(self.labels[number], path.read_bytes, f"File {path.relative_to(self.channel.path)}")


def _find(channel: Channel, ending: str) -> list[Path]:
    files = sorted(path for path in channel.path.rglob(f"*{ending}") if path.is_file() and path.name[0] not in "._")
    if not files:
        raise UserError(f"No {ending} files found in the {channel.name} channel ({_shown(channel)})")
    return files


def _images_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in IMAGES and path.is_file())


def _stack(labels: list[Floats]) -> Floats:
    return np.stack(labels) if labels else np.empty((0, 1), np.float32)


def _shown(channel: Channel) -> str:
    return f"/opt/ml/input/data/{channel.name}"


def _read_record(path: Path, start: int, end: int) -> bytes:
    file = os.open(path, os.O_RDONLY)
    try:
        content = os.pread(file, end - start, start)
    finally:
        os.close(file)
    record = records.read_one(io.BytesIO(content))
    return b"" if record is None else records.parse(record).image
