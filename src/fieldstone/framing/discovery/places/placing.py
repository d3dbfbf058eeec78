"""Places: where to be, so that the way to the cases is short; how many; and whether choosing by hand does as well.

Places are always chosen by one half of the cases and measured on the other, both ways round.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from msgspec import UNSET
from scipy.optimize import linear_sum_assignment

from fieldstone.framing.choice.wording import figure, percent
from fieldstone.framing.discovery.encoding import Floats
from fieldstone.framing.discovery.groups.planes import shown
from fieldstone.framing.discovery.groups.segments import FEWEST, Found
from fieldstone.framing.discovery.places import sites
from fieldstone.framing.discovery.places.locating import LIMIT, Map, located
from fieldstone.framing.discovery.record import Alternative, Discovery, Place, Plane, Ways
from fieldstone.framing.findings import Finding, Reason
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Problem
from fieldstone.framing.trials.trial import Trial
from fieldstone.methods.resampling import Interval

MOST = 10
_FEWEST_A_PLACE = 10
MATTERS = 0.05
"""The share of the mean way that a better choice must save to be worth the trouble."""
_DRAWS = 20


def find_places(trial: Trial, problem: Problem) -> Found:
    """Choose places for the sample.

    Raises:
        ProblemError: No two columns say where a case is, or they are no degrees; or too many places are wanted.
    """
    on = located(trial)
    if len(on.points) < FEWEST:
        sentence = f"Where to be cannot be seen: only {len(on.points)} cases have a place."
        return Found(
            (Finding("visible", "stop", sentence, {"cases": len(on.points)}, "Collect more cases."),),
            Discovery(trial.kind, sentence),
        )
    wished = problem.target.groups
    most = MOST
    if wished is not UNSET:
        if wished > len(on.points) // _FEWEST_A_PLACE:
            raise ProblemError(f"target.groups: {wished} places are too many for {len(on.points):,} cases.")
        most = max(MOST, int(wished))
    reached = [on.ways(on.chosen, number) for number in range(1, most + 1)]
    table = _table(reached)
    number = _elbow(table) if wished is UNSET else int(wished)
    places = _places(on, number)
    others = _others(on, trial, number)
    structure = _structure(table, number, places, on)
    simple = _simple(reached[number - 1], others, number, on)
    discovery = Discovery(
        trial.kind,
        structure.sentence,
        unit=on.ground.unit,
        plane=_plane(on, places),
        ways=table,
        places=places,
        alternatives=(_stated(f"the {number} places found", reached[number - 1]), *(one for one, _ in others)),
        notes=_notes(trial, on),
    )
    return Found((structure, simple), discovery)


def _table(reached: Sequence[Floats]) -> tuple[Ways, ...]:
    means = [float(ways.mean()) for ways in reached]
    saved = [0.0, *(before - after for before, after in pairwise(means))]
    return tuple(
        Ways(at + 1, _mean(ways), float(np.median(ways)), float(np.quantile(ways, 0.9)), saved[at])
        for at, ways in enumerate(reached)
    )


def _mean(values: Floats) -> Interval:
    middle, error = float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))
    return Interval(middle, middle - 1.96 * error, middle + 1.96 * error)


def _stated(name: str, ways: Floats, note: str = "") -> Alternative:
    return Alternative(name, _mean(ways), note)


def _elbow(table: Sequence[Ways]) -> int:
    """Return the number of places at which the mean way bends most: farthest below the line between its ends."""
    means = np.array([one.mean.value for one in table])
    line = np.linspace(means[0], means[-1], len(means))
    return int((line - means).argmax()) + 1


def _places(on: Map, number: int) -> tuple[Place, ...]:
    """Return the places by all cases, the busiest first, and how far each moves if half of the cases choose."""
    everybody = np.arange(len(on.points))
    places = on.chosen(everybody, number)
    ways = on.ground.between(on.points, places)
    nearest, shares = ways.argmin(axis=1), np.bincount(ways.argmin(axis=1), minlength=len(places)) / len(ways)
    moves = np.mean([_moved(on, places, on.chosen(known, number)) for known, _ in on.halves], axis=0)
    order = np.argsort(-shares, kind="stable")
    return tuple(
        Place(
            f"place {rank + 1}",
            float(places[at, 0]),
            float(places[at, 1]),
            float(shares[at]),
            float(ways[nearest == at, at].mean()) if shares[at] else 0.0,
            float(moves[at]),
        )
        for rank, at in enumerate(order.tolist())
    )


def _moved(on: Map, places: Floats, others: Floats) -> Floats:
    apart = on.ground.between(places, others)
    one, other = linear_sum_assignment(apart)
    result = np.full(len(places), apart.max())
    result[one] = apart[one, other]
    return result


def _others(on: Map, trial: Trial, number: int) -> list[tuple[Alternative, Floats]]:
    """Return plain ways of choosing, each with every case's way."""
    drawn = [on.ways(sites.at_random(on.points, seed=draw), number) for draw in range(_DRAWS)]
    found = [("the fullest fields of a grid", on.ways(sites.on_a_grid(on.points), number), "")]
    for place, column in enumerate(trial.cases.columns):
        if column.kind == "category":
            codes = np.nan_to_num(trial.features[on.rows, place], nan=-1).astype(np.intp)
            named = ", ".join(column.levels[:number])
            found.append((f"the largest by {column.name}", on.ways(sites.in_towns(on.points, codes), number), named))
    found.append(("the places of random cases", np.mean(drawn, axis=0), f"mean of {_DRAWS} draws"))
    return [(_stated(name, ways, note), ways) for name, ways, note in found]


