"""The index of the rows: faiss's, built of parts, and asked for the nearest rows.

Distances are those that faiss gives: squared for `L2`, and the product for `INNER_PRODUCT` and `COSINE`, where the
nearest row has the largest; for the latter, rows have the length 1.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import faiss as _faiss
import numpy as np
from numpy.typing import NDArray

faiss: Any = _faiss  # its stubs lack what it adds to its classes
Singles = NDArray[np.float32]
Integers = NDArray[np.int64]

FLAT, IVF_FLAT, IVF_PQ = TYPES = ("faiss.Flat", "faiss.IVFFlat", "faiss.IVFPQ")
METRICS = ("L2", "INNER_PRODUCT", "COSINE")
_BITS = 8
"""Of a code of IVFPQ, where there are rows enough to learn so many."""
_FURTHER = 8
"""So many more neighbours are looked at where their distances are taken anew."""
_AT_ONCE = 1 << 22
"""So many numbers of neighbours are held at a time: more questions are gone through in parts."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What an index is to be.

    Attributes:
        kind: One of `TYPES`.
        metric: One of `METRICS`.
        lists: Into how many lists the rows of an IVF index are put; None for the root of their number.
        codes: How many codes stand for a row of IVFPQ; divides its length.
    """

    kind: str = FLAT
    metric: str = "L2"
    lists: int | None = None
    codes: int | None = None


def build(parts: Iterable[Singles], count: int, shape: Shape) -> Any:
    """An index of rows.

    Args:
        parts: The rows, (n, d) each, of one length; each is let go of before the next is asked for, unless the index
            has to be trained.
        count: How many there are in all, at least one.
        shape: What to make of them.
    """
    if shape.kind == FLAT:
        following = iter(parts)
        first = next(following)
        index: Any = faiss.IndexFlat(first.shape[1], _code(shape.metric))
        index.add(first)
        for part in following:
            index.add(part)
        return index
    rows = np.concatenate(list(parts))
    index = _inverted(rows.shape[1], count, shape)
    index.train(rows)
    index.add(rows)
    return index


def center(rows: Singles) -> Singles:
    """About the mean of some rows (n, d): in single precision, distances are exact where rows lie about zero.

    It is a multiple of a power of two that is as large as the rows' deviation, so that whole numbers stay whole.
    """
    deviation = np.maximum(rows.std(axis=0, dtype=np.float64), np.finfo(np.float32).tiny)
    unit = 2.0 ** np.floor(np.log2(deviation))
    mean = rows.mean(axis=0, dtype=np.float64)
    return (np.where(deviation > abs(mean) * 1e-6, np.rint(mean / unit) * unit, mean)).astype(np.float32)


def normalise(rows: Singles) -> Singles:
    """The same rows with the length 1; zeros stay zeros."""
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows, dtype=np.float64))
    return (rows / np.where(lengths > 0, lengths, 1)[:, None]).astype(np.float32)


def search(index: Any, questions: Singles, k: int) -> tuple[Singles, Integers]:
    """The distances, from the nearest on, and numbers of the ``k`` rows nearest to each question (n, d): (n, k) each.

    Where an index holds the rows as they are (`faiss.Flat`) a question has the same answer alone and among others. An
    IVF index may find fewer rows than ``k`` in the lists that it looks into; it then looks into all.
    """
    if isinstance(index, faiss.IndexFlat):
        return _search_exactly(index, questions, k)
    distances, numbers = index.search(questions, k)
    missing = (numbers < 0).any(axis=1)
    if missing.any():
        everywhere = faiss.SearchParametersIVF(nprobe=index.nlist)
        distances[missing], numbers[missing] = index.search(questions[missing], k, params=everywhere)
    return distances, numbers


def largest_first(index: Any) -> bool:
    """Whether the nearest row is the one with the largest number."""
    return bool(index.metric_type == faiss.METRIC_INNER_PRODUCT)


def write(index: Any, file: Any) -> None:
    """Write an index to a file that is open."""
    faiss.write_index(index, faiss.PyCallbackIOWriter(file.write))


def read(file: Any) -> Any:
    """Read an index from a file that is open.

    Raises:
        ValueError: It is none.
    """
    try:
        return faiss.read_index(faiss.PyCallbackIOReader(file.read))
    except RuntimeError as error:
        raise ValueError(f"faiss cannot read it ({str(error).splitlines()[0]})") from error


def _code(metric: str) -> int:
    return faiss.METRIC_L2 if metric == "L2" else faiss.METRIC_INNER_PRODUCT


def _inverted(width: int, count: int, shape: Shape) -> Any:
    metric = _code(shape.metric)
    lists = shape.lists or max(1, round(count**0.5))
    quantizer: Any = faiss.IndexFlat(width, metric)
    if shape.kind == IVF_FLAT:
        index: Any = faiss.IndexIVFFlat(quantizer, width, lists, metric)
    else:
        bits = min(_BITS, count.bit_length() - 1) or 1
        index = faiss.IndexIVFPQ(quantizer, width, lists, shape.codes, bits, metric)
        index.pq.cp.min_points_per_centroid = 1
    index.cp.min_points_per_centroid = 1  # it says so on stderr if there are fewer
    index.nprobe = _probe(lists)
    return index


def _probe(lists: int) -> int:
    """Into how many lists a search looks."""
    return min(lists, max(8, round(lists**0.5)))


def _search_exactly(index: Any, questions: Singles, k: int) -> tuple[Singles, Integers]:
    """Let faiss find a few more than ``k``, and order them by distances that are taken anew, in double precision.

    faiss takes those of many questions from one matrix product, in which digits are lost.
    """
    wanted = min(k + _FURTHER, index.ntotal)
    _, found = index.search(questions, wanted)
    held = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d).reshape(index.ntotal, index.d)
    distances = np.empty(found.shape)
    each = max(1, _AT_ONCE // (wanted * index.d))
    for start in range(0, len(questions), each):
        part = slice(start, start + each)
        distances[part] = _distances(held[found[part]].astype(np.float64), questions[part], index.metric_type)
    rising = -distances if index.metric_type == faiss.METRIC_INNER_PRODUCT else distances
    order = np.lexsort((found, rising), axis=1)[:, :k]
    taken = np.take_along_axis(distances, order, axis=1)
    return taken.astype(np.float32), np.take_along_axis(found, order, axis=1)


def _distances(rows: NDArray[np.float64], questions: Singles, metric: int) -> NDArray[np.float64]:
    """Of rows (n, k, d) from questions (n, d)."""
    if metric == faiss.METRIC_INNER_PRODUCT:
        return np.einsum("nkd,nd->nk", rows, questions.astype(np.float64))
    apart = rows - questions[:, None]
    return np.einsum("nkd,nkd->nk", apart, apart)
