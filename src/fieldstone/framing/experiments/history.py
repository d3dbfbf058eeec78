"""A metric as it was: what a plan needs to know, measured from past cases instead of guessed."""

from dataclasses import dataclass

import numpy as np

from fieldstone.framing.experiments.estimates import estimate_ratio
from fieldstone.framing.experiments.samples import MetricKind, Table, must_have, read_metric, read_pre


@dataclass(frozen=True, slots=True)
class History:
    """A metric before a test.

    Attributes:
        kind: What sort of metric it is.
        baseline: Its value.
        deviation: The standard deviation of one case; for a ratio, that of the delta method.
        correlation: With what was known before these cases; 0 where nothing is given.
    """

    kind: MetricKind
    baseline: float
    deviation: float
    correlation: float = 0.0


def measure(table: Table, outcome: str, *, denominator: str | None = None, pre: str | None = None) -> History:
    """Measure a metric over past cases, one row a unit.

    Raises:
        ProblemError: A column is missing or holds no numbers.
    """
    must_have(table, (outcome, denominator, pre))
    metric = read_metric(table, outcome, denominator)
    known, _ = read_pre(table, pre)
    below = np.ones(metric.values.size) if metric.denominator is None else metric.denominator
    baseline, pulls = estimate_ratio(metric.values, below)
    deviation = float(pulls.std(ddof=min(1, pulls.size - 1)))
    spread = 0.0 if known is None else float(known.std())
    correlation = float(np.corrcoef(pulls, known)[0, 1]) if known is not None and spread * deviation > 0 else 0.0
    return History(metric.kind, baseline, deviation, correlation)
