"""How much is empty, where, and whether that changes over time."""

import numpy as np

from fieldstone.framing.cases import Cases
from fieldstone.framing.findings import Finding
from fieldstone.framing.problem import Problem
from fieldstone.framing.trials.trial import Trial

_MUCH, _MOVED = 0.5, 0.2


def check(cases: Cases, problem: Problem, trial: Trial) -> Finding:
    """Say how much is missing."""
    del problem
    empty = np.isnan(trial.features)
    shares = {column.name: column.missing for column in (*cases.columns, *cases.left_out) if column.missing}
    whole = float((~empty).all(axis=1).mean()) if empty.size else 1.0
    evidence = {"columns": shares, "complete_cases": whole, "cases": len(cases)}
    much = [f"{name} ({share:.0%})" for name, share in shares.items() if share > _MUCH]
    moved = _moved(cases, empty)
    told = [f"more than half is missing in {', '.join(much[:5])}"] if much else []
    if moved:
        told.append(f"how often {', '.join(moved[:5])} is empty changed over time")
    if told:
        advice = "Find out why; leave out what will not be filled in when the decision is taken."
        return Finding("missing", "caution", f"Much is missing: {'; '.join(told)}.", evidence, advice)
    said = "Nothing is missing." if not shares else f"Little is missing; {whole:.0%} of the cases are complete."
    return Finding("missing", "fine", said, evidence)


def _moved(cases: Cases, empty: np.ndarray) -> list[str]:
    """Return the columns that are empty much more, or less, often in the later half of the cases."""
    if cases.time is None or len(empty) < 40:
        return []
    half = len(empty) // 2
    change = np.abs(empty[:half].mean(axis=0) - empty[half:].mean(axis=0))
    return [column.name for column, moved in zip(cases.columns, change, strict=True) if moved > _MOVED]
