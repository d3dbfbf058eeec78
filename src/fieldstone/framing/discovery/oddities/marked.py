"""Where some cases are marked as bad: how many of the cases first in line are."""

from dataclasses import dataclass, replace

import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from fieldstone.framing.choice.wording import percent
from fieldstone.framing.data.expressions import condition
from fieldstone.framing.discovery.oddities.outliers import Judged
from fieldstone.framing.discovery.record import Alternative
from fieldstone.framing.findings import Finding
from fieldstone.framing.problem import Problem
from fieldstone.framing.trials.trial import Trial
from fieldstone.methods.calibration import share
from fieldstone.methods.resampling import Interval

_FEWEST = 5


@dataclass(frozen=True, slots=True)
class Marks:
    """Precision at capacity against cases that are marked."""

    alternatives: tuple[Alternative, ...]
    marked: int
    share: float

    def settle(self, structure: Finding) -> tuple[Finding, Finding]:
        """Return the finding about structure as the marks confirm or refute it, and one about the marks."""
        ours = self.alternatives[0].value
        evidence = {
            "marked": self.marked,
            "precision": [ours.value, ours.low, ours.high],
            "others": {one.name: one.value.value for one in self.alternatives[1:]},
        }
        told = (
            f"{percent(ours.value)} of the cases first in line are marked ({percent(ours.low)} to {percent(ours.high)})"
        )
        if self.marked < _FEWEST:
            sentence = f"Only {self.marked} cases are marked, too few to judge the line by: {told}."
            return structure, Finding("marks", "caution", sentence, evidence, "Mark more cases, bad and good.")
        if ours.low > self.share:
            sentence = f"The line finds what was marked: {told}, of all cases {percent(self.share)}."
            confirmed = (
                structure if structure.weight != "stop" else replace(structure, weight="fine", sentence=sentence)
            )
            return confirmed, Finding("marks", "fine", sentence, evidence)
        sentence = f"What is unusual is not what was marked: {told}, of all cases {percent(self.share)}."
        advice = "Learn from the marks instead (target.kind: binary), or add columns that show the trouble."
        return replace(structure, weight="stop", sentence=sentence, advice=advice), Finding(
            "marks", "caution", sentence, evidence
        )


def against_marks(trial: Trial, judged: Judged, first: int, problem: Problem) -> Marks | None:
    """Measure the cases first in line against the marks; None where no case is marked."""
    if trial.cases.target is None or trial.target.ndim > 1:
        return None
    bad = trial.target > 0
    line = np.zeros(len(bad), dtype=bool)
    line[judged.line(first)] = True
    found = [Alternative(f"the {first:,} first in line", _precision(line, bad))]
    if problem.baseline.rule is not UNSET:
        met = condition(trial.cases.table.take(trial.rows), problem.baseline.rule, where="baseline.rule")
        found.append(Alternative("today's rule", _precision(met, bad), f"flags {int(met.sum()):,}"))
    found.append(Alternative("cases at random", _precision(np.ones(len(bad), dtype=bool), bad)))
    return Marks(tuple(found), int(bad.sum()), float(bad.mean()))


def _precision(flagged: NDArray[np.bool_], bad: NDArray[np.bool_]) -> Interval:
    return share(int(np.sum(flagged & bad)), int(flagged.sum()))
