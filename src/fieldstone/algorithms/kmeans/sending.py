"""A summary as bytes, on its way from one host to another: NumPy's `.npz`."""

from io import BytesIO
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from fieldstone.algorithms.kmeans.sampling import Sample
from fieldstone.algorithms.kmeans.streaming import Centers
from fieldstone.algorithms.kmeans.training import Summary


def pack(summary: Summary) -> bytes:
    """The bytes of a summary."""
    rows = summary.sample.rows
    parts: dict[str, Any] = {
        "count": summary.rows,
        "places": summary.centers.places,
        "masses": summary.centers.weights,
        "weights": summary.sample.weights,
        "priorities": summary.sample.priorities,
        "missed": summary.sample.missed,
    }
    if isinstance(rows, csr_matrix):
        parts |= {"data": rows.data, "indices": rows.indices, "indptr": rows.indptr, "shape": rows.shape}
    else:
        parts["rows"] = rows
    file = BytesIO()
    np.savez(file, **parts)
    return file.getvalue()


def unpack(word: bytes | bytearray) -> Summary:
    """The summary that was packed."""
    with np.load(BytesIO(word)) as parts:
        rows = parts["rows"] if "rows" in parts else _sparse(parts)
        sample = Sample(rows, parts["weights"], parts["priorities"], float(parts["missed"]))
        return Summary(int(parts["count"]), Centers(parts["places"], parts["masses"]), sample)


def _sparse(parts: Any) -> csr_matrix:
    return csr_matrix((parts["data"], parts["indices"], parts["indptr"]), shape=tuple(parts["shape"].tolist()))
