"""The channels of a job: which there may be, what they may hold, and the files to read."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fieldstone.algorithms.xgboost import log
from fieldstone.contract.training import Channel, UserError

CHANNELS = ("train", "validation", "code")
DEPTH = 3
"""Folders deep that files are looked for, the channel's own folder counted."""

CONTENT_TYPES = {
    "csv": "csv",
    "libsvm": "libsvm",
    "parquet": "parquet",
    "recordio-protobuf": "recordio-protobuf",
    "text/csv": "csv",
    "text/libsvm": "libsvm",
    "text/x-libsvm": "libsvm",
    "application/x-parquet": "parquet",
    "application/x-recordio-protobuf": "recordio-protobuf",
}
"""The format that each accepted content type means."""
PIPED = {"csv": "CSV", "parquet": "Parquet", "recordio-protobuf": "RecordIO-Protobuf"}
"""How the container calls the formats that older images read from pipes."""


@dataclass(frozen=True, slots=True)
class Source:
    """The files of one channel, and their common format: `csv`, `libsvm`, `parquet` or `recordio-protobuf`."""

    channel: Channel
    purpose: str
    format: str
    files: tuple[Path, ...]

    @property
    def has_data(self) -> bool:
        """Whether there is anything in the files."""
        return any(file.stat().st_size for file in self.files)

    @property
    def emptiness(self) -> str:
        """What to say when there is nothing."""
        return f"No data in {self.purpose} channel path {self.channel.path}"


def find_sources(channels: Mapping[str, Channel]) -> tuple[Source, Source | None]:
    """The training files, and the validation files if that channel was given; either may be empty.

    Raises:
        UserError: A channel is missing or unknown, or holds what cannot be read.
    """
    _check_names(channels)
    # The container takes the validation data for what the training data are.
    kind = parse_content_type(channels["train"].content_type)
    _check_mode(channels["train"], kind)
    train = _find_source(channels["train"], "training", kind)
    if "validation" not in channels:
        return train, None
    _check_mode(channels["validation"], kind)
    validation = _find_source(channels["validation"], "validation", kind)
    _warn_of_duplicates(train, validation)
    return train, validation


def require_data(train: Source, validation: Source | None) -> None:
    """See to it that there is something to learn from, and to validate with where that is wanted.

    Raises:
        UserError: There is not.
    """
    for source in (train, validation):
        if source is not None and not source.has_data:
            raise UserError(source.emptiness)


def parse_content_type(content_type: str | None, label_sizes: tuple[str, ...] = ("1",)) -> str:
    """The format that a content type stands for; none at all stands for libsvm.

    Raises:
        UserError: It stands for nothing, or a CSV has another number of labels than those allowed.
    """
    if content_type is None:
        return "libsvm"
    name, *parameters = (part.strip() for part in content_type.lower().split(";"))
    if name not in CONTENT_TYPES:
        raise UserError(f"{content_type} is not an accepted ContentType: {', '.join(CONTENT_TYPES)}.")
    label_size = next((part.removeprefix("label_size=") for part in parameters if part.startswith("label_size=")), "1")
    if CONTENT_TYPES[name] == "csv" and label_size not in label_sizes:
        raise UserError(
            f"{content_type} is not an accepted csv ContentType. Optional parameter label_size must be equal to 1"
        )
    return CONTENT_TYPES[name]


def _check_names(channels: Mapping[str, Channel]) -> None:
    if "train" not in channels:
        raise UserError("Missing required channel: train")
    for name in channels:
        if name not in CHANNELS:
            raise UserError(f"Extraneous channel found: {name}")


def _check_mode(channel: Channel, kind: str) -> None:
    if channel.mode == "Pipe":
        if kind not in PIPED:
            raise UserError("Pipe mode not supported for LibSVM.")
        raise UserError(
            f"Pipe mode for {PIPED[kind]} is no longer supported. Please use Fast File mode (default) instead."
        )


def _find_source(channel: Channel, purpose: str, kind: str) -> Source:
    return Source(channel, purpose, kind, tuple(sorted(_walk(channel.path))))


def _walk(folder: Path) -> Iterator[Path]:
    too_deep = False
    for parent, _, names in os.walk(folder, followlinks=True):
        if any(name.startswith(".") for name in names):
            raise UserError("Hidden file found in the data path! Remove that before training.")
        if len(Path(parent).relative_to(folder).parts) < DEPTH:
            yield from (Path(parent, name) for name in names if not name.startswith("_"))
        else:
            too_deep = too_deep or bool(names)
    if too_deep:
        log.warn(
            f"The depth of folder {folder} exceed the limit {DEPTH}. Files in deeper sub dirs won't be loaded. "
            "Please adjust the folder structure accordingly."
        )


def _warn_of_duplicates(train: Source, validation: Source) -> None:
    seen = {(file.name, file.stat().st_size): file for file in train.files}
    for file in validation.files:
        size = file.stat().st_size
        if twin := seen.get((file.name, size)):
            log.warn(
                f"Suspected identical files found. ({twin} and {file} with same size {size} bytes). "
                "Note: Duplicate data in the training set and validation set is usually not intentional and can "
                "impair the validity of the model evaluation by the validation score."
            )
