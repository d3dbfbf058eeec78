"""Ways between points: on the globe in km as the crow flies, on a plane in the unit of its coordinates."""

from dataclasses import dataclass

import numpy as np

from fieldstone.framing.discovery.encoding import Floats

_RADIUS = 6371.0088
_KM_A_DEGREE = 2 * np.pi * _RADIUS / 360


@dataclass(frozen=True, slots=True)
class Ground:
    """Where points lie: degrees (x longitude, y latitude) on the globe, or a plane.

    Attributes:
        globe: Whether coordinates are degrees.
        origin: A point in the middle, for a flat map around it.
    """

    globe: bool
    origin: tuple[float, float]

    @property
    def unit(self) -> str:
        """What ways are measured in."""
        return "km" if self.globe else "units"

    def flat(self, points: Floats) -> Floats:
        """Return points (n x 2) as km east and north of the origin; a plane's as they are."""
        if not self.globe:
            return points
        east = np.mod(points[:, 0] - self.origin[0] + 180, 360) - 180
        shrunk = np.cos(np.radians(self.origin[1]))
        return np.column_stack([east * _KM_A_DEGREE * shrunk, (points[:, 1] - self.origin[1]) * _KM_A_DEGREE])

    def round(self, flat: Floats) -> Floats:
        """Return points of the flat map as coordinates again."""
        if not self.globe:
            return flat
        shrunk = np.cos(np.radians(self.origin[1]))
        x = np.mod(flat[:, 0] / (_KM_A_DEGREE * shrunk) + self.origin[0] + 180, 360) - 180
        return np.column_stack([x, flat[:, 1] / _KM_A_DEGREE + self.origin[1]])

    def between(self, points: Floats, places: Floats) -> Floats:
        """Return the way from each point to each place: points x places."""
        if not self.globe:
            return np.asarray(np.linalg.norm(points[:, None] - places[None], axis=2), dtype=np.float64)
        x, y = np.radians(points[:, :1]), np.radians(points[:, 1:])
        to_x, to_y = np.radians(places[:, 0])[None], np.radians(places[:, 1])[None]
        bulge = np.sin((to_y - y) / 2) ** 2 + np.cos(y) * np.cos(to_y) * np.sin((to_x - x) / 2) ** 2
        return 2 * _RADIUS * np.arcsin(np.sqrt(np.clip(bulge, 0, 1)))

    def nearest(self, points: Floats, places: Floats) -> Floats:
        """Return the way from each point to its nearest place."""
        return self.between(points, places).min(axis=1)
