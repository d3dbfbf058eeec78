"""The file of a forest: whole, or refused."""

import zipfile
from contextlib import suppress
from dataclasses import fields

import numpy as np
import pytest

from fieldstone.algorithms.randomcutforest.artifact import load, save
from fieldstone.algorithms.randomcutforest.forest import Structure, build
from fieldstone.algorithms.randomcutforest.scoring import score

ARRAYS = [field.name for field in fields(Structure)]


@pytest.fixture
def file(tmp_path, clouds, train):
    """A forest of ten trees in a file."""
    path = tmp_path / "model_algo-1"
    save(train(clouds[0], trees=10, size=50), path)
    return path


def _alter(path, **changed):
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    arrays |= {name: change(arrays[name].copy()) for name, change in changed.items()}
    with path.open("wb") as target:
        np.savez(target, **arrays)


def _put(place, value):
    def change(array):
        array[place] = value
        return array

    return change


def test_a_forest_that_is_read_scores_like_the_one_that_was_written(tmp_path, clouds, train):
    """To the last bit, and needs no more trust than its file deserves."""
    usual, unusual = clouds
    forest = train(usual, trees=10, size=50)
    save(forest, tmp_path / "model")

    restored = load(tmp_path / "model")

    assert np.array_equal(score(restored, unusual), score(forest, unusual))
    assert np.array_equal(restored.depths, forest.depths)


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 1, 2), (2, 5, 1)])
def test_forests_without_any_cut_are_kept_too(tmp_path, shape):
    """One point a tree, or one and the same over and over."""
    forest = build(np.ones(shape, np.float32), np.random.default_rng(0))
    save(forest, tmp_path / "model")

    restored = load(tmp_path / "model")

    assert score(restored, np.zeros((1, shape[2]))) == score(forest, np.zeros((1, shape[2])))


def test_a_file_that_was_cut_off_or_altered_anywhere_is_refused(file):
    """At every hundredth place: shorter, or with other bits there."""
    content = file.read_bytes()
    whole = load(file)
    for place in range(0, len(content), len(content) // 100):
        file.write_bytes(content[:place])
        with pytest.raises(ValueError, match="model_algo-1"):
            load(file)
        file.write_bytes(content[:place] + bytes([content[place] ^ 255]) + content[place + 1 :])
        # Some bytes mean nothing, such as the time in the archive.
        with suppress(ValueError):
            altered = load(file).structure
            assert all(np.array_equal(getattr(altered, name), getattr(whole.structure, name)) for name in ARRAYS)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x93NUMPY\x01\x00", b"PK\x05\x06" + bytes(18)])
def test_a_file_of_another_kind_is_refused(tmp_path, content):
    """Nothing, text, half an array, an empty archive."""
    (tmp_path / "model_algo-1").write_bytes(content)

    with pytest.raises(ValueError, match="no model that Random Cut Forest has written"):
        load(tmp_path / "model_algo-1")


def test_another_archive_is_refused(tmp_path):
    """One with other files in it, one with pickled objects in it, which is not unpickled."""
    path = tmp_path / "model_algo-1"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(ValueError, match="no model that Random Cut Forest has written"):
        load(path)

    with path.open("wb") as target:
        np.savez(target, format=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ValueError, match="cannot be read"):
        load(path)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"version": _put((), 2)}, "has version 2 of the file's format; this program reads 1"),
        ({"format": lambda _: np.str_("other")}, "no model that Random Cut Forest has written"),
        ({"points": _put((1, 2, 3), np.nan)}, "not all of its numbers are finite"),
        ({"points": lambda array: array[:, :, 0]}, "points have the shape"),
        ({"points": lambda array: array.astype(np.float64)}, "no array points of f4"),
        ({"masses": _put((3, 0), 2)}, "masses of tree 3"),
        ({"masses": _put((3, slice(0, 2)), (0, 2))}, "masses of tree 3"),
        ({"masses": lambda array: array[:5]}, "masses have the shape"),
        ({"dimensions": _put((2, 4), 5)}, "tree 2 is cut in dimensions that there are not"),
        ({"children": _put((4, 0, 0), 0)}, "nodes of tree 4 do not hang together"),
        ({"children": _put((4, 48, 1), -51)}, "nodes of tree 4 do not hang together"),
        ({"cuts": _put((5, 0), 1e30)}, "cuts lie outside of what they cut"),
    ],
)
def test_a_file_whose_arrays_make_no_forest_is_refused(file, changed, words):
    """Scoring would walk out of them, or for ever."""
    _alter(file, **changed)

    with pytest.raises(ValueError, match=words):
        load(file)


def test_nodes_that_go_round_in_circles_are_refused(file):
    """Two nodes that hang from each other, and from nothing else."""

    def exchange(children):
        tree = children[0]
        parents = {int(child): place for place, child in np.ndenumerate(tree)}
        inner = next(n for n in range(1, 40) if (tree[n] >= 0).any())
        side = int(np.argmax(tree[inner] >= 0))
        below = int(tree[inner, side])
        tree[parents[inner]], tree[inner, side] = below, inner
        return children

    _alter(file, children=exchange)

    with pytest.raises(ValueError, match="circles"):
        load(file)
