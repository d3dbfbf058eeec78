"""Small trees that can be written out: two or three leaves, or a table over one feature.

A category's levels are ordered by their average outcome before a split, so a split names the levels on either side.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeRegressor

from fieldstone.framing.cases import Column
from fieldstone.framing.problem import Kind
from fieldstone.framing.trials.learners import Features, Learner
from fieldstone.framing.trials.scores import CLASSES, Floats

Answer = TypeVar("Answer", bound=str | float)


@dataclass(frozen=True, slots=True)
class Cut:
    """One condition: a feature is at most a threshold, or one of some levels.

    Attributes:
        column: The feature's position.
        at_most: The threshold, for numbers, booleans and times; infinite where only filled or empty counts.
        levels: The codes of the levels, for categories; empty otherwise.
        empty: Whether an empty value meets the condition.
        holds: Whether the condition must hold, or must not.
    """

    column: int
    at_most: float
    levels: tuple[int, ...]
    empty: bool
    holds: bool


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a tree answers where all its cuts are met: a value, or a share for each class or label."""

    cuts: tuple[Cut, ...]
    answer: Floats
    cases: int


@dataclass(frozen=True, slots=True)
class SmallTree:
    """A fitted tree: its leaves, in the order of reading, and its answers."""

    leaves: tuple[Leaf, ...]

    def predict(self, features: Features) -> Floats:
        """Return the answer for each case: a vector, or one column a class or label."""
        result = np.empty((len(features), len(self.leaves[0].answer)))
        for leaf in self.leaves:
            result[self.reach(leaf, features)] = leaf.answer
        return result[:, 0] if result.shape[1] == 1 else result

    @staticmethod
    def reach(leaf: Leaf, features: Features) -> NDArray[np.bool_]:
        """Return which cases end in a leaf."""
        met = np.ones(len(features), dtype=bool)
        for cut in leaf.cuts:
            met &= _meets(cut, features[:, cut.column]) == cut.holds
        return met


def _meets(cut: Cut, values: NDArray[np.float32]) -> NDArray[np.bool_]:
    inside = np.isin(values, cut.levels) if cut.levels else values <= np.float32(cut.at_most)
    return np.where(np.isnan(values), cut.empty, inside)


def grow(columns: Sequence[Column], kind: Kind, classes: int, *, leaves: int, only: int | None = None) -> "GrowingTree":
    """Return the description of a tree with so many leaves, over one feature or all."""
    return GrowingTree(tuple(columns), kind, classes, leaves, only)


