"""The kind of problem, from its target, its data and its words, with the reason in a sentence.

What the file says counts first, then the target's values, then the question's words. Where they leave a doubt, the
recognition says what would settle it. Words alone are right on about four of five questions (``phrases.toml``).
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, cast

import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from fieldstone.framing.cases import Cases
from fieldstone.framing.data.scales import in_order
from fieldstone.framing.file.schema import listed
from fieldstone.framing.problem import Control, Kind, Problem, Target

UNSUPERVISED: frozenset[Kind] = frozenset({"segments", "geographic clusters", "patterns", "anomalies"})
GROUPED: frozenset[Kind] = frozenset({"segments", "geographic clusters", "patterns"})
NUMERIC: frozenset[Kind] = frozenset({"value", "count", "time series", "remaining life"})
_GRADES = 11
_ENOUGH_VALUES = 200_000
_PLACE = re.compile(r"(^|_)(lat|latitude|lon|lng|long|longitude)($|_)", re.IGNORECASE)
_CLOSE, _CLEAR = 2, 3
_Heard = dict[Kind, int]
_ASKS: dict[Kind, str] = {
    "binary": "a yes-or-no question of each case",
    "multiclass": "which one of several classes a case belongs to",
    "multilabel": "which labels a case has, any number of them",
    "ordinal": "for a grade on a scale with an order",
    "value": "how much, a number of any size",
    "count": "how many",
    "time series": "how a number goes on in time",
    "remaining life": "how long something will last",
    "segments": "which cases are alike, without groups known beforehand",
    "geographic clusters": "where, so places are grouped",
    "patterns": "which different patterns there are",
    "anomalies": "what is out of the ordinary",
    "recommendation": "what to offer to whom",
    "control": "how to act step by step, learning from reward",
}


@dataclass(frozen=True, slots=True)
class Recognition:
    """A kind of problem that was recognised.

    Attributes:
        kind: The kind.
        because: Why, in a sentence.
        alternatives: What else it could be, the likeliest first.
        settle: What would settle the doubt; empty where there is none.
    """

    kind: Kind
    because: str
    alternatives: tuple[Kind, ...] = ()
    settle: str = ""


def recognise(problem: Problem, cases: Cases | None = None) -> Recognition:
    """Recognise the kind of a problem; without cases from the file and its words alone."""
    weights = heard(problem.question)
    told = _told(problem.target) or _told_elsewhere(problem)
    if told:
        return told
    if cases is not None and cases.target is not None:
        return _seen(cases, cases.target, weights)
    if problem.target.column is not UNSET:
        return _column_named(problem.target.column, weights)
    return _from_words(weights, cases)


def heard(question: str) -> _Heard:
    """How heavily the words of a question speak for each kind, the heaviest first; kinds without one are left out."""
    text = " ".join(question.lower().replace("\u2019", "'").split())
    weights: _Heard = {kind: sum(w for phrase, w in table if phrase.search(text)) for kind, table in _phrases().items()}
    return {kind: weights[kind] for kind in sorted(weights, key=lambda kind: -weights[kind]) if weights[kind]}


@cache
def _phrases() -> dict[Kind, list[tuple[re.Pattern[str], int]]]:
    table = tomllib.loads(files("fieldstone.framing.solutions").joinpath("phrases.toml").read_text(encoding="utf-8"))
    read = {kind: [(re.compile(phrase), weight) for phrase, weight in below.items()] for kind, below in table.items()}
    return cast("Any", read)


def _told(target: Target) -> Recognition | None:
    """What the file itself decides."""
    if target.kind is not UNSET:
        return Recognition(target.kind, f"The problem file says so: kind: {target.kind}.")
    if target.columns is not UNSET:
        return Recognition("multilabel", f"A case can have several of {len(target.columns)} labels at once.")
    if target.horizon is not UNSET:
        because = f"The file asks for values {target.horizon} periods ahead of a series in time."
        return Recognition("time series", because, ("count", "value"))
    return _told_of_values(target)


def _told_elsewhere(problem: Problem) -> Recognition | None:
    """What the blocks decide that belong to one kind alone."""
    if problem.control != Control():
        return Recognition("control", "The file says where an agent would act (control).")
    events = UNSET if problem.data is UNSET else problem.data.events
    if events is not UNSET and events.item is not UNSET and problem.target.column is UNSET:
        return Recognition("recommendation", f"The file says who chose what (data.events.item: {events.item}).")
    return None


def _told_of_values(target: Target) -> Recognition | None:
    if target.silence is not UNSET:
        days = target.silence.none_for_days
        return Recognition("binary", f"Either nothing happens for {days:g} days, or something does: yes or no.")
    if target.order is not UNSET and len(target.order) > 2:
        because = f"The answer is one of {len(target.order)} values that the file puts in order."
        return Recognition("ordinal", because, ("multiclass",))
    if target.positive is not UNSET or target.order is not UNSET:
        return Recognition("binary", "The file names the one value that the question asks about, against all others.")
    return None


def _seen(cases: Cases, target: NDArray[np.float64], weights: _Heard) -> Recognition:
    """By the values of the target in past cases."""
    if target.ndim > 1:
        return Recognition("multilabel", f"Each case has any of {target.shape[1]} labels, several at once.")
    known = target[np.isfinite(target)]
    values = np.unique(known[:: max(1, len(known) // _ENOUGH_VALUES)])
    names = cases.classes or tuple(f"{each:g}" for each in values[:2])
    if len(cases.classes or values) == 2:
        because = f"The target has two values, {names[0]} and {names[1]}: a yes-or-no question."
        return Recognition("binary", because, ("anomalies",) if "anomalies" in weights else ())
    if cases.classes:
        return _several_classes(cases.classes, weights)
    return _numbers(values, weights, regular=cases.periods is not None)


def _several_classes(classes: tuple[str, ...], weights: _Heard) -> Recognition:
    shown = listed(list(classes)) if len(classes) <= 5 else f"{', '.join(classes[:4])} and others"
    if scale := in_order(classes):
        because = f"The target has {len(classes)} values that go from worst to best: {listed(list(scale))}."
        return Recognition("ordinal", because, ("multiclass",))
    because = f"The target has {len(classes)} values without an order ({shown})."
    if weights.get("ordinal", 0) <= weights.get("multiclass", 0):
        return Recognition("multiclass", because, ("ordinal",))
    because = f"The question asks for a grade, but nothing says how its {len(classes)} values ({shown}) are ordered."
    settle = f"Write them from worst to best under target.order: [{', '.join(classes)}]"
    return Recognition("multiclass", because, ("ordinal",), settle)


def _numbers(values: NDArray[np.float64], weights: _Heard, *, regular: bool) -> Recognition:
    whole = bool(np.all(values == np.round(values)) and values.min(initial=0) >= 0)
    heaviest = max(NUMERIC, key=lambda kind: (weights.get(kind, 0), kind))
    if heaviest == "remaining life" and "remaining life" in weights:
        because = "The target is a number, and the question asks how long something lasts."
        return Recognition("remaining life", because, ("value",))
    if whole and _are_names(len(values), weights):
        return _few_numbers(values, weights)
    if regular:
        return _series(whole=whole, weights=weights)
    if whole and weights.get("value", 0) <= weights.get("count", 0):
        settle = "Write target.kind: count if it counts things, target.kind: value if it measures something."
        because = "The target is a whole number, zero or more: so many of something."
        return Recognition("count", because, ("value",), "" if "count" in weights else settle)
    because = "The target is a number that can take any value in a range."
    return Recognition("value", because, ("count",) if whole else ())


def _are_names(different: int, weights: _Heard) -> bool:
    """Whether whole numbers are more likely grades or names of classes than amounts."""
    numeric = max(weights.get(kind, 0) for kind in NUMERIC)
    named = max(weights.get("ordinal", 0), weights.get("multiclass", 0))
    return named > numeric or (different < _GRADES and not numeric)


def _few_numbers(values: NDArray[np.float64], weights: _Heard) -> Recognition:
    named = weights.get("multiclass", 0) > weights.get("ordinal", 0) or len(values) >= _GRADES
    kind: Kind = "multiclass" if named else "ordinal"
    others: tuple[Kind, ...] = ("ordinal", "count") if named else ("count", "multiclass")
    because = f"The target has {len(values)} whole numbers from {values.min():g} to {values.max():g}, like "
    settle = (
        "Write target.kind: ordinal for grades, count for so many of something, multiclass if numbers are only names."
    )
    clear = weights.get(kind, 0) > _CLOSE
    return Recognition(kind, because + ("names." if named else "grades."), others, "" if clear else settle)


def _series(*, whole: bool, weights: _Heard) -> Recognition:
    if whole and weights.get("count", 0) >= max(1, weights.get("time series", 0)):
        return Recognition("count", "Whole numbers at regular times, and the question asks how many.", ("time series",))
    because = "The cases are one number at each of regular times."
    return Recognition("time series", because, ("count",) if whole else ("value",))


def _column_named(column: str, weights: _Heard) -> Recognition:
    """With a target column whose values nobody has seen: the words, of what can be learnt from answers."""
    answered: _Heard = {kind: weight for kind, weight in weights.items() if kind not in UNSUPERVISED}
    if answered:
        return _heaviest(answered, f"There are past answers in {column}, and the question")
    because = f"There are past answers in {column}, and the question does not say what they look like."
    settle = f"Look at the values of {column}: two make a yes-or-no question, more are classes, numbers a value."
    return Recognition("binary", because, ("multiclass", "value"), settle)


def _from_words(weights: _Heard, cases: Cases | None) -> Recognition:
    places = cases is not None and sum(bool(_PLACE.search(each.name)) for each in cases.columns) > 1
    if places and next(iter(weights), "segments") in {"segments", "geographic clusters"}:
        return Recognition("geographic clusters", "The cases have places, and no target is given.", ("segments",))
    if weights:
        return _heaviest(weights, "The question")
    return Recognition(
        "segments",
        "No target is given, and nothing in the question's words says what is to be known.",
        ("patterns", "anomalies", "binary"),
        "Say what is to be known of each case: write target.column, or target.kind.",
    )


def _heaviest(weights: _Heard, subject: str) -> Recognition:
    kind, *others = weights
    settle = _settling(kind, others[0]) if others and weights[kind] - weights[others[0]] < _CLOSE else ""
    if weights[kind] < _CLEAR:
        settle = settle or f"Only a hint in the words says so. Write target.kind: {kind} if it is right."
    return Recognition(kind, f"{subject} asks {_ASKS[kind]}.", tuple(others[:2]), settle)


def _settling(kind: Kind, other: Kind) -> str:
    if (kind in UNSUPERVISED) != (other in UNSUPERVISED):
        foretold = other if kind in UNSUPERVISED else kind
        return f"Past cases with known answers make it {foretold}: name their column under target.column."
    return f"Write target.kind: {kind} if it asks {_ASKS[kind]}, target.kind: {other} if it asks {_ASKS[other]}."
