"""The bodies of requests, read into features: CSV into numbers, libsvm into a sparse matrix, records into either."""

from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fieldstone.algorithms.amazon import delimited, records
from fieldstone.algorithms.amazon.recordio import RecordError
from fieldstone.algorithms.xgboost import sparse
from fieldstone.algorithms.xgboost.channels import parse_content_type
from fieldstone.algorithms.xgboost.delimited import sniff
from fieldstone.algorithms.xgboost.rows import widen
from fieldstone.contract.serving import Reply
from fieldstone.contract.training import UserError

NAN = float("nan")
_NUMBERS = msgspec.json.Decoder(list[float])
_NUMBERS_WITH_GAPS = msgspec.json.Decoder(list[float | None])


class RefusedError(Exception):
    """A request that cannot be answered as it is; carries the reply that says so."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.reply = Reply(text.encode(), status=status)


@lru_cache(maxsize=1024)
def choose_format(content_type: str) -> str:
    """The format of a body: `csv`, `libsvm` or `recordio-protobuf`; one without content type is taken for CSV.

    At inference the documents of AWS ask for `label_size=0` and its container for 1: both are right here.

    Raises:
        RefusedError: 415, the content type is not one that predictions can be made from.
    """
    try:
        chosen = parse_content_type(content_type or "text/csv", label_sizes=("0", "1"))
    except UserError as error:
        raise RefusedError(415, str(error)) from error
    if chosen == "parquet":
        raise RefusedError(415, f"Content-type {content_type} is not supported.")
    return chosen


def read_csv(body: bytes, width: int) -> list[float]:
    """The numbers of all rows, one after the other; an empty field is NaN.

    Args:
        body: One row per line.
        width: The number of features that the model knows.

    Raises:
        RefusedError: 415 for what is no CSV of numbers, 400 for a row of another width.
    """
    lines = body.strip(b"\r\n").splitlines()  # not of tabs and spaces, which may stand before an empty field
    delimiter = b"," if b"," in lines[0] else (sniff(lines[0].decode(errors="replace")) or ",").encode()
    if len(lines) > 1:
        lines = [line for line in lines if line]
    for line in lines:
        fields = line.count(delimiter) + 1
        if fields != width:
            raise RefusedError(
                400,
                f"Unable to evaluate payload provided: Feature size of csv inference data {fields} is not consistent "
                f"with feature size of trained model {width}.",
            )
    numbers = _numbers(b",".join(lines) if delimiter == b"," else delimiter.join(lines).replace(delimiter, b","))
    if len(numbers) != width * len(lines):
        raise _unreadable("csv", ValueError("its rows have different delimiters"))
    return numbers


def read_large_csv(body: bytes, width: int) -> NDArray[np.float32]:
    """The rows of many, (n, d): what `read_csv` gives, sooner from some hundred rows on.

    Raises:
        RefusedError: As `read_csv` does, which reads again whatever Arrow does not understand.
    """
    line = body[: body.find(b"\n") + 1] or body
    delimiter = "," if b"," in line else sniff(line.decode(errors="replace")) or ","
    try:
        return delimited.parse(pa.BufferReader(body), width, delimiter=delimiter, kind=pa.float64(), quotes=False)
    except pa.ArrowInvalid:
        return np.array(read_csv(body, width), np.float32).reshape(-1, width)


def read_libsvm(body: bytes, width: int) -> Any:
    """The rows as a CSR matrix of the model's width; indices that count from 1 are shifted if they do not fit else.

    Raises:
        RefusedError: 415 for what is no libsvm, 400 for more features than the model knows.
    """
    try:
        features = sparse.parse(body.strip().splitlines(), labelled=False).features
    except ValueError as error:
        raise _unreadable("libsvm", error) from error
    if features.shape[1] == width + 1 and features.indices.min(initial=1) >= 1:
        features = features[:, 1:]
    if features.shape[1] > width:
        raise RefusedError(
            400,
            f"Unable to evaluate payload provided: Feature size of libsvm inference data {features.shape[1]} is larger "
            f"than feature size of trained model {width}.",
        )
    return widen(features, width)


def read_records(body: bytes, width: int) -> Any:
    """The features of records, (n, d): an array, or a CSR matrix if any are sparse; labels do not count.

    Raises:
        RefusedError: 415 for what are no records, 400 for ones of another width.
    """
    try:
        batch, taken = records.read(body)
    except RecordError as error:
        raise _unreadable("recordio-protobuf", ValueError(f"record {error.number + 1}: {error.reason}")) from error
    if taken < len(body):
        raise _unreadable("recordio-protobuf", ValueError(f"record {len(batch) + 1}: it is cut off"))
    found = batch.features.shape[1]
    if found != width:
        raise RefusedError(
            400,
            f"Unable to evaluate payload provided: Feature size of recordio-protobuf inference data {found} is not "
            f"consistent with feature size of trained model {width}.",
        )
    return batch.features


def _numbers(fields: bytes) -> list[float]:
    # JSON's numbers are numbers here too, and its parser is ten times as fast as `float`, which has the last word.
    try:
        return _NUMBERS.decode(b"[%b]" % fields)
    except msgspec.MsgspecError:
        pass
    try:
        return _numbers_with_gaps(fields)
    except msgspec.MsgspecError:
        pass
    try:
        return [float(field) if field.strip() else NAN for field in fields.split(b",")]
    except ValueError as error:
        raise _unreadable("csv", error) from error


def _numbers_with_gaps(fields: bytes) -> list[float]:
    if b"n" in fields:  # `null` is none of ours
        raise msgspec.DecodeError
    filled = (b",%b," % fields).replace(b",,", b",null,").replace(b",,", b",null,")
    return [NAN if number is None else number for number in _NUMBERS_WITH_GAPS.decode(b"[%b]" % filled[1:-1])]


def _unreadable(kind: str, error: ValueError) -> RefusedError:
    return RefusedError(
        415,
        f"Loading {kind} data failed with Exception, please ensure data is in {kind} format:\n {type(error)}\n {error}",
    )
