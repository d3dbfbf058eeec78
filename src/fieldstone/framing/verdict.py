"""The verdict: whether to use machine learning, in one sentence, and what to do instead."""

from collections.abc import Sequence
from dataclasses import dataclass

from fieldstone.framing.findings import Finding, Reason
from fieldstone.framing.problem import Problem

PRECEDENCE = (
    Reason.NO_MISTAKES,
    Reason.TOO_LITTLE_DATA,
    Reason.TOO_SIMPLE,
    Reason.RULE_WORKS,
    Reason.MUST_BE_READ,
    Reason.CHANGES_TOO_FAST,
)
"""Which reason speaks first where several hold."""
_WITHOUT = {
    "signal": "Do not use machine learning on these data",
    "structure": "Do not use machine learning on these data",
    "surroundings": "Do not use reinforcement learning as things are",
}
"""What cannot be learnt from at all, with what is said then."""

_PROOF = ("signal", "structure")
"""The findings that show that there is something to learn: from outcomes, or where there are none."""
_DOUBTS = ("worth", "simple")
"""The findings that say, as cautions, that something without a model may do as well."""
_UNTRIED = (
    "Nothing found speaks against machine learning, but nothing proves it useful either: the data hold no outcome that "
    "a model could be held against, so judge by what people do with its answers."
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of framing.

    Attributes:
        use_ml: Whether to use machine learning; None where something must be settled first.
        sentence: The verdict, for everybody.
        reasons: Which of the six reasons against machine learning hold, the weightiest first.
        instead: What to do instead; empty where a model is right.
        open: What must still be settled or looked at.
    """

    use_ml: bool | None
    sentence: str
    reasons: tuple[Reason, ...]
    instead: str
    open: tuple[str, ...]


def decide(findings: Sequence[Finding], problem: Problem) -> Verdict:
    """Return the verdict that follows from the findings."""
    del problem  # its open questions are listed where it is read
    stops = [finding for finding in findings if finding.weight == "stop"]
    against = sorted(
        (one for one in stops if one.reason), key=lambda one: PRECEDENCE.index(one.reason or Reason.RULE_WORKS)
    )
    reasons = tuple(dict.fromkeys(one.reason for one in against if one.reason))
    cautions = tuple(_settle(one) for one in findings if one.weight == "caution" and one.advice)
    leaks = tuple(_settle(one) for one in stops if one.check == "leakage")
    if against:
        first = against[0]
        sentence = f"Do not use machine learning: {reasons[0].value}. {first.sentence}"
        return Verdict(False, sentence, reasons, _instead(first), (*leaks, *cautions))
    silent = next((one for one in stops if one.check in _WITHOUT), None)
    if silent is not None:
        sentence = f"{_WITHOUT[silent.check]}: {_lowered(silent.sentence)}"
        return Verdict(False, sentence, (), silent.advice, (*leaks, *cautions))
    if stops:
        sentence = f"It cannot be told yet whether machine learning will do: {_lowered(stops[0].sentence)}"
        return Verdict(None, sentence, (), "", (*(_settle(one) for one in stops), *cautions))
    told = next((one for one in findings if one.check in _PROOF), None)
    if told is None:
        return Verdict(None, _UNTRIED, (), "", cautions)
    doubt = next((one for one in findings if one.weight == "caution" and one.check in _DOUBTS), None)
    if doubt is not None:
        sentence = f"Machine learning may be worth it, but that is not settled: {_lowered(doubt.sentence)}"
        return Verdict(None, sentence, (), doubt.advice, cautions)
    return Verdict(True, f"Machine learning is worth it: {_lowered(told.sentence)}", (), "", cautions)


def _instead(finding: Finding) -> str:
    rule = finding.evidence.get("rule")
    return f"{finding.advice} As SQL: {rule['sql']}" if isinstance(rule, dict) else finding.advice


def _settle(finding: Finding) -> str:
    return f"{finding.sentence} {finding.advice}".strip()


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
