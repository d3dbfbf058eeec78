"""The plan of an A/B test: how many cases, for how long, and what a shorter test would miss."""

import math
from dataclasses import dataclass

from msgspec import UNSET, UnsetType

from fieldstone.framing.experiments.peeking import false_alarms_when_peeking
from fieldstone.framing.experiments.power import (
    Levels,
    cases_for_means,
    cases_for_no_harm,
    cases_for_proportions,
    effect_for_means,
    effect_for_proportions,
)
from fieldstone.framing.experiments.samples import Better, Guardrail, MetricKind
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Test

_WEEKS_LISTED = (1, 2, 4, 8)


@dataclass(frozen=True, slots=True)
class Setup:
    """How a test is run, beyond what a problem file says.

    Attributes:
        kind: A proportion, a mean or a ratio; found out where it is not said.
        share: The share of cases that get the new treatment.
        days: For how long cases can be taken in at the most, if there is a limit.
        outcome_days: After how many days a case's outcome is known, such as 30 for "left within 30 days".
        correlation: Of the metric with what is known before the test; with it, fewer cases are needed.
        guardrails: Metrics that must not get worse.
    """

    kind: MetricKind | None = None
    share: float = 0.5
    days: int | None = None
    outcome_days: float = 0.0
    correlation: float = 0.0
    guardrails: tuple[Guardrail, ...] = ()


@dataclass(frozen=True, slots=True)
class Size:
    """Cases of a test, and the days in which they come (None where the traffic is not known)."""

    control: int
    treatment: int
    days: int | None

    @property
    def total(self) -> int:
        """Both arms."""
        return self.control + self.treatment


