"""What was found where no outcome was given, ready for a report."""

from dataclasses import dataclass

from fieldstone.methods.resampling import Interval


@dataclass(frozen=True, slots=True)
class Trait:
    """What sets a group apart in one column: its own typical value, and that of all cases; in words."""

    column: str
    here: str
    overall: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A group of cases.

    Attributes:
        name: ``group 1`` for the largest.
        sentence: Its traits in a few words.
        cases: How many of the cases looked at are in it.
        share: Of all cases.
        comes_back: How much of it two models of different cases have in common, 0 to 1.
        traits: What sets it apart, the most telling first.
    """

    name: str
    sentence: str
    cases: int
    share: Interval
    comes_back: float
    traits: tuple[Trait, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One number of groups: how well it comes back, in the data and in one cloud, and the valley least deep."""

    groups: int
    agreement: Interval
    by_chance: Interval
    depth: float
    chance: float


@dataclass(frozen=True, slots=True)
class Plane:
    """Cases as points on a plane.

    Attributes:
        x, y: The names of the axes.
        xs, ys: A bounded number of cases.
        groups: The group of each point, from 0; -1 for none.
        marks: Places to be marked, with their words.
    """

    x: str
    y: str
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    groups: tuple[int, ...]
    marks: tuple[tuple[float, float, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """A rule that does the same, and how often it agrees on cases it was not made from."""

    words: str
    sql: str
    python: str
    agrees: float


@dataclass(frozen=True, slots=True)
class Ways:
    """How far it is from cases to the nearest of so many places, measured on cases that the places were not chosen by.

    Attributes:
        places: How many.
        mean: The mean way.
        half, most: The way within which half, and nine of ten, of the cases are.
        saved: How much the last place saves of the mean way.
    """

    places: int
    mean: Interval
    half: float
    most: float
    saved: float


@dataclass(frozen=True, slots=True)
class Place:
    """A chosen place, the share of cases nearest to it and their mean way; how far it moves on other cases."""

    name: str
    x: float
    y: float
    share: float
    mean: float
    moves: float


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another way of choosing places, or of finding cases, and how well it does."""

    name: str
    value: Interval
    note: str = ""


@dataclass(frozen=True, slots=True)
class Component:
    """A direction in which columns vary together: its share of all variation, by chance too, and its columns."""

    share: float
    by_chance: float
    comes_back: float
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Oddity:
    """An unusual case: its row or name, the share of ordinary cases as far out, and the columns that make it so."""

    name: str
    rarity: float
    why: tuple[str, ...]
    surely: bool


@dataclass(frozen=True, slots=True)
class Ranking:
    """How many cases are so rare or rarer: of the data, and of as many ordinary cases.

    Attributes:
        rarity: Powers of ten: 3 is one in a thousand.
        cases, expected: How many there are, and would be.
        limit: From here on cases stand out; NaN where none does.
    """

    rarity: tuple[float, ...]
    cases: tuple[float, ...]
    expected: tuple[float, ...]
    limit: float


@dataclass(frozen=True, slots=True)
class Discovery:
    """Everything found; parts that do not apply are empty.

    Attributes:
        kind: Which kind of problem it answers.
        sentence: What was found.
        unit: Of ways: km, or the unit of the coordinates.
        notes: What was done to the columns, and on how many cases.
    """

    kind: str
    sentence: str
    unit: str = ""
    segments: tuple[Segment, ...] = ()
    steps: tuple[Step, ...] = ()
    plane: Plane | None = None
    rule: Written | None = None
    ways: tuple[Ways, ...] = ()
    places: tuple[Place, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    components: tuple[Component, ...] = ()
    oddities: tuple[Oddity, ...] = ()
    ranking: Ranking | None = None
    notes: tuple[str, ...] = ()
