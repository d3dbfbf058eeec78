"""What came of an A/B test: are the arms sound, how large is the effect, did anything else get worse, and so what."""

from dataclasses import dataclass
from typing import Literal

from fieldstone.framing.experiments.design import Plan
from fieldstone.framing.experiments.effects import Effect, chance_of_split, compare_means, compare_proportions
from fieldstone.framing.experiments.estimates import Arm, Reduction, adjust, estimate_arms
from fieldstone.framing.experiments.power import Levels
from fieldstone.framing.experiments.samples import Columns, Guardrail, Metric, MetricKind, Sample, Table, read_sample
from fieldstone.framing.mistakes import ProblemError

Harm = Literal["harmed", "unharmed", "unclear"]

_MISMATCH = 0.001
"""Below this chance a split is broken, not unlucky: Kohavi, Tang and Xu, Trustworthy Online Controlled Experiments
(2020), chapter 21. One sound test in a thousand is stopped in vain."""
_CASES_A_SKEW = 355
"""Cases an arm needs for each squared skewness, for the interval of a mean to hold: Kohavi and others, "Seven rules of
thumb for web site experimenters", KDD 2014, rule 7."""


@dataclass(frozen=True, slots=True)
class Balance:
    """The arms' units, the planned share of treatment, and the chance of being so far off it."""

    control: int
    treatment: int
    share: float
    chance: float

    @property
    def fine(self) -> bool:
        """Whether the rest can be trusted."""
        return self.chance >= _MISMATCH


@dataclass(frozen=True, slots=True)
class Guarded:
    """What became of a guardrail.

    Attributes:
        guardrail: Which.
        control: Its value with the old way.
        treatment: Its value with the new.
        effect: The difference.
        harm: ``unharmed`` if the data rule out that it got worse by its margin; otherwise ``harmed`` if it certainly
            got worse, with Holm's correction for several guardrails.
    """

    guardrail: Guardrail
    control: Arm
    treatment: Arm
    effect: Effect
    harm: Harm


@dataclass(frozen=True, slots=True)
class Analysis:
    """A test's result.

    Attributes:
        columns: What was read.
        kind: What sort of metric it is.
        levels: The levels of intervals and of what further sample would settle the question.
        balance: Whether the arms are sound.
        control: The old way, corrected by what was known before, if it was given.
        treatment: The new way, likewise.
        effect: The difference, likewise.
        unadjusted: The difference without that correction; None where there was none.
        reduction: What the correction brought.
        guarded: The guardrails.
        plan: The plan it is held against, if any.
        notes: What a reader must know of the data.
    """

    columns: Columns
    kind: MetricKind
    levels: Levels
    balance: Balance
    control: Arm
    treatment: Arm
    effect: Effect
    unadjusted: Effect | None
    reduction: Reduction | None
    guarded: tuple[Guarded, ...]
    plan: Plan | None
    notes: tuple[str, ...]


def analyse(table: Table, columns: Columns, plan: Plan | None = None, *, levels: Levels | None = None) -> Analysis:
    """Analyse a test's table.

    Args:
        table: One row a unit, or several with ``columns.unit``.
        columns: Which column says what.
        plan: The plan, if there is one: what change is worth finding, and how many cases were to come.
        levels: Significance, power and share of treatment; the plan's where there is one.

    Raises:
        ProblemError: The table cannot be analysed; says which column and rows, and what to do.
    """
    levels = levels or (plan.levels if plan else Levels())
    sample = read_sample(table, columns)
    _must_fit(plan, sample.outcome.kind, columns.outcome)
    control, treatment, pulls = estimate_arms(sample.outcome, sample.treated)
    if control.variance + treatment.variance == 0 and control.metric == treatment.metric:
        raise ProblemError(
            f"Column {columns.outcome!r} is {control.metric:g} in every row: nothing can be compared. Is it the right "
            "column, and is the test long enough?"
        )
    plain = compare(control, treatment, sample.outcome.kind, levels.significance)
    reduction, effect = None, plain
    if sample.pre is not None:
        starts = (sample.pre[~sample.treated], sample.pre[sample.treated])
        control, treatment, reduction = adjust((control, treatment), pulls, starts)
        effect = compare(control, treatment, "mean", levels.significance)
    return Analysis(
        columns=columns,
        kind=sample.outcome.kind,
        levels=levels,
        balance=check_balance(control.cases, treatment.cases, levels.share),
        control=control,
        treatment=treatment,
        effect=effect,
        unadjusted=None if reduction is None else plain,
        reduction=reduction,
        guarded=_guard(sample, columns.guardrails, levels.significance),
        plan=plan,
        notes=(*sample.notes, *_uneven_start(sample), *_cautions(sample.outcome, control, treatment)),
    )