@dataclass(frozen=True, slots=True)
class Reach:
    """What a test of so many days can find; no effect means that it finds nothing of use."""

    days: int
    cases: int
    effect: float | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A planned test.

    Attributes:
        metric: What is compared.
        kind: What sort of metric it is.
        baseline: Its value today.
        effect: The change worth finding, in the metric's unit; its sign says which way is good.
        deviation: The standard deviation of one case.
        levels: What the test promises.
        setup: How it is run.
        size: The cases it needs; None while something is missing.
        reaches: What tests of other lengths would find.
        guardrails: The cases that each guardrail needs, in their order; None where its baseline is missing.
        false_alarms_if_peeked: How often a test without effect looks like a success on some day, if looked at daily.
        questions: What must be answered first.
    """

    metric: str
    kind: MetricKind
    baseline: float | None
    effect: float | None
    deviation: float | None
    levels: Levels
    setup: Setup
    size: Size | None
    reaches: tuple[Reach, ...]
    guardrails: tuple[Size | None, ...]
    false_alarms_if_peeked: float | None
    questions: tuple[str, ...]

    @property
    def better(self) -> Better:
        """Which way is good."""
        return "lower" if self.effect is not None and self.effect < 0 else "higher"

    @property
    def cases(self) -> int | None:
        """Cases that metric and guardrails need together; None while something is missing."""
        return None if self.size is None else max(size.total for size in (self.size, *self.guardrails) if size)

    @property
    def days(self) -> int | None:
        """Days of intake until they are there; None while the traffic is unknown."""
        if self.size is None or self.size.days is None:
            return None
        return max(size.days or 0 for size in (self.size, *self.guardrails) if size)

    @property
    def weeks(self) -> int | None:
        """Whole weeks of intake, so that each day of the week counts alike."""
        return None if self.days is None else math.ceil(self.days / 7)


def setup_of(test: Test) -> Setup:
    """How a problem file says that its test is run."""
    return Setup(
        kind=None if test.kind is UNSET else test.kind,
        share=test.share,
        days=None if test.days is UNSET else test.days,
        outcome_days=test.outcome_days,
        guardrails=tuple(
            Guardrail(one.metric, one.margin, one.better, _given(one.baseline), _given(one.deviation))
            for one in test.guardrails
        ),
    )


def design(test: Test, setup: Setup | None = None) -> Plan:
    """Plan a test, run as its file says unless a setup is given; what is missing comes back as questions.

    Raises:
        ProblemError: The figures contradict each other, such as a proportion that would pass 1.
    """
    setup = setup or setup_of(test)
    levels = _levels(test, setup)
    baseline, effect, deviation, traffic = map(_given, (test.baseline, test.effect, test.deviation, test.traffic_a_day))
    kind = setup.kind or _kind(baseline, deviation)
    _check(kind, baseline, effect)
    draft = _Draft(kind, baseline, effect, deviation, traffic, levels, math.sqrt(1 - setup.correlation**2))
    size = draft.size()
    days = setup.days or (size.days if size else None)
    return Plan(
        metric=test.metric,
        kind=kind,
        baseline=baseline,
        effect=effect,
        deviation=deviation,
        levels=levels,
        setup=setup,
        size=size,
        reaches=draft.reaches(setup.days),
        guardrails=tuple(_guard(guardrail, levels, len(setup.guardrails), traffic) for guardrail in setup.guardrails),
        false_alarms_if_peeked=None if days is None else false_alarms_when_peeking(days, levels.significance),
        questions=(*_questions(draft), *_guardrail_questions(setup.guardrails)),
    )


@dataclass(frozen=True, slots=True)
class _Draft:
    kind: MetricKind
    baseline: float | None
    effect: float | None
    deviation: float | None
    traffic: float | None
    levels: Levels
    left: float
    """What knowledge from before the test leaves of the deviation."""

    def size(self) -> Size | None:
        if self.effect is None or not self.measured:
            return None
        if self.kind == "proportion":
            needed = cases_for_proportions(self.baseline or 0.0, self.effect, self.levels) * self.left**2
        else:
            needed = cases_for_means((self.deviation or 0.0) * self.left, self.effect, self.levels)
        return split(needed, self.levels.share, self.traffic)

    def reaches(self, days: int | None) -> tuple[Reach, ...]:
        if self.traffic is None or not self.measured:
            return ()
        lengths = {7 * weeks for weeks in _WEEKS_LISTED} | ({days} if days else set[int]())
        return tuple(Reach(length, int(length * self.traffic), self._found(length)) for length in sorted(lengths))

    @property
    def measured(self) -> bool:
        """Whether the metric as it is today is known."""
        return self.baseline is not None if self.kind == "proportion" else self.deviation is not None

    def _found(self, days: int) -> float | None:
        cases, up = days * (self.traffic or 0.0), self.effect is None or self.effect > 0
        if self.kind == "proportion":
            return effect_for_proportions(self.baseline or 0.0, cases / self.left**2, self.levels, up=up)
        return effect_for_means((self.deviation or 0.0) * self.left, cases, self.levels, up=up)


def split(needed: float, share: float, traffic: float | None) -> Size:
    """So many cases, divided between the arms and rounded up."""
    control, treatment = math.ceil(needed * (1 - share)), math.ceil(needed * share)
    return Size(control, treatment, None if traffic is None else math.ceil((control + treatment) / traffic))


def _guard(guardrail: Guardrail, levels: Levels, together: int, traffic: float | None) -> Size | None:
    """The cases that show a guardrail unharmed.

    All must pass, so each may fail less often: Bonferroni over misses, as Schultzberg, Ankargren and Frånberg do in
    "Risk-aware product decisions in A/B tests with multiple metrics" (2024). The level of false alarms needs no such
    correction here: a change ships only if every guardrail passes.
    """
    if guardrail.margin <= 0:
        raise ProblemError(f"The guardrail {guardrail.name!r} has the margin {guardrail.margin:g}: give one above 0.")
    if (deviation := _deviation(guardrail)) is None:
        return None
    stricter = Levels(levels.significance, 1 - (1 - levels.power) / together, levels.share)
    return split(cases_for_no_harm(deviation, guardrail.margin, stricter), levels.share, traffic)


def _deviation(guardrail: Guardrail) -> float | None:
    baseline = guardrail.baseline
    if guardrail.deviation is None and baseline is not None and 0 < baseline < 1:
        return math.sqrt(baseline * (1 - baseline))
    return guardrail.deviation


def _given(value: float | UnsetType) -> float | None:
    return None if isinstance(value, UnsetType) else value


def _kind(baseline: float | None, deviation: float | None) -> MetricKind:
    outside = baseline is not None and not 0 <= baseline <= 1
    return "mean" if outside or deviation is not None else "proportion"


def _levels(test: Test, setup: Setup) -> Levels:
    for name, value in (("significance", test.significance), ("power", test.power), ("share", setup.share)):
        if not 0 < value < 1:
            raise ProblemError(f"The test's {name} is {value:g}: give a number between 0 and 1, such as 0.8 for 80 %.")
    if test.power < 0.5 or test.significance > 0.5:
        raise ProblemError(
            f"A power of {test.power:g} and a significance of {test.significance:g} make a coin's toss of the test: "
            "give power: 0.8 and significance: 0.05."
        )
    if not -1 < setup.correlation < 1:
        raise ProblemError(f"A correlation of {setup.correlation:g} is none: give a number between -1 and 1.")
    return Levels(test.significance, test.power, setup.share)


def _check(kind: MetricKind, baseline: float | None, effect: float | None) -> None:
    if effect == 0:
        raise ProblemError("The effect is 0: give the smallest change that would be worth the work, such as 0.05.")
    if kind != "proportion" or baseline is None:
        return
    if not 0 < baseline < 1:
        raise ProblemError(f"The baseline is {baseline:g}: a proportion lies between 0 and 1; write 80 % as 0.8.")
    if effect is not None and not 0 < baseline + effect < 1:
        raise ProblemError(
            f"The baseline {baseline:g} and the effect {effect:g} make {baseline + effect:g}, which is no proportion. "
            "Write the effect as a difference: from 80 % to 85 % is 0.05."
        )


def _questions(draft: _Draft) -> list[str]:
    asked: list[tuple[float | None, str]] = [
        (draft.baseline, "What is the metric's value today? Give baseline: a share such as 0.8, or an average."),
        (draft.effect, "What is the smallest change worth the work? Give effect: 0.05 for 5 percentage points."),
        (draft.traffic, "How many new cases a day can take part? Give traffic_a_day; count each customer once."),
    ]
    if draft.kind != "proportion":
        spread = "How far do single cases lie from the average? Give deviation: the standard deviation of one case."
        asked.append((draft.deviation, spread))
    return [question for answer, question in asked if answer is None]


def _guardrail_questions(guardrails: tuple[Guardrail, ...]) -> list[str]:
    return [
        f"What is {guardrail.name} today? Give the guardrail's baseline; for an average, its deviation too."
        for guardrail in guardrails
        if _deviation(guardrail) is None
    ]
