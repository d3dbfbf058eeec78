"""Whether the series of a job, and those of a request, have what they must, and the same all of them."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from fieldstone.algorithms.amazon.hyperparameters import AUTO
from fieldstone.algorithms.deepar.series import Series, SeriesError

ENOUGH = 300
"""Observations that there must be in all."""
_LIMITS = {"beta": (0.0, 1.0), "negative-binomial": (0.0, None)}


def count_categories(series: Iterable[Series]) -> tuple[int, ...]:
    """One more than the largest of each category; empty where there are none.

    Raises:
        SeriesError: A series has more or fewer than the first one.
    """
    largest: np.ndarray[Any, Any] | None = None
    for one in series:
        if largest is None:
            largest = np.array(one.cat, np.int64)
        if len(one.cat) != len(largest):
            raise SeriesError(f"{one.place}: cat has {len(one.cat)} values instead of {len(largest)}")
        largest = np.maximum(largest, one.cat) if one.cat else largest
    return () if largest is None else tuple((largest + 1).tolist())


def count_features(series: Iterable[Series]) -> int:
    """How many lists of dynamic features each series has.

    Raises:
        SeriesError: A series has more or fewer than the first one.
    """
    count: int | None = None
    for one in series:
        count = len(one.dynamic) if count is None else count
        if len(one.dynamic) != count:
            raise SeriesError(f"{one.place}: dynamic_feat has {len(one.dynamic)} lists instead of {count}")
    return count or 0


def settle(asked: Any, found: Any, name: str) -> Any:
    """What is used of the sizes that were asked for and found.

    Args:
        asked: `auto`, what there must be, or what is empty where they are to be ignored.
        found: What the series have: the sizes of categories, or a number of features.
        name: The field.

    Raises:
        SeriesError: What there is does not fit what was asked for.
    """
    if not asked or asked == AUTO:
        return found if asked else asked
    if isinstance(asked, int):
        if asked != found:
            raise SeriesError(f"num_dynamic_feat is {asked}, and the series have {found} lists in {name}")
        return asked
    if len(asked) != len(found):
        raise SeriesError(f"cardinality has {len(asked)} sizes, and the series have {len(found)} values in {name}")
    return asked


def check(series: Sequence[Series], cardinality: tuple[int, ...], features: int, after: int = 0) -> None:
    """See to it that a model of these sizes can take the series.

    Args:
        series: Some series; where sizes are empty, what they have of the kind is not looked at.
        cardinality: The sizes of the categories.
        features: How many lists of dynamic features there are.
        after: How many points more than the series these have.

    Raises:
        SeriesError: One does not fit; the message says where it is.
    """
    for one in series:
        _check_categories(one, cardinality)
        if not features:
            continue
        if len(one.dynamic) != features:
            raise SeriesError(f"{one.place}: dynamic_feat has {len(one.dynamic)} lists instead of {features}")
        length = one.dynamic.shape[1]
        if length != len(one) + after:
            more = f" + {after} to come" if after else ""
            raise SeriesError(
                f"{one.place}: the lists of dynamic_feat have {length} values, and target has {len(one)}{more}"
            )


def _check_categories(one: Series, cardinality: tuple[int, ...]) -> None:
    if not cardinality:
        return
    if len(one.cat) != len(cardinality):
        raise SeriesError(f"{one.place}: cat has {len(one.cat)} values instead of {len(cardinality)}")
    for number, (category, size) in enumerate(zip(one.cat, cardinality, strict=True), 1):
        if category >= size:
            raise SeriesError(
                f"{one.place}: value {number} of cat is {category}, and the model knows those from 0 to {size - 1}"
            )


def check_range(series: Iterable[Series], likelihood: str) -> None:
    """See to it that all points are ones that a likelihood can have.

    Raises:
        SeriesError: One is not.
    """
    low, high = _LIMITS.get(likelihood, (None, None))
    for one in series:
        seen = one.values[one.observed]
        if low is not None and len(seen) and seen.min() < low:
            raise SeriesError(
                f"{one.place}: target has {seen.min()}, and likelihood {likelihood} takes none below {low:g}"
            )
        if high is not None and len(seen) and seen.max() > high:
            raise SeriesError(
                f"{one.place}: target has {seen.max()}, and likelihood {likelihood} takes none above {high:g}"
            )
        if likelihood == "negative-binomial" and (seen != np.round(seen)).any():
            raise SeriesError(
                f"{one.place}: target has numbers that are no counts, as likelihood {likelihood} needs them"
            )
