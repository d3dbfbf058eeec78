"""The bodies of requests, read into batches."""

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import Annotated, Any

import msgspec
import numpy as np

from fieldstone.algorithms.amazon import delimited, records
from fieldstone.algorithms.amazon.algorithm import ALL_FORMATS
from fieldstone.algorithms.amazon.batch import Batch, Columns, Floats, Integers, Note, assemble, find_infinite
from fieldstone.algorithms.amazon.content_types import ContentType
from fieldstone.algorithms.amazon.recordio import RecordError
from fieldstone.contract.serving import Reply


class RefusedError(Exception):
    """A request that cannot be answered as it is; carries the reply that says so."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.reply = Reply(text.encode(), status=status)


Place = Annotated[int, msgspec.Meta(le=int(np.iinfo(np.int64).max))]
"""A place, or a size, that NumPy can count to."""


class Numbers(msgspec.Struct):
    """Features as a tensor: all of them, or with their places and the number that there are."""

    values: list[float]
    keys: list[Place] | None = None
    shape: list[Place] | None = None


class Data(msgspec.Struct):
    """The longer form of an instance's features."""

    features: Numbers | list[float]


class Instance(msgspec.Struct):
    """One row in JSON, in either form."""

    features: Numbers | list[float] | None = None
    data: Data | None = None
    configuration: Any = None


class Instances(msgspec.Struct):
    """A body of JSON."""

    instances: list[Instance]
    configuration: Any = None


_INFINITE = "it has a number that is not finite"
_INSTANCE = msgspec.json.Decoder(Instance)
_INSTANCES = msgspec.json.Decoder(Instances)


def read(body: bytes, content_type: str, width: int, formats: Collection[str] = ALL_FORMATS) -> Batch:
    """The rows of a body.

    Args:
        body: The body.
        content_type: Its type as sent; without one it is taken for CSV.
        width: The features that a row must have.
        formats: Those that there may be.

    Raises:
        RefusedError: 415 for a content type that there is not, 400 for a body that is not what it says, or whose rows
            have another width.
    """
    content = _parse(content_type or "text/csv")
    reader = _READERS.get(content.format or "")
    if reader is None or content.format not in formats:
        raise RefusedError(415, f"Content-type {content_type} not supported")
    if not body.strip():
        raise _refuse("the body is empty")
    try:
        batch = reader(body, content, width)
    except delimited.CsvError as error:
        raise _refuse(error.mistake.describe(width + _labels(content))) from error
    except RecordError as error:
        raise _refuse(f"record {error.number + 1}: {error.reason}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _refuse(str(error)) from error
    if batch.features.shape[1] != width:
        raise _refuse(f"it has {batch.features.shape[1]} features and the model {width}")
    return batch


@lru_cache(maxsize=256)
def _parse(content_type: str) -> ContentType:
    return ContentType.parse(content_type)


def _refuse(reason: str) -> RefusedError:
    return RefusedError(400, f"unable to evaluate payload provided: {reason}")


def _labels(content: ContentType) -> int:
    given = content.parameters.get("label_size", "0")
    return int(given) if given.isdecimal() else 0


def _read_csv(body: bytes, content: ContentType, width: int) -> Batch:
    labels = _labels(content)
    return Batch(delimited.read(body, width + labels)[:, labels:])


def _read_records(body: bytes, _content: ContentType, _width: int) -> Batch:
    batch, taken = records.read(body)
    if taken < len(body):
        raise RecordError(len(batch), "it is cut off")
    if len(batch) and (wrong := find_infinite(batch.features)) is not None:
        raise RecordError(wrong, _INFINITE)
    return batch


def _read_json(body: bytes, _content: ContentType, _width: int) -> Batch:
    read = _INSTANCES.decode(body)
    return _gather(read.instances, read.configuration)


def _read_lines(body: bytes, _content: ContentType, _width: int) -> Batch:
    return _gather(_INSTANCE.decode_lines(body))


_READERS: dict[str, Callable[[bytes, ContentType, int], Batch]] = {
    "csv": _read_csv,
    "recordio-protobuf": _read_records,
    "json": _read_json,
    "jsonlines": _read_lines,
}


def _gather(instances: Sequence[Instance], configuration: Any = None) -> Batch:
    if not instances:
        raise _refuse("there are no instances")
    rows = [_features(number, instance) for number, instance in enumerate(instances)]
    counts = np.array([len(row.values) for row in rows], np.int64)
    configured = [configuration if row.configuration is None else row.configuration for row in instances]
    return assemble(
        Columns(
            tensor="Float32Tensor",
            values=_join(rows, counts),
            counts=counts,
            keys=np.array([key for row in rows for key in row.keys or ()], np.int64),
            key_counts=np.array([len(row.keys or ()) for row in rows], np.int64),
            widths=np.array([int(np.prod(row.shape)) if row.shape else 0 for row in rows], np.int64),
            labels=np.empty(0, np.float32),
            label_counts=np.zeros_like(counts),
            notes=tuple(map(_note, configured)) if any(said is not None for said in configured) else None,
        )
    )


def _join(rows: Sequence[Numbers], counts: Integers) -> Floats:
    with np.errstate(over="ignore"):  # what is too large becomes infinite
        values = np.array([value for row in rows for value in row.values], np.float32)
    finite = np.isfinite(values)
    if not finite.all():
        raise RecordError(int(np.searchsorted(np.cumsum(counts), np.argmin(finite), side="right")), _INFINITE)
    return values


def _note(configuration: Any) -> Note:
    return Note(configuration=None if configuration is None else msgspec.json.encode(configuration).decode())


def _features(number: int, instance: Instance) -> Numbers:
    features = instance.data.features if instance.data is not None else instance.features
    if features is None:
        raise RecordError(number, "it has no features")
    return features if isinstance(features, Numbers) else Numbers(features)
