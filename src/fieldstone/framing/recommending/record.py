"""What a report says of lists: how each way of filling them did, and what stands in them."""

from dataclasses import dataclass

from fieldstone.methods.resampling import Interval


@dataclass(frozen=True, slots=True)
class Standing:
    """One way to fill a list.

    Attributes:
        name: In words.
        ndcg: 0 to 1: what was wanted, weighed by how far up the list it stood.
        hit: The share of persons who chose something from their list.
        coverage: The share of all things that stood in anybody's list.
        over_popular: How much its NDCG exceeds that of the list of the most popular, persons paired.
        learns: Whether it learns from what others chose.
        entered: Whether it was the one of its sort to be compared, settled before the moment.
    """

    name: str
    ndcg: Interval
    hit: Interval
    coverage: float
    over_popular: Interval
    learns: bool
    entered: bool


@dataclass(frozen=True, slots=True)
class Shelf:
    """What may be offered (``anything``, or ``new``), on how many persons it was judged, and how each way did."""

    task: str
    persons: int
    standings: tuple[Standing, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Popular:
    """A thing that many chose, with the share of the persons who did."""

    name: str
    share: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Who chose the first also chose the second: of how many persons, and how many times as often as others did."""

    first: str
    second: str
    share: float
    times: float


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What the lists hold and how well they do.

    Attributes:
        measure: Such as ``NDCG@10``.
        length: How long a list is.
        moment: Learnt before it, judged after it; empty where the data have no times.
        shelves: Anything, and what is new, as far as they matter.
        popular: The list for all.
        pairs: What goes with the most popular things.
    """

    measure: str
    length: int
    moment: str
    shelves: tuple[Shelf, ...]
    popular: tuple[Popular, ...]
    pairs: tuple[Pair, ...]
