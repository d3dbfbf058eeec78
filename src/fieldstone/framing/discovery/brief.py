"""Groups as a rule of a few cuts: a small tree that sorts cases as the groups do, tried on unseen cases."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fieldstone.framing.cases import Column
from fieldstone.framing.checks.queries import query
from fieldstone.framing.discovery.record import Written
from fieldstone.framing.problem import Problem
from fieldstone.framing.trials import rules
from fieldstone.framing.trials.learners import Features
from fieldstone.framing.trials.rules import Rule
from fieldstone.framing.trials.trees import grow

SAME = 0.95
"""From so much agreement on unseen cases a rule does what the groups do."""
_MORE_LEAVES = (0, 1, 2, 4)
_ALONE = 8


def evidence(rule: Written, problem: Problem) -> dict[str, str]:
    """Return a rule as findings hold it: in words, and ready to run in SQL and Python."""
    asked = query(Rule(rule.words, rule.sql, rule.python), problem)
    return {"words": rule.words, "sql": rule.sql, "query": asked, "python": rule.python}


def shortest(
    features: Features, labels: NDArray[np.intp], columns: Sequence[Column], names: Sequence[str], *, seed: int = 0
) -> Written:
    """Return the shortest rule over all columns that agrees well enough, or the one that agrees most."""
    tried = [_grown(features, labels, columns, names, leaves=len(names) + more, seed=seed) for more in _MORE_LEAVES]
    return next((one for one in tried if one.agrees >= SAME), max(tried, key=lambda one: one.agrees))


def alone(
    features: Features, labels: NDArray[np.intp], columns: Sequence[Column], names: Sequence[str], *, seed: int = 0
) -> Written:
    """Return the rule over a single column that agrees most."""
    tried = [
        _grown(features, labels, columns, names, leaves=min(len(names), _ALONE), only=place, seed=seed)
        for place in range(len(columns))
    ]
    return max(tried, key=lambda one: one.agrees)


def _grown(  # noqa: PLR0913 - what is sorted, and how
    features: Features,
    labels: NDArray[np.intp],
    columns: Sequence[Column],
    names: Sequence[str],
    *,
    leaves: int,
    only: int | None = None,
    seed: int,
) -> Written:
    growing = grow(columns, "multiclass", len(names), leaves=leaves, only=only)
    target = labels.astype(np.float64)
    mixed = np.random.default_rng(seed).permutation(len(labels))
    agreed = [
        np.mean(growing.fit(features[known], target[known]).predict(features[new]).argmax(axis=1) == labels[new])
        for known, new in ((mixed[::2], mixed[1::2]), (mixed[1::2], mixed[::2]))
    ]
    tree = growing.fit(features, target)
    rule = rules.table(tree, [names[int(leaf.answer.argmax())] for leaf in tree.leaves], columns)
    return Written(rule.words, rule.sql, rule.python, float(np.mean(agreed)))