def _must_fit(plan: Plan | None, kind: MetricKind, outcome: str) -> None:
    if plan is not None and plan.baseline is not None and {plan.kind, kind} == {"proportion", "mean"}:
        raise ProblemError(
            f"The plan is for a {plan.kind} ({plan.metric}), but column {outcome!r} holds a {kind}: analyse the "
            "planned metric, or leave the plan out."
        )


def compare(control: Arm, treatment: Arm, kind: MetricKind, significance: float) -> Effect:
    """The difference between two arms by the method that suits the metric."""
    cases = (control.cases, treatment.cases)
    if kind == "proportion":
        hits = (round(control.metric * control.cases), round(treatment.metric * treatment.cases))
        found = compare_proportions(hits, cases, significance)
    else:
        variances = (control.variance, treatment.variance)
        found = compare_means((control.metric, treatment.metric), variances, cases, significance)
    return Effect(*(float(getattr(found, name)) for name in ("difference", "low", "high", "chance", "error")))


def check_balance(control: int, treatment: int, share: float) -> Balance:
    """Whether two arms have sizes as planned (sample-ratio check)."""
    return Balance(control, treatment, share, float(chance_of_split((control, treatment), share)))


def _guard(sample: Sample, guardrails: tuple[Guardrail, ...], significance: float) -> tuple[Guarded, ...]:
    compared: list[tuple[Guardrail, Arm, Arm, Effect]] = []
    for guardrail, metric in zip(guardrails, sample.guardrails, strict=True):
        control, treatment, _ = estimate_arms(metric, sample.treated)
        compared.append((guardrail, control, treatment, compare(control, treatment, metric.kind, significance)))
    harmed = _harmed([(one[0], one[3]) for one in compared], significance)
    return tuple(Guarded(*one, _harm(one[0], one[3], harmed)) for one in compared)


def _harm(guardrail: Guardrail, effect: Effect, harmed: set[str]) -> Harm:
    worst = effect.low if guardrail.better == "higher" else -effect.high
    if worst > -guardrail.margin:
        return "unharmed"
    return "harmed" if guardrail.name in harmed else "unclear"


def _harmed(compared: list[tuple[Guardrail, Effect]], significance: float) -> set[str]:
    """The guardrails that got worse beyond doubt.

    Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979).
    """
    found: set[str] = set()
    for rank, (guardrail, effect) in enumerate(sorted(compared, key=lambda pair: pair[1].chance)):
        if effect.chance > significance / (len(compared) - rank):
            break
        if (effect.difference < 0) == (guardrail.better == "higher"):
            found.add(guardrail.name)
    return found


def _uneven_start(sample: Sample) -> list[str]:
    if sample.pre is None:
        return []
    first, second, _ = estimate_arms(Metric(sample.pre, "mean"), sample.treated)
    if compare(first, second, "mean", _MISMATCH).chance >= _MISMATCH:
        return []
    return [
        (
            f"The arms already differed before the test ({first.metric:.4g} and {second.metric:.4g}): the assignment "
            "is not by lot, or the pre-period column was filled after the start. Find out which it is before you "
            "believe the rest."
        )
    ]


def _cautions(metric: Metric, control: Arm, treatment: Arm) -> list[str]:
    fewest = min(control.cases, treatment.cases)
    if metric.kind == "proportion":
        rare = min(min(arm.metric, 1 - arm.metric) * arm.cases for arm in (control, treatment))
        return ["Fewer than ten yes, or no, in an arm: the interval is rough."] if rare < 10 else []
    needed = _CASES_A_SKEW * max(arm.skew**2 for arm in (control, treatment))
    wanted = max(needed, 30)
    if fewest >= wanted:
        return []
    return [
        (
            f"A few units weigh heavily: the interval holds from {wanted:,.0f} units an arm on, here are {fewest:,}. "
            "Consider a cap on the outcome, decided before you look."
        )
    ]