@dataclass(frozen=True, slots=True)
class GrowingTree:
    """A tree to be fitted."""

    columns: tuple[Column, ...]
    kind: Kind
    classes: int
    leaves: int
    only: int | None = None

    def fit(self, features: Features, target: Floats) -> SmallTree:
        """Grow the tree; a leaf holds at least 5 cases or 1 in 200."""
        answers = outcomes(target, self.kind, self.classes)
        places = list(range(len(self.columns))) if self.only is None else [self.only]
        orders = {place: _order(features[:, place], answers, self.columns[place]) for place in places}
        known = np.column_stack([_placed(features[:, place], orders[place]) for place in places])
        smallest = max(min(5, len(target) // 4), len(target) // 200, 1)
        model = DecisionTreeRegressor(max_leaf_nodes=self.leaves, min_samples_leaf=smallest, random_state=0)
        model.fit(known, answers)
        return SmallTree(tuple(_leaves(model, places, orders)))

    def learner(self) -> Learner:
        """Return the tree as a learner."""
        return lambda known, target, unknown: self.fit(known, target).predict(unknown)


def outcomes(target: Floats, kind: Kind, classes: int) -> Floats:
    """Return the targets as cases x answers: one column of numbers, or of 0 and 1 for each class or label."""
    if kind in CLASSES:
        return np.eye(classes)[target.astype(int)]
    return target.reshape(len(target), -1).astype(np.float64)


def _order(values: NDArray[np.float32], answers: Floats, column: Column) -> NDArray[np.intp] | None:
    """Return the levels' codes from the lowest average outcome to the highest; None for other kinds."""
    if column.kind != "category":
        return None
    present = ~np.isnan(values)
    codes, size = values[present].astype(int), max(1, len(column.levels), int(np.nanmax(values, initial=0)) + 1)
    lead = answers[present] @ np.arange(1, answers.shape[1] + 1)
    average = (np.bincount(codes, lead, size) + 5 * lead.mean() if len(lead) else np.zeros(size)) / (
        np.bincount(codes, minlength=size) + 5
    )
    return np.argsort(average, kind="stable")


def _placed(values: NDArray[np.float32], order: NDArray[np.intp] | None) -> NDArray[np.float32]:
    if order is None:
        return values
    rank = np.empty(len(order), dtype=np.float32)
    rank[order] = np.arange(len(order))
    result = values.copy()
    present = ~np.isnan(values)
    result[present] = rank[np.clip(values[present].astype(int), 0, len(order) - 1)]
    return result


def _leaves(model: DecisionTreeRegressor, places: list[int], orders: dict[int, NDArray[np.intp] | None]) -> list[Leaf]:
    tree = model.tree_
    found: list[Leaf] = []

    def walk(node: int, cuts: tuple[Cut, ...]) -> None:
        if tree.children_left[node] < 0:
            found.append(Leaf(_tightened(cuts), np.asarray(tree.value[node])[:, 0], int(tree.n_node_samples[node])))
            return
        place = places[tree.feature[node]]
        order, limit = orders[place], _rounded(tree.threshold[node])
        empty = bool(tree.missing_go_to_left[node])
        levels = () if order is None else tuple(sorted(int(code) for code in order[: int(min(limit, len(order))) + 1]))
        walk(tree.children_left[node], (*cuts, Cut(place, limit, levels, empty, holds=True)))
        walk(tree.children_right[node], (*cuts, Cut(place, limit, levels, empty, holds=False)))

    walk(0, ())
    return found


def _rounded(threshold: float) -> float:
    """Return the greatest float32 up to a threshold: features are float32, and rules are written in as many digits."""
    near = np.float32(threshold)
    return float(near if near <= threshold else np.nextafter(near, np.float32(-np.inf)))


def merged(leaves: Sequence[Leaf], answers: Sequence[Answer]) -> list[tuple[Leaf, Answer]]:
    """Return leaves with their answers, neighbours along one feature that answer alike made one."""
    found: list[tuple[Leaf, Answer]] = []
    for leaf, answer in zip(leaves, answers, strict=True):
        joined = _adjoined(found[-1][0], leaf) if found and found[-1][1] == answer else None
        if joined is None:
            found.append((leaf, answer))
        else:
            found[-1] = (joined, answer)
    return found


def _adjoined(left: Leaf, right: Leaf) -> Leaf | None:
    """Return the union of two neighbouring leaves, if both are stretches of one number."""
    cuts = left.cuts + right.cuts
    if len({cut.column for cut in cuts}) != 1 or any(cut.levels for cut in cuts):
        return None
    empty = any(all(cut.empty == cut.holds for cut in leaf.cuts) for leaf in (left, right))
    ends = [cut for cut in left.cuts if not cut.holds] + [cut for cut in right.cuts if cut.holds]
    kept = tuple(replace(cut, empty=cut.holds == empty) for cut in ends)
    return Leaf(kept, left.answer, left.cases + right.cases)


def _tightened(cuts: tuple[Cut, ...]) -> tuple[Cut, ...]:
    """Return the cuts with at most one upper and one lower threshold for each feature."""
    kept: dict[tuple[int, bool], Cut] = {}
    for cut in cuts:
        before = kept.get((cut.column, cut.holds))
        kept[cut.column, cut.holds] = cut if before is None else _both(before, cut)
    return tuple(kept.values())


def _both(one: Cut, other: Cut) -> Cut:
    """Return the condition that both cuts of one feature and one direction hold."""
    pick = min if one.holds else max
    same = set(one.levels) & set(other.levels) if one.holds else set(one.levels) | set(other.levels)
    passes = one.empty == one.holds and other.empty == other.holds
    empty = one.holds if passes else not one.holds
    return Cut(one.column, pick(one.at_most, other.at_most), tuple(sorted(same)), empty, one.holds)
