"""The formats that a handler of the framework's own reads and writes: JSON, JSON lines, CSV, NPY and NPZ."""

import csv
import io
import json
from collections.abc import Callable, Iterable
from typing import Any, Final

import numpy as np
import scipy.sparse

JSON: Final = "application/json"
JSON_LINES: Final = "application/jsonlines"
CSV: Final = "text/csv"
NPY: Final = "application/x-npy"
NPZ: Final = "application/x-npz"
TEXTS: Final = frozenset({JSON, JSON_LINES, CSV})
"""What a handler is given as text; anything else as bytes."""


class UnsupportedFormatError(Exception):
    """A content type that the framework's own handlers do not know."""

    def __init__(self, content_type: str) -> None:
        super().__init__(
            f"Content type {content_type} is not supported by this framework.\n\n"
            "Please implement input_fn to deserialize the request data or an output_fn to serialize the response. "
            f"Its own read and write {', '.join(_ENCODERS)}."
        )


def media_type(content_type: str) -> str:
    """A content type without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def decode(body: str | bytes, content_type: str) -> Any:
    """A request's body as an array.

    Raises:
        UnsupportedFormatError: Its content type is none that is known.
    """
    decoder = _DECODERS.get(media_type(content_type))
    if decoder is None:
        raise UnsupportedFormatError(content_type)
    return decoder(body)


def encode(prediction: Any, accept: str) -> tuple[bytes, str]:
    """A prediction in the first format of those accepted that is known, and its content type.

    Raises:
        UnsupportedFormatError: None of them is.
    """
    for wanted in accept.split(","):
        if encoder := _ENCODERS.get(media_type(wanted)):
            return encoder(prediction), media_type(wanted)
    raise UnsupportedFormatError(accept)


def _read_csv(body: str) -> Any:
    rows = [row for row in csv.reader(io.StringIO(body), strict=True) if row]
    table = np.array(rows).squeeze()
    try:
        return table.astype(float)
    except ValueError:
        return table


def _read_json_lines(body: str) -> Any:
    return np.array([json.loads(line) for line in body.splitlines() if line.strip()])


def _plain(value: Any) -> Any:
    """What JSON can say of a value: arrays, tensors and their numbers have a method for it."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _write_json(prediction: Any) -> bytes:
    return json.dumps(prediction, default=_plain).encode()


def _write_json_lines(prediction: Any) -> bytes:
    rows: Iterable[Any] = prediction if isinstance(prediction, list) else np.atleast_1d(np.asarray(prediction))
    return b"".join(_write_json(row) + b"\n" for row in rows)


def _write_csv(prediction: Any) -> bytes:
    table = np.asarray(prediction)
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(table.reshape(-1, 1) if table.ndim < 2 else table)
    return text.getvalue().encode()


def _write_npy(prediction: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, np.asarray(prediction))
    return file.getvalue()


def _write_npz(prediction: Any) -> bytes:
    file = io.BytesIO()
    scipy.sparse.save_npz(file, scipy.sparse.csr_matrix(prediction))
    return file.getvalue()


_DECODERS: Final[dict[str, Callable[[Any], Any]]] = {
    JSON: lambda body: np.array(json.loads(body)),
    JSON_LINES: _read_json_lines,
    CSV: _read_csv,
    NPY: lambda body: np.load(io.BytesIO(body)),  # objects would be pickles, which are programs; numpy refuses them
    NPZ: lambda body: scipy.sparse.load_npz(io.BytesIO(body)),
}
_ENCODERS: Final[dict[str, Callable[[Any], bytes]]] = {
    JSON: _write_json,
    JSON_LINES: _write_json_lines,
    CSV: _write_csv,
    NPY: _write_npy,
    NPZ: _write_npz,
}
