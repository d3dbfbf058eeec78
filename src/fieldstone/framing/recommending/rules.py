"""Plain lists written out, ready to run: as SQL that DuckDB reads the file with, and as Python."""

import numpy as np

from fieldstone.framing.data.times import quote
from fieldstone.framing.recommending.interactions import Columns, Interactions
from fieldstone.framing.recommending.past import LATER
from fieldstone.framing.recommending.ways import Way

_PYTHON = {
    "popular": '''\
from collections import Counter

def suggestions(choices):  # pairs of person and thing
    """The same list for all: what most persons chose."""
    return [thing for thing, _ in Counter(thing for _, thing in set(choices)).most_common({length})]''',
    "recent": '''\
from collections import Counter

def suggestions(choices):  # pairs of person and thing of the last {days} days
    """The same list for all: what was chosen most lately."""
    return [thing for thing, _ in Counter(thing for _, thing in choices).most_common({length})]''',
    "own": '''\
from collections import Counter

def suggestions(person, choices):  # pairs of person and thing
    """What the person chose most often, then what most persons chose."""
    own = [thing for thing, _ in Counter(thing for who, thing in choices if who == person).most_common()]
    others = [thing for thing, _ in Counter(thing for _, thing in set(choices)).most_common()]
    return list(dict.fromkeys(own + others))[:{length}]''',
}


def written(way: Way, log: Interactions, *, path: str, length: int) -> dict[str, str]:
    """A plain list in words, as SQL and as Python."""
    days = window_days(log)
    sql = _sql(way.name, log.columns, log.condition, path=path, length=length, days=days)
    return {
        "words": way.words + (f" (the last {days} days)" if way.name == "recent" else ""),
        "sql": sql,
        "query": sql,
        "python": _PYTHON[way.name].format(length=length, days=days),
    }


def window_days(log: Interactions) -> int:
    """How many days before the end of the log hold a fifth of its choices; 0 where there are no times."""
    if log.time is None or not len(log):
        return 0
    start = log.time[int((1 - LATER) * len(log))]
    return max(1, int(np.ceil((log.time[-1] - start) / 86_400e6)))


def _sql(name: str, columns: Columns, condition: str, *, path: str, length: int, days: int) -> str:
    person, item, source = quote(columns.person), quote(columns.item), "'" + path.replace("'", "''") + "'"
    said = condition or "true"
    if name == "own":
        return (
            f"SELECT {person}, {item} FROM {source} WHERE {said} GROUP BY {person}, {item} "  # noqa: S608 - quoted, and not run here
            f"QUALIFY row_number() OVER (PARTITION BY {person} ORDER BY count(*) DESC) <= {length}"
        )
    order = f"count(DISTINCT {person})"
    if name == "recent" and columns.time is not None:
        time = f"{quote(columns.time)}::TIMESTAMP"
        said += f" AND {time} >= (SELECT max({time}) FROM {source}) - INTERVAL {days} DAY"  # noqa: S608 - the same
        order = "count(*)"
    return f"SELECT {item} FROM {source} WHERE {said} GROUP BY {item} ORDER BY {order} DESC LIMIT {length}"  # noqa: S608 - the same
