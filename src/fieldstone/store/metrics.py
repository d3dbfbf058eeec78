"""CloudWatch's metrics: which there are, and their points, rolled up the older they get."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from fieldstone.core.points import Point
from fieldstone.store.schema import metric_points, metric_series
from fieldstone.store.statements import Prepared

_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR
_ROLLS: Final = ((1, 60, 3 * _HOUR), (60, 300, 15 * _DAY), (300, 3600, 63 * _DAY))
"""Points of a width become such of another one once they are so old, as with AWS."""
_KEPT: Final = 455 * _DAY
_SEEN: Final = _HOUR
"""How exactly it is known when a metric last had a value."""
_MOST_ROLLED: Final = 10_000

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(dict[float, float]).decode

_s, _p = metric_series.c, metric_points.c
_OWNER: Final = ("account", "region", "namespace", "name", "dimensions")
_VALUES: Final = tuple(Point.__dataclass_fields__)
_FIND: Final = Prepared(select(_s.uid, _s.seen).where(*(_s[name] == bindparam(name) for name in _OWNER)))
_ADD: Final = Prepared(insert(metric_series).values({name: bindparam(name) for name in (*_OWNER, "seen")}))
_SEE: Final = Prepared(update(metric_series).where(_s.uid == bindparam("series")).values(seen=bindparam("now")))
_OF_OWNER: Final = (_s.account == bindparam("account")) & (_s.region == bindparam("region"))
_LIST: Final = Prepared(
    select(_s.namespace, _s.name, _s.dimensions)
    .where(_OF_OWNER, _s.seen >= bindparam("since"))
    .order_by(_s.namespace, _s.name, _s.dimensions)
)
_KEY: Final = ("series", "start", "unit", "width")
_POINT: Final = Prepared(select(*(_p[name] for name in _VALUES)).where(*(_p[name] == bindparam(name) for name in _KEY)))
_new = insert(metric_points).values({name: bindparam(name) for name in ("series", *_VALUES)})
_PUT: Final = Prepared(
    _new.on_conflict_do_update(
        index_elements=list(_KEY),
        set_={name: _new.excluded[name] for name in ("count", "total", "low", "high", "spread")},
    )
)
_RANGE: Final = Prepared(
    select(*(_p[name] for name in _VALUES))
    .where(_p.series == bindparam("series"), _p.start >= bindparam("first"), _p.start < bindparam("before"))
    .order_by(_p.start)
)
_OLD: Final = Prepared(
    select(_p.series, *(_p[name] for name in _VALUES))
    .where(_p.width == bindparam("old_width"), _p.start < bindparam("before"))
    .limit(_MOST_ROLLED)
)
_DROP: Final = Prepared(delete(metric_points).where(*(_p[name] == bindparam(name) for name in _KEY)))
_FORGET: Final = Prepared(delete(metric_points).where(_p.width == 3600, _p.start < bindparam("before")))
_FORGET_SERIES: Final = Prepared(delete(metric_series).where(_s.seen < bindparam("before")))
_CLEAR: Final = (Prepared(delete(metric_points)), Prepared(delete(metric_series)))


@dataclass(frozen=True, slots=True)
class Series:
    """What tells one metric from another; ``dimensions`` is the JSON of names and values, by name."""

    account: str
    region: str
    namespace: str
    name: str
    dimensions: str


class Metrics:
    """Metrics, seen within one transaction."""

    __slots__ = ("_connection",)

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def put(self, series: Series, points: Iterable[Point], now: int) -> None:
        """Add points to a metric; those of the same time and unit become one."""
        uid = self._uid(series, now)
        for point in points:
            key = {"series": uid, "start": point.start, "unit": point.unit, "width": point.width}
            self._add(key, point)

    def read(self, series: Series, start: int, end: int) -> list[Point]:
        """The points of a metric that begin within a time, by time."""
        found = _FIND.run(self._connection, **_named(series)).fetchone()
        if found is None:
            return []
        rows = _RANGE.run(self._connection, series=found[0], first=start, before=end)
        return [_point(values) for values in rows]

    def list(self, account: str, region: str, since: int) -> Iterable[tuple[str, str, str]]:
        """Namespace, name and dimensions of every metric that had a value since then, in their order."""
        return _LIST.run(self._connection, account=account, region=region, since=since)

    def roll_up(self, now: int) -> bool:
        """Make old points fewer, some thousands at a time; whether there are more to do. The oldest go."""
        more = False
        for width, wider, age in _ROLLS:
            rows = _OLD.run(self._connection, old_width=width, before=now - age).fetchall()
            more = more or len(rows) == _MOST_ROLLED
            for series, *values in rows:
                point = _point(values)
                key = {"series": series, "start": point.start, "unit": point.unit, "width": width}
                _DROP.run(self._connection, **key)
                point.start, point.width = point.start - point.start % wider, wider
                self._add(key | {"start": point.start, "width": wider}, point)
        _FORGET.run(self._connection, before=now - _KEPT)
        _FORGET_SERIES.run(self._connection, before=now - _KEPT)
        return more

    def clear(self) -> None:
        """Take every metric away."""
        for statement in _CLEAR:
            statement.run(self._connection)

    def _uid(self, series: Series, now: int) -> int:
        found = _FIND.run(self._connection, **_named(series)).fetchone()
        if found is None:
            return _ADD.run(self._connection, **_named(series), seen=now).lastrowid or 0
        if found[1] < now - _SEEN:
            _SEE.run(self._connection, series=found[0], now=now)
        return found[0]

    def _add(self, key: dict[str, Any], point: Point) -> None:
        found = _POINT.run(self._connection, **key).fetchone()
        if found is not None:
            whole = _point(found)
            whole.add(point)
            point = whole
        values = {name: getattr(point, name) for name in _VALUES}
        values["spread"] = None if point.spread is None else _encode(point.spread)
        _PUT.run(self._connection, **(values | key))


def _named(series: Series) -> dict[str, str]:
    return {name: getattr(series, name) for name in _OWNER}


def _point(values: Iterable[Any]) -> Point:
    point = Point(*values)
    if point.spread is not None:
        point.spread = _decode(point.spread)  # pyright: ignore[reportArgumentType]  # as it was written, bytes
    return point
