"""Patterns: types of cases that come back in other cases, and components that hold up."""

from dataclasses import replace

from fieldstone.framing.choice.wording import percent
from fieldstone.framing.discovery.encoding import encode
from fieldstone.framing.discovery.groups import grouping
from fieldstone.framing.discovery.groups.components import components
from fieldstone.framing.discovery.groups.segments import FEWEST, Found, find_segments, grouped
from fieldstone.framing.discovery.record import Component
from fieldstone.framing.findings import Finding
from fieldstone.framing.problem import Problem
from fieldstone.framing.trials.trial import Trial


def find_patterns(trial: Trial, problem: Problem) -> Found:
    """Look for types of cases, and for columns that vary together.

    Raises:
        ProblemError: See ``segments.grouped``.
    """
    encoded = encode(trial.features, trial.cases.columns, seed=trial.seed)
    if not len(encoded.amounts) or len(trial.rows) < FEWEST:
        return find_segments(trial, problem)
    found = grouped(trial, problem, encoded, grouping.find(encoded, seed=trial.seed))
    held = components(encoded, trial.cases.columns, seed=trial.seed)
    structure, *others = found.findings
    discovery = replace(found.discovery, components=held)
    return Found((structure, _together(held), *others), discovery)


def _together(held: tuple[Component, ...]) -> Finding:
    """Say which columns vary together, here and in other cases."""
    evidence = {
        "components": [
            {"share": one.share, "by_chance": one.by_chance, "comes_back": one.comes_back, "columns": list(one.columns)}
            for one in held
        ]
    }
    if not held:
        return Finding(
            "components", "fine", "No columns vary together in a way that comes back in other cases.", evidence
        )
    told = "; ".join(f"{', '.join(one.columns)} ({percent(one.share)} of all variation)" for one in held[:3])
    count = "One component comes" if len(held) == 1 else f"{len(held)} components come"
    return Finding("components", "fine", f"{count} back in other cases: {told}.", evidence)
