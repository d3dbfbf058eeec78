"""Scales in words, such as "unsatisfied, neutral, satisfied": put in order without being told."""

import re
from collections.abc import Iterable

_STEPS = {
    "slightly": 0.5,
    "somewhat": 0.5,
    "rather": 0.5,
    "fairly": 0.75,
    "very": 1.5,
    "strongly": 1.5,
    "extremely": 2.0,
}
"""By how much a word in front moves the one that follows away from the middle of its scale."""

_SCALES: tuple[dict[str, float], ...] = (
    {"unsatisfied": -2, "dissatisfied": -2, "unhappy": -2, "neutral": 0, "satisfied": 2, "happy": 2},
    {"disagree": -2, "neither": 0, "neutral": 0, "undecided": 0, "agree": 2},
    {"unlikely": -2, "neutral": 0, "likely": 2, "certain": 5},
    {"negative": -2, "neutral": 0, "positive": 2},
    {"low": -2, "medium": 0, "middle": 0, "moderate": 0, "normal": 0, "high": 2, "critical": 5},
    {"none": -5, "minor": -2, "mild": -2, "moderate": 0, "major": 2, "severe": 2, "serious": 2, "critical": 5},
    {"small": -2, "medium": 0, "large": 2},
    {"cold": -2, "cool": -1, "warm": 1, "hot": 2},
    {"slow": -2, "medium": 0, "fast": 2},
    {"never": 0, "rarely": 1, "seldom": 1, "sometimes": 2, "often": 3, "usually": 3.5, "always": 4},
    {"trainee": 0, "junior": 1, "intermediate": 2, "senior": 3, "principal": 4},
    {"bronze": 1, "silver": 2, "gold": 3, "platinum": 4},
    {"worst": -9, "terrible": -6, "awful": -5, "poor": -4, "bad": -4, "fair": -2, "average": 0, "okay": 0, "ok": 0,
     "acceptable": 0, "good": 2, "great": 4, "premium": 5, "excellent": 6, "ideal": 8, "best": 9},
    {letter: -place for place, letter in enumerate("abcdef")},
)  # fmt: skip
"""Each scale: where its words stand, worst to best."""


def in_order(words: Iterable[str]) -> tuple[str, ...] | None:
    """The words from worst to best, if all are of one scale and no two stand at the same place; else None.

    Grades in letters run from F, the worst, to A; numbers in words by their size.
    """
    given = list(words)
    for scale in _SCALES:
        places = [_place(word, scale) for word in given]
        known = [place for place in places if place is not None]
        if len(set(known)) == len(given):
            return tuple(word for _, word in sorted(zip(known, given, strict=True)))
    return _numbered(given)


def _place(word: str, scale: dict[str, float]) -> float | None:
    """Where a word stands, moved by the words in front of it; None if it is not of the scale."""
    *before, last = re.split(r"[\s_-]+", word.strip().lower()) or [""]
    if last not in scale or any(each not in _STEPS for each in before):
        return None
    place = scale[last]
    for each in before:
        place *= _STEPS[each]
    return place


def _numbered(words: list[str]) -> tuple[str, ...] | None:
    try:
        return tuple(sorted(words, key=float))
    except ValueError:
        return None
