"""Is there taste at all: do a person's earlier choices tell the later ones, beyond what everybody chooses?

Without taste, each of a person's later choices falls on the things open to that person (all, or those not had before)
by their popularity alone. How popular each thing then is among those whom it was open to follows from the later
choices. What was learnt before the moment says how well each thing suits each person; the test asks whether what was
chosen suits better than what popularity would have chosen among the same things. Persons are the units, since one
person's choices hang together, and so the chance of a false alarm is the nominal one.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from fieldstone.framing.recommending.lists import Task, Trial, had
from fieldstone.framing.recommending.past import Choices, counted
from fieldstone.framing.recommending.ways import Rows, Scorer

SIGNIFICANCE = 0.05
_PERSONS = 2_000
_CHUNK = 500
_ROUNDS = 12

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


def p_value(one: Trial, scorer: Scorer, task: Task, later: Choices, *, seed: int = 0) -> float:
    """The chance of later choices that suit persons as well, had none of them a taste."""
    rows = one.rows
    if len(rows) > _PERSONS:
        rows = np.sort(np.random.default_rng(seed).choice(rows, _PERSONS, replace=False))
    chosen = counted(later, one.past.place, one.past.profiles.shape[0], len(one.past.catalogue))[rows].toarray()
    # Who chose a hundred times as much counts ten times as much, here and in what is popular. It is what was chosen in
    # all that is weighed by: what of it was open depends on the past, and would favour those whom popularity fits.
    chosen /= np.sqrt(np.maximum(chosen.sum(axis=1, keepdims=True), 1))
    open_to = ~had(one.past, rows) if task == "new" else np.ones(chosen.shape, dtype=bool)
    chosen *= open_to
    kept = chosen.sum(axis=1) > 0
    rows, chosen, open_to = rows[kept], chosen[kept], open_to[kept]
    if len(rows) < 3:
        return 1.0
    liking = _standard(np.concatenate([scorer(part) for part in np.array_split(rows, _parts(rows))]), open_to)
    return _surprise(liking, chosen, popularity(chosen, open_to) * open_to)


def _surprise(liking: Floats, chosen: Floats, expected: Floats) -> float:
    """The one-sided chance of choices that suit so much better than expected ones."""
    usual = (liking * expected).sum(axis=1) / np.maximum(expected.sum(axis=1), 1e-12)
    beyond = (liking * chosen).sum(axis=1) - chosen.sum(axis=1) * usual
    error = float(beyond.std(ddof=1)) / np.sqrt(len(beyond))
    return float(t.sf(float(beyond.mean()) / error, len(beyond) - 1)) if error > 0 else 1.0


def popularity(chosen: Floats, open_to: Mask) -> Floats:
    """How popular each thing is where it is open, so that each gets as many choices in all as it really got.

    Args:
        chosen: Persons x things: how often each was chosen; 0 where it was not open.
        open_to: Persons x things: whether it was.
    """
    number, got, allowed = chosen.sum(axis=1), chosen.sum(axis=0), open_to.astype(np.float32)
    popular = got / max(1.0, float(got.sum()))
    for _ in range(_ROUNDS):
        each = number / np.maximum(allowed @ popular, 1e-12)
        popular = got / np.maximum(each @ allowed, 1e-12)
    return popular.astype(np.float32)


def _parts(rows: Rows) -> int:
    return max(1, -(-len(rows) // _CHUNK))


def _standard(scores: Floats, open_to: Mask) -> Floats:
    """Scores on one scale for each person, so that nobody decides for all, less what all think of each thing."""
    mean = scores.mean(axis=1, keepdims=True, where=open_to)
    spread = scores.std(axis=1, keepdims=True, where=open_to)
    scaled = np.clip((scores - mean) / np.where(spread > 0, spread, 1), -8, 8) * open_to
    return scaled - scaled.sum(axis=0) / np.maximum(open_to.sum(axis=0), 1) * open_to