def _structure(table: Sequence[Ways], number: int, places: Sequence[Place], on: Map) -> Finding:
    unit, here = on.ground.unit, table[number - 1]
    crow = " (as the crow flies)" if on.ground.globe else ""
    mean = f"{figure(here.mean.value)} {unit}"
    told = (
        f"With one place the mean way{crow} is {mean}"
        if number == 1
        else f"{number} places bring the mean way{crow} from {figure(table[0].mean.value)} to {mean}"
    )
    more = f"; one more would save {figure(max(table[number].saved, 0.0))}" if number < len(table) else ""
    sentence = f"{told}{more}."
    evidence: dict[str, object] = {
        "places": [{"x": place.x, "y": place.y, "share": place.share, "moves": place.moves} for place in places],
        "ways": [
            {"places": one.places, "mean": one.mean.value, "half": one.half, "most": one.most, "saved": one.saved}
            for one in table
        ],
        "cases": len(on.points),
        "unit": unit,
        "moves": float(np.median([place.moves for place in places])),
    }
    return Finding("structure", "fine", sentence, evidence)


def _simple(ours: Floats, others: list[tuple[Alternative, Floats]], number: int, on: Map) -> Finding:
    """Compare with the best plain way of choosing, case by case on the same unseen cases."""
    best, ways = min(others, key=lambda pair: pair[0].value.value)
    saving = _mean(ways - ours)
    matters = MATTERS * float(ours.mean())
    unit = on.ground.unit
    evidence: dict[str, object] = {
        "ours": float(ours.mean()),
        "others": {one.name: one.value.value for one, _ in others},
        "saving": [saving.value, saving.low, saving.high],
        "matters_from": matters,
    }
    compared = (
        f"the mean way is {figure(best.value.value)} {unit} by {best.name}, {figure(float(ours.mean()))} by the places "
        f"found (a saving of {figure(saving.value)}, {figure(saving.low)} to {figure(saving.high)})"
    )
    if saving.high < matters:
        advice = f"Take {best.name}{f': {best.note}' if best.note else ''}."
        sentence = f"A plain choice of {number} does as well: {compared}."
        return Finding("simple", "stop", sentence, evidence, advice, Reason.RULE_WORKS)
    if saving.low < matters:
        sentence = f"A plain choice of {number} may do as well: {compared}."
        return Finding("simple", "caution", sentence, evidence, f"Look at {best.name} first.")
    return Finding("simple", "fine", f"No plain choice of {number} does as well: {compared}.", evidence)


def _plane(on: Map, places: Sequence[Place]) -> Plane:
    flat = on.ground.flat(on.points)
    at = np.array([[place.x, place.y] for place in places])
    nearest = on.ground.between(on.points, at).argmin(axis=1)
    marked = on.ground.flat(at)
    marks = tuple((float(x), float(y), str(rank + 1)) for rank, (x, y) in enumerate(marked))
    names = ("km east of the middle", "km north") if on.ground.globe else ("x", "y")
    return shown(flat, nearest, names, marks, seed=on.seed)


def _notes(trial: Trial, on: Map) -> tuple[str, ...]:
    lacking = 1 - len(on.points) / max(len(trial.rows), 1)
    told = [f"Places were chosen for {len(on.points):,} of {len(trial.cases):,} cases."]
    if on.ground.globe:
        told.append("Ways are as the crow flies; by road they are longer, and most so across water and hills.")
    else:
        told.append("Ways are straight lines in the unit of the coordinates.")
    if len(trial.rows) <= LIMIT and lacking:
        told.append(f"{percent(lacking)} of the cases have no place and were left out.")
    return tuple(told)
