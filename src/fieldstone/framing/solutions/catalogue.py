"""What can solve a kind of problem, how it is measured, and whether answers come one by one or in batches."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct

from fieldstone.framing.problem import Kind, Problem

Family = Literal["supervised", "unsupervised", "reinforcement"]
_SOON_MS = 60_000


class Candidate(Struct, frozen=True, forbid_unknown_fields=True, rename={"best_for": "for"}):
    """A way to solve a kind of problem, with its price in words.

    ``program`` is its folder among the algorithms; empty where a plain library does it. ``here`` says whether
    Fieldstone has it.
    """

    name: str
    service: str
    program: str
    here: bool
    best_for: str
    accuracy: str
    latency: str
    interpretability: str


@dataclass(frozen=True, slots=True)
class Solution:
    """How a kind of problem is solved.

    Attributes:
        kind: The kind.
        family: The family of machine learning.
        group: The guide's name for this sort of problem, such as ``classification``.
        when: When that family is the right one.
        answer: What an answer looks like.
        metric: The measure to hold a model to.
        metric_why: Why that one.
        candidates: What to try, in this order.
    """

    kind: Kind
    family: Family
    group: str
    when: str
    answer: str
    metric: str
    metric_why: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """How answers get to where they are needed, and why so."""

    mode: Literal["real time", "batch"]
    because: str
    aws: str


class _Row(Struct, frozen=True, forbid_unknown_fields=True):
    family: Family
    group: str
    answer: str
    metric: str
    metric_why: str
    use: tuple[str, ...]


class _Table(Struct, frozen=True, forbid_unknown_fields=True):
    families: dict[Family, str]
    kinds: dict[Kind, _Row]
    candidates: dict[str, Candidate]


def solution(kind: Kind) -> Solution:
    """What the table says of a kind of problem."""
    table = _table()
    row = table.kinds[kind]
    return Solution(
        kind=kind,
        family=row.family,
        group=row.group,
        when=table.families[row.family],
        answer=row.answer,
        metric=row.metric,
        metric_why=row.metric_why,
        candidates=tuple(table.candidates[each] for each in row.use),
    )


def fitting(kind: Kind, problem: Problem) -> tuple[Candidate, ...]:
    """The candidates that respect the problem's wish to be explained, in the order in which to try them."""
    wanted = problem.constraints.interpretability
    candidates = solution(kind).candidates
    if wanted == "full":
        return tuple(each for each in candidates if each.interpretability.startswith(("readable", "each group")))
    if wanted == "reasons":
        return tuple(each for each in candidates if not each.interpretability.startswith("hardly"))
    return candidates


def delivery(problem: Problem) -> Delivery:
    """Real time or batch, from when the decision is taken and how long it can wait."""
    timing = problem.decision.timing if problem.decision is not UNSET else UNSET
    latency = problem.constraints.latency_ms
    if timing == "real time":
        within = f" within {latency:g} ms" if latency is not UNSET else ""
        return Delivery(
            "real time", f"Somebody waits for each answer{within}.", "a real-time endpoint (InvokeEndpoint)"
        )
    if timing is UNSET and latency is not UNSET and latency < _SOON_MS:
        return Delivery(
            "real time", f"An answer must come within {latency:g} ms.", "a real-time endpoint (InvokeEndpoint)"
        )
    if timing is UNSET:
        because = "Nothing says when the decision is taken; batches are the cheaper of the two until it is known."
    else:
        because = f"The decision is taken {timing}, so all its answers can be made at once beforehand."
        if latency is not UNSET and latency < _SOON_MS:
            because += f" The {latency:g} ms are then kept by looking up an answer that is already there."
    return Delivery("batch", because, "batch transform (CreateTransformJob)")


@cache
def _table() -> _Table:
    text: dict[str, Any] = tomllib.loads(
        files("fieldstone.framing.solutions").joinpath("catalogue.toml").read_text(encoding="utf-8")
    )
    return msgspec.convert(text, _Table)
