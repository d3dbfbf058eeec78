"""Why a case is unusual, in the words and units of its columns."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieldstone.framing.cases import Cases, Column
from fieldstone.framing.choice.wording import figure
from fieldstone.framing.discovery.encoding import Encoded, Floats
from fieldstone.framing.discovery.oddities.outliers import Judged
from fieldstone.framing.discovery.oddities.scoring import Fit, fitted
from fieldstone.framing.discovery.record import Oddity
from fieldstone.framing.trials.trial import Trial

_REASONS, _FAR = 2, 3.0


def listed(trial: Trial, encoded: Encoded, judged: Judged, most: int) -> tuple[Oddity, ...]:
    """Return the most unusual cases, the most unusual first, each with the columns that make it so."""
    amounts = encoded.amounts
    matrix = encoded.matrix[:, amounts]
    columns = [trial.cases.columns[encoded.parts[part].column] for part in amounts]
    values = [trial.features[:, encoded.parts[part].column].astype(np.float64) for part in amounts]
    known = _Known(columns, values, matrix, fitted(matrix), np.quantile(matrix, [0.25, 0.5, 0.75], axis=0))
    return tuple(
        Oddity(
            _name(trial.cases, int(trial.rows[row])),
            float(judged.rarity[row]),
            tuple(_why(row, known)),
            bool(judged.surely[row]),
        )
        for row in judged.line(most).tolist()
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """The columns of amounts: what they are, their values as read and as encoded, and how they fit together."""

    columns: list[Column]
    values: list[Floats]
    matrix: Floats
    fit: Fit
    quarters: Floats

    def outside(self, case: Floats) -> Floats:
        """Return how far each column is from its own middle, in robust deviations."""
        low, middle, high = self.quarters
        return np.abs(case - middle) / np.maximum((high - low) / 1.349, 1e-9)


def _name(cases: Cases, row: int) -> str:
    return f"row {row + 1:,}" if cases.ids is None else str(cases.ids[row])


def _why(row: int, known: _Known) -> Iterator[str]:
    """Tell of the column that is farthest out, by itself or from what the others let expect; then of the next."""
    case = known.matrix[row].copy()
    for turn in range(min(_REASONS, len(case))):
        alone = known.outside(case)
        surprise = np.abs(known.fit.surprises(case[None])[0]) if len(case) > 1 else alone
        place = int(np.maximum(alone, surprise).argmax())
        if turn and max(alone[place], surprise[place]) < _FAR:
            return
        expected = float(known.fit.expected(case[None])[0, place])
        yield _told(row, place, known, expected if surprise[place] > alone[place] else None)
        case[place] = expected


def _told(row: int, place: int, known: _Known, expected: float | None) -> str:
    values, name = known.values[place], known.columns[place].name
    value = f"{name} {figure(float(values[row]))}" if np.isfinite(values[row]) else f"{name} empty"
    if expected is None:
        low, high = np.nanquantile(values, [0.01, 0.99])
        return f"{value} (98 of 100 cases: {figure(float(low))} to {figure(float(high))})"
    return f"{value} (its other columns let expect {_back(expected, known.matrix[:, place], values)})"


def _back(wanted: float, encoded: Floats, values: Floats) -> str:
    """Return the value of a column that is encoded as near as possible to this, in words."""
    known = np.isfinite(values)
    if not encoded[known].min() <= wanted <= encoded[known].max():
        last = encoded[known].argmax() if wanted > 0 else encoded[known].argmin()
        return f"{'over' if wanted > 0 else 'under'} {figure(float(values[known][last]))}"
    nearest: NDArray[np.intp] = np.argsort(np.abs(encoded[known] - wanted), kind="stable")[:5]
    return figure(float(np.median(values[known][nearest])))
