"""A forest as a file, and back: NumPy's archive of the arrays of its structure, and what wrote them.

AWS's own file has a format that nobody outside knows: neither can read the other's. What follows from the structure is
not in the file, so it cannot contradict it. Nothing is unpickled, and a file is looked at whole before it is believed:
scoring walks along its numbers without looking where they lead.
"""

import zipfile
import zlib
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fieldstone.algorithms.randomcutforest.forest import Forest, Structure, complete

_FORMAT: Final = "fieldstone random cut forest"
_VERSION: Final = 1
_DTYPES: Final = {"points": "f4", "masses": "i4", "dimensions": "i4", "cuts": "f4", "children": "i4"}
_DAMAGE: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, MemoryError, NotImplementedError)
"""What reading an archive that was cut off or altered ends in."""


def save(forest: Forest, path: Path) -> None:
    """Write a forest to a file."""
    arrays = {field.name: getattr(forest.structure, field.name) for field in fields(Structure)}
    with path.open("wb") as file:
        np.savez(file, format=np.str_(_FORMAT), version=np.int64(_VERSION), **arrays)


def load(path: Path) -> Forest:
    """Read a forest.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no forest of ours, one of another version, or damaged; the message says which.
    """
    if path.stat().st_size == 0 or not zipfile.is_zipfile(path):
        raise ValueError(f"{path.name} is no model that Random Cut Forest has written, or not all of it")
    try:
        arrays = _read(path)
    except _DAMAGE as fault:
        raise ValueError(f"{path.name} cannot be read: {fault}") from fault
    named = arrays.get("format"), arrays.get("version")
    if named[0] != _FORMAT:
        raise ValueError(f"{path.name} is no model that Random Cut Forest has written")
    if named[1] != _VERSION:
        raise ValueError(f"{path.name} has version {named[1]} of the file's format; this program reads {_VERSION}")
    try:
        return _restore(arrays)
    except ValueError as fault:
        raise ValueError(f"{path.name} is damaged: {fault}") from fault


def _read(path: Path) -> dict[str, NDArray[Any]]:
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def _restore(arrays: dict[str, NDArray[Any]]) -> Forest:
    for name, dtype in _DTYPES.items():
        if name not in arrays or arrays[name].dtype != np.dtype(dtype):
            raise ValueError(f"there is no array {name} of {dtype}")
    structure = Structure(**{name: np.ascontiguousarray(arrays[name]) for name in _DTYPES})
    _check_shapes(structure)
    for tree in range(len(structure.points)):
        _check_tree(structure, tree)
    forest = complete(structure)
    _check_cuts(forest)
    return forest


def _check_shapes(structure: Structure) -> None:
    if structure.points.ndim != 3 or not structure.points.size:
        raise ValueError(f"points have the shape {structure.points.shape}")
    trees, size, _ = structure.points.shape
    expected = {"masses": (trees, size), "dimensions": (trees, size - 1), "cuts": (trees, size - 1)}
    for name, shape in (expected | {"children": (trees, size - 1, 2)}).items():
        if getattr(structure, name).shape != shape:
            raise ValueError(f"{name} have the shape {getattr(structure, name).shape}, not {shape}")
    if not (np.isfinite(structure.points).all() and np.isfinite(structure.cuts).all()):
        raise ValueError("not all of its numbers are finite")


def _check_tree(structure: Structure, tree: int) -> None:
    """Hold that every node and leaf hangs from one node before it, and that masses make up the sample."""
    masses, size = structure.masses[tree], structure.masses.shape[1]
    leaves = np.count_nonzero(masses)
    if masses.sum(dtype=np.int64) != size or not (masses[:leaves] > 0).all():
        raise ValueError(f"the masses of tree {tree} are not those of {size} points")
    below = structure.children[tree, : leaves - 1].astype(np.int64)
    expected = np.r_[np.arange(-leaves, 0), np.arange(1, leaves - 1)] if leaves > 1 else below.ravel()
    if not np.array_equal(np.sort(below, axis=None), expected):
        raise ValueError(f"the nodes of tree {tree} do not hang together")
    if ((below >= 0) & (below <= np.arange(leaves - 1)[:, None])).any():
        raise ValueError(f"the nodes of tree {tree} go round in circles")
    used = structure.dimensions[tree, : leaves - 1]
    if ((used < 0) | (used >= structure.points.shape[2])).any():
        raise ValueError(f"tree {tree} is cut in dimensions that there are not")


def _check_cuts(forest: Forest) -> None:
    """Hold that every cut has points on both sides of it."""
    structure = forest.structure
    used = np.arange(structure.cuts.shape[1]) < forest.leaves[:, None] - 1
    tree, node = np.nonzero(used)
    low, high = (forest.boxes[tree, node, side, structure.dimensions[tree, node]] for side in (0, 1))
    cuts = structure.cuts[tree, node]
    if not ((low <= cuts) & (cuts < high)).all():
        raise ValueError("cuts lie outside of what they cut")
