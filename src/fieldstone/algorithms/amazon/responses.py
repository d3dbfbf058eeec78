"""The bodies of replies: the named parts of each row's answer, in the form that was asked for."""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from fieldstone.algorithms.amazon import records
from fieldstone.algorithms.amazon.batch import Note
from fieldstone.algorithms.amazon.content_types import ContentType
from fieldstone.algorithms.amazon.requests import RefusedError
from fieldstone.contract.serving import Reply

DEFAULT = "application/json"

Answers = Mapping[str, NDArray[Any]]
Notes = Sequence[Note] | None
Encoder = Callable[[str, Answers, Notes], bytes]


@lru_cache(maxsize=256)
def choose(accept: str) -> str:
    """The content type to reply with.

    Raises:
        RefusedError: 406, there is none that would be accepted.
    """
    for part in accept.split(","):
        name = ContentType.parse(part).name
        if name in {"", "*/*"}:
            name = os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", DEFAULT)
        if name in _ENCODERS:
            return name
    raise RefusedError(406, f"Accept type {accept} not supported")


@lru_cache(maxsize=256)
def is_verbose(accept: str) -> bool:
    """Whether more than usual is asked for, as by `application/json; verbose=true`."""
    return any(ContentType.parse(part).parameters.get("verbose") == "true" for part in accept.split(","))


def encode(accept: str, collection: str, answers: Answers, notes: Notes = None) -> Reply:
    """The reply with some rows' answers.

    Args:
        accept: One that `choose` gave.
        collection: What the answers are called in JSON.
        answers: (n,) or (n, k) numbers, by the names of the answers' parts.
        notes: What the records that were asked with said of themselves.
    """
    return Reply(_ENCODERS[accept](collection, answers, notes), accept)


def _rows(answers: Answers) -> list[dict[str, Any]]:
    columns = [numbers.tolist() for numbers in answers.values()]
    return [dict(zip(answers, row, strict=True)) for row in zip(*columns, strict=True)]


def _as_json(collection: str, answers: Answers, _notes: Notes) -> bytes:
    return msgspec.json.encode({collection: _rows(answers)})


def _as_lines(_collection: str, answers: Answers, _notes: Notes) -> bytes:
    return msgspec.json.Encoder().encode_lines(_rows(answers))


def _as_csv(_collection: str, answers: Answers, _notes: Notes) -> bytes:
    table = np.column_stack(list(answers.values())).tolist()
    return "".join(",".join(map(str, row)) + "\n" for row in table).encode()


def _as_records(_collection: str, answers: Answers, notes: Notes) -> bytes:
    named = {name: np.asarray(numbers, np.float32).reshape(len(numbers), -1) for name, numbers in answers.items()}
    return records.write_labels(named, notes)


_ENCODERS: dict[str, Encoder] = {
    "application/json": _as_json,
    "application/jsonlines": _as_lines,
    "text/csv": _as_csv,
    "application/x-recordio-protobuf": _as_records,
}
