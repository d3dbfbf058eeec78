"""Plain bands of one column, for who must treat cases differently where no groups stand apart."""

import numpy as np

from fieldstone.framing.discovery.encoding import Encoded
from fieldstone.framing.discovery.groups.components import directions
from fieldstone.framing.discovery.record import Written
from fieldstone.framing.trials import rules
from fieldstone.framing.trials.trees import grow
from fieldstone.framing.trials.trial import Trial

_NAMES = ("low", "middle", "high")


def bands(trial: Trial, encoded: Encoded) -> tuple[Written, str]:
    """Return thirds of the column that goes along most with the others, as a rule and in words."""
    loadings = np.abs(directions(encoded.matrix)[1][0])
    amounts = encoded.amounts
    place = encoded.parts[int(amounts[loadings[amounts].argmax()])].column
    column, values = trial.cases.columns[place], trial.features[:, place]
    known = np.isfinite(values)
    edges = np.quantile(values[known], [1 / 3, 2 / 3])
    thirds = np.searchsorted(np.unique(edges), values[known].astype(np.float64), side="left").astype(np.float64)
    tree = grow(trial.cases.columns, "multiclass", 3, leaves=3, only=place).fit(trial.features[known], thirds)
    rule = rules.table(tree, [_NAMES[int(leaf.answer.argmax())] for leaf in tree.leaves], trial.cases.columns)
    return Written(rule.words, rule.sql, rule.python, 1.0), f"three bands of {column.name} ({rule.words})"
