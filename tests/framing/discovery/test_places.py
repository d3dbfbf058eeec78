"""Places."""

import numpy as np
import pytest

from fieldstone.framing.discovery.discover import discover
from fieldstone.framing.discovery.places.ways import Ground
from fieldstone.framing.findings import Reason
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Problem, Target
from fieldstone.framing.trials.trial import Trial
from fieldstone.framing.verdict import decide

TOWNS = np.array([[16.37, 48.21], [15.44, 47.07], [14.29, 48.31]])


@pytest.fixture
def homes(make_cases, rng):
    """Homes in and around Vienna, Graz and Linz, with the town of each."""
    town = rng.choice(3, 600, p=[0.5, 0.3, 0.2])
    at = TOWNS[town] + 0.03 * rng.normal(size=(600, 2))
    names = ["longitude", "latitude", "town"]
    return make_cases(
        np.column_stack([at, town]), names=names, kinds={"town": "category"}, levels={"town": ("Wien", "Graz", "Linz")}
    )


def looked(cases, **target):
    problem = Problem(question="q", target=Target(kind="geographic clusters", **target))
    found = discover(Trial(cases, "geographic clusters"), problem)
    return {one.check: one for one in found.findings}, decide(found.findings, problem), found.discovery


def test_ways_on_the_globe_are_in_kilometres():
    """From Vienna to Graz it is 145 km as the crow flies, and the map around them says the same."""
    ground = Ground(globe=True, origin=(16.0, 47.6))
    way = ground.between(TOWNS[:1], TOWNS[1:2])[0, 0]

    assert way == pytest.approx(145, abs=2)
    assert np.linalg.norm(np.diff(ground.flat(TOWNS[:2]), axis=0)) == pytest.approx(way, rel=0.01)
    np.testing.assert_allclose(ground.round(ground.flat(TOWNS)), TOWNS)


def test_places_across_the_date_line_are_near():
    """One degree on either side of 180 is two degrees apart."""
    assert Ground(globe=True, origin=(180.0, 0.0)).flat(np.array([[179.0, 0], [-179.0, 0]]))[:, 0] == pytest.approx(
        [-111.2, 111.2], abs=0.1
    )


def test_where_towns_do_as_well_towns_are_the_answer(homes):
    """Three places in three towns are found, and "the largest by town" is as good: a rule works."""
    findings, verdict, discovery = looked(homes)

    assert len(discovery.places) == 3
    assert verdict.reasons == (Reason.RULE_WORKS,)
    assert "Wien, Graz, Linz" in verdict.instead
    assert findings["structure"].evidence["ways"][0]["mean"] > 10 * findings["structure"].evidence["ways"][2]["mean"]


def test_without_towns_places_beat_a_grid(make_cases, homes):
    """A grid and random homes do worse, so choosing places is worth it; each comes back from half of the homes."""
    _, verdict, discovery = looked(make_cases(homes.features[:, :2], names=["longitude", "latitude"]))

    assert verdict.use_ml is True
    assert max(one.moves for one in discovery.places) < 2
    assert discovery.unit == "km"


def test_as_many_places_as_are_wanted(homes):
    """A wished number is kept to, whatever the data hold."""
    assert len(looked(homes, groups=2)[2].places) == 2


def test_data_without_coordinates_are_refused_with_what_to_do(make_cases, rng):
    """The message says which columns are needed and which there are."""
    with pytest.raises(ProblemError, match=r"latitude and longitude \(or x and y\); there are x0, x1"):
        looked(make_cases(rng.normal(size=(200, 2))))


def test_degrees_beyond_the_pole_are_refused(make_cases, rng):
    """A latitude of 481 is named with its row."""
    points = TOWNS[rng.integers(0, 3, 200)]
    points[17, 1] = 481
    with pytest.raises(ProblemError, match="row 18 after the header"):
        looked(make_cases(points, names=["longitude", "latitude"]))
