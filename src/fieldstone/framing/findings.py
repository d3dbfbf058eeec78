"""What an examination finds: one sentence, its evidence, and what follows from it."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal


class Reason(Enum):
    """The six reasons not to use machine learning."""

    RULE_WORKS = "simple rules work fine"
    TOO_LITTLE_DATA = "there is not enough data"
    TOO_SIMPLE = "the problem is too simple"
    NO_MISTAKES = "mistakes cannot be tolerated"
    CHANGES_TOO_FAST = "the problem changes too fast"
    MUST_BE_READ = "perfect interpretability is needed"


Weight = Literal["fine", "caution", "stop"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.

    Attributes:
        check: What was examined, such as ``signal``.
        weight: ``stop`` speaks against a model as things are; ``caution`` must be looked at.
        sentence: What was found, for people who do not know statistics, with the number that matters.
        evidence: The numbers behind it, ready for JSON; arrays as lists.
        advice: What to do about it; empty where there is nothing to do.
        reason: Which of the six reasons against machine learning it supports, if any.
    """

    check: str
    weight: Weight
    sentence: str
    evidence: dict[str, Any] = field(default_factory=dict[str, Any])
    advice: str = ""
    reason: Reason | None = None
