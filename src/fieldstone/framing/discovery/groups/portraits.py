"""What a group of cases is like, in the words and units of its columns."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fieldstone.framing.cases import Column
from fieldstone.framing.choice.wording import figure, percent
from fieldstone.framing.discovery.encoding import WEIGHT, Encoded, Floats
from fieldstone.framing.discovery.record import Segment, Trait
from fieldstone.framing.trials.learners import Features
from fieldstone.methods.calibration import share

_TRAITS, _TELLING = 4, 0.35


def portray(
    labels: NDArray[np.intp],
    comes_back: Sequence[float],
    *,
    encoded: Encoded,
    features: Features,
    columns: Sequence[Column],
) -> tuple[Segment, ...]:
    """Describe each group, in the order of the labels."""
    return tuple(
        _segment(group, labels == group, back, encoded, features, columns) for group, back in enumerate(comes_back)
    )


def _segment(
    group: int,
    inside: NDArray[np.bool_],
    back: float,
    encoded: Encoded,
    features: Features,
    columns: Sequence[Column],
) -> Segment:
    places = _telling(inside, encoded)
    traits = tuple(_trait(part, inside, encoded, features, columns) for part in places)
    words = [_word(part, inside, encoded, columns) for part in places[:3]]
    held = share(int(inside.sum()), len(inside))
    about = ", ".join(words) or "close to the average in everything"
    name = f"group {group + 1}"
    sentence = f"{name.capitalize()}, {percent(held.value)} of the cases: {about}."
    return Segment(name, sentence, int(inside.sum()), held, back, traits)


def _telling(inside: NDArray[np.bool_], encoded: Encoded) -> list[int]:
    """Return the parts in which a group differs most from all cases, one a column."""
    weight = np.where([part.amount for part in encoded.parts], 1.0, 1.0 / WEIGHT)
    apart = np.abs(encoded.matrix[inside].mean(axis=0)) * weight
    kept: list[int] = []
    for place in np.argsort(-apart, kind="stable").tolist():
        seen = {encoded.parts[one].column for one in kept}
        if apart[place] >= _TELLING and encoded.parts[place].column not in seen and len(kept) < _TRAITS:
            kept.append(place)
    return kept


def _word(place: int, inside: NDArray[np.bool_], encoded: Encoded, columns: Sequence[Column]) -> str:
    part = encoded.parts[place]
    column, more = columns[part.column], bool(encoded.matrix[inside, place].mean() > 0)
    if part.level >= 0:
        return f"{column.name} {'more' if more else 'less'} often {column.levels[part.level]}"
    if column.kind == "boolean":
        return f"{column.name} {'more' if more else 'less'} often yes"
    return f"{'high' if more else 'low'} {column.name}"


def _trait(
    place: int, inside: NDArray[np.bool_], encoded: Encoded, features: Features, columns: Sequence[Column]
) -> Trait:
    part = encoded.parts[place]
    column, values = columns[part.column], features[:, part.column].astype(np.float64)
    return Trait(column.name, typical(values[inside], column, part.level), typical(values, column, part.level))


def typical(values: Floats, column: Column, level: int = -1) -> str:
    """The typical value of a column: the median, the share of yes, or that of a level."""
    known = values[np.isfinite(values)]
    if not len(known):
        return "empty"
    if level >= 0:
        return f"{column.levels[level]} in {percent(float(np.mean(known == level)))}"
    if column.kind == "boolean":
        return f"yes in {percent(float(known.mean()))}"
    if column.kind == "time":
        return str(np.datetime64(int(np.median(known)), "s"))[:10]
    return figure(float(np.median(known)))
