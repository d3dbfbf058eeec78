"""Cases on the ground: where they are, and the halves by which places are chosen and measured."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieldstone.framing.discovery.encoding import Floats
from fieldstone.framing.discovery.places import sites
from fieldstone.framing.discovery.places.sites import Chooser
from fieldstone.framing.discovery.places.ways import Ground
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.trials.trial import Trial

LIMIT = 4_000
"""So many cases are looked at."""


@dataclass(frozen=True, slots=True)
class Map:
    """Cases on the ground, and the two halves that they are dealt into."""

    points: Floats
    rows: NDArray[np.intp]
    ground: Ground
    seed: int

    @property
    def halves(self) -> tuple[tuple[NDArray[np.intp], NDArray[np.intp]], ...]:
        """To choose by, and to measure on; and the other way round."""
        mixed = np.random.default_rng(self.seed).permutation(len(self.points))
        return (mixed[::2], mixed[1::2]), (mixed[1::2], mixed[::2])

    def ways(self, choose: Chooser, number: int) -> Floats:
        """Return each case's way to the nearest of places that were chosen by the other half."""
        result = np.empty(len(self.points))
        for known, new in self.halves:
            result[new] = self.ground.nearest(self.points[new], choose(known, number))
        return result

    def chosen(self, rows: NDArray[np.intp], number: int) -> Floats:
        """Return the best places for some cases."""
        return sites.best(self.points[rows], self.ground, number, seed=self.seed)


def located(trial: Trial) -> Map:
    """Return where the cases of the sample are; those without a place are left out.

    Raises:
        ProblemError: No two columns say where a case is, or they are no degrees.
    """
    columns = trial.cases.columns
    found = sites.coordinates(columns)
    if found is None:
        names = ", ".join(column.name for column in columns[:12])
        raise ProblemError(
            f"data: to choose places, two columns must say where a case is, named latitude and longitude (or x and y); "
            f"there are {names}. Rename the two, or leave them in the data."
        )
    x, y, globe = found
    points = trial.features[:, [x, y]].astype(np.float64)
    rows = np.flatnonzero(np.isfinite(points).all(axis=1))
    rows = rows[np.random.default_rng(trial.seed).permutation(len(rows))[:LIMIT]]
    points = points[rows]
    if globe and len(points) and (np.abs(points[:, 1]).max() > 90 or np.abs(points[:, 0]).max() > 360):
        row = int(trial.rows[rows[int(np.argmax(np.abs(points[:, 1]) > 90))]]) + 1
        raise ProblemError(
            f"data: {columns[y].name} and {columns[x].name} must be degrees, such as 48.2 and 16.37; row {row} after "
            f"the header is not. Correct it, or name the columns x and y if they are no degrees."
        )
    middle = np.median(points, axis=0) if len(points) else np.zeros(2)
    return Map(points, rows, Ground(globe, (float(middle[0]), float(middle[1]))), trial.seed)
