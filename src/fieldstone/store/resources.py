"""The one table for every kind of resource: a row is its Describe document."""

import base64
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Final

import msgspec
from sqlalchemy import ColumnElement, String, bindparam, cast, delete, func, insert, select, tuple_, update

from fieldstone.store.kind import Kind
from fieldstone.store.schema import resources
from fieldstone.store.statements import Prepared

Document = dict[str, Any]

_encode: Final = msgspec.json.Encoder().encode
_decode: Final[Callable[[Any], Any]] = msgspec.json.Decoder().decode
_Uid = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]  # what SQLite takes for an integer
_decode_token: Final = msgspec.json.Decoder(tuple[float | str, _Uid]).decode


@dataclass(slots=True)
class Row:
    """A resource.

    Attributes:
        uid: Never given twice: it names the resource's folders.
        document: What Describe answers; timestamps are seconds since the epoch.
        internal: What controllers remember and no client sees.
        created: Seconds since the epoch, as ``modified``.
    """

    kind: str
    account: str
    region: str
    name: str
    arn: str
    document: Document
    status: str = ""
    settled: bool = True
    created: float = 0.0
    modified: float = 0.0
    internal: Document = field(default_factory=dict[str, Any])
    uid: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """What a List asks for: how many, from where, in which order, filtered by what.

    No limit means all at once; at least one row is shown. ``filters`` holds values for the names of ``FILTERS``.
    """

    limit: int | None
    token: str | None = None
    order: str = "created"
    descending: bool = True
    filters: Document = field(default_factory=dict[str, Any])


class InvalidTokenError(ValueError):
    """A page token that was not made here."""


_columns = resources.c


def _member(path: str) -> ColumnElement[Any]:
    """A member of the document, by its path."""
    return func.json_extract(cast(_columns.document, String), f"$.{path}")


ORDERS: Final = {"created": _columns.created, "modified": _columns.modified, "name": _columns.name,
                 "status": _columns.status}  # fmt: skip
FILTERS: Final = {
    "name_contains": func.instr(_columns.name, bindparam("name_contains")) > 0,
    "name_from": _columns.name >= bindparam("name_from"),
    "name_before": _columns.name < bindparam("name_before"),
    "created_after": _columns.created > bindparam("created_after"),
    "created_before": _columns.created < bindparam("created_before"),
    "modified_after": _columns.modified > bindparam("modified_after"),
    "modified_before": _columns.modified < bindparam("modified_before"),
    "status": _columns.status == bindparam("status"),
    "training_plan": _member("TrainingPlanArn") == bindparam("training_plan"),
    "endpoint": _member("EndpointName") == bindparam("endpoint"),
    "variant": _member("VariantName") == bindparam("variant"),
    "warm_pool": _member("WarmPoolStatus.Status") == bindparam("warm_pool"),
}

_FIELDS = tuple(Row.__dataclass_fields__)
_ALL = [_columns[name] for name in _FIELDS]
_OF_OWNER = (
    (_columns.kind == bindparam("kind"))
    & (_columns.account == bindparam("account"))
    & (_columns.region == bindparam("region"))
)
_CHANGING = ("document", "internal", "status", "settled", "modified")
_FIND = Prepared(select(*_ALL).where(_OF_OWNER, _columns.name == bindparam("name")))
_FIND_ARN = Prepared(select(*_ALL).where(_columns.arn == bindparam("arn")).limit(1))
_GET = Prepared(select(*_ALL).where(_columns.uid == bindparam("uid")))
_UNSETTLED = Prepared(select(*_ALL).where(_columns.kind == bindparam("kind"), ~_columns.settled).order_by(_columns.uid))
_OF_KIND = Prepared(select(*_ALL).where(_columns.kind == bindparam("kind")).order_by(_columns.uid))
_EVERYTHING = Prepared(select(*_ALL).order_by(_columns.uid))
_INSERT = Prepared(insert(resources).values({n: bindparam(n) for n in _FIELDS if n != "uid"}))
_UPDATE = Prepared(
    update(resources).where(_columns.uid == bindparam("the_uid")).values({n: bindparam(n) for n in _CHANGING})
)
_DELETE = Prepared(delete(resources).where(_columns.uid == bindparam("uid")))


class Resources:
    """Rows of every kind, seen within one transaction.

    Args:
        connection: The driver's connection.
        note: Called with a row and ``created``, ``updated`` or ``deleted`` for every change.
    """

    __slots__ = ("_connection", "_note")

    def __init__(self, connection: sqlite3.Connection, note: Callable[[Row, str], None]) -> None:
        self._connection = connection
        self._note = note

    def find(self, kind: Kind, account: str, region: str, name: str) -> Row | None:
        """The resource of that name, if there is one."""
        account, region = kind.owner(account, region)
        return self._one(_FIND.run(self._connection, kind=kind.name, account=account, region=region, name=name))

    def find_arn(self, arn: str) -> Row | None:
        """The resource of that ARN, whatever its kind."""
        return self._one(_FIND_ARN.run(self._connection, arn=arn))

    def get(self, uid: int) -> Row | None:
        """The row of that uid, if it is still there."""
        return self._one(_GET.run(self._connection, uid=uid))

    def unsettled(self, kind: Kind) -> list[Row]:
        """The rows of a kind that a controller still has work with, oldest first."""
        return [_row(values) for values in _UNSETTLED.run(self._connection, kind=kind.name)]

    def all(self, kind: Kind) -> Iterator[Row]:
        """Every row of a kind, oldest first."""
        return map(_row, _OF_KIND.run(self._connection, kind=kind.name))

    def everything(self) -> Iterator[Row]:
        """Every row of every kind, oldest first."""
        return map(_row, _EVERYTHING.run(self._connection))

    def insert(self, row: Row) -> Row:
        """Add a row and return it with its uid.

        Raises:
            sqlite3.IntegrityError: There is one of that kind and name.
        """
        row.uid = _INSERT.run(self._connection, **_values(row)).lastrowid or 0
        self._note(row, "created")
        return row

    def update(self, row: Row) -> None:
        """Write a row's document, status and the like anew."""
        values = _values(row)
        _UPDATE.run(self._connection, the_uid=row.uid, **{name: values[name] for name in _CHANGING})
        self._note(row, "updated")

    def delete(self, row: Row) -> None:
        """Take a row away."""
        _DELETE.run(self._connection, uid=row.uid)
        self._note(row, "deleted")

    def page(self, kind: Kind, account: str, region: str, page: Page) -> tuple[list[Row], str | None]:
        """One page of a kind's rows, and the token of the next page if there is one.

        Raises:
            InvalidTokenError: The token was not made here.
        """
        account, region = kind.owner(account, region)
        values = dict(page.filters)
        if page.token is not None:
            values["last_value"], values["last_uid"] = _parse_token(page.token)
        statement = _page_statement(page.order, page.descending, page.token is not None, frozenset(page.filters))
        limit = None if page.limit is None else max(page.limit, 1)
        values["limit"] = -1 if limit is None else limit + 1
        found = statement.run(self._connection, kind=kind.name, account=account, region=region, **values)
        rows = [_row(row) for row in found]
        if limit is None or len(rows) <= limit:
            return rows, None
        last = rows[limit - 1]
        return rows[:limit], _token(getattr(last, page.order), last.uid)

    @staticmethod
    def _one(found: sqlite3.Cursor) -> Row | None:
        values = found.fetchone()
        return None if values is None else _row(values)


def _row(values: tuple[Any, ...]) -> Row:
    row = Row(*values)  # as the columns have them
    row.document, row.internal, row.settled = _decode(row.document), _decode(row.internal), bool(row.settled)
    return row


def _values(row: Row) -> Document:
    values = {name: getattr(row, name) for name in _FIELDS if name != "uid"}
    values["document"], values["internal"] = _encode(row.document), _encode(row.internal)
    return values


@cache
def _page_statement(order: str, descending: bool, after: bool, filters: frozenset[str]) -> Prepared:  # noqa: FBT001  # a cache key
    columns = (ORDERS[order], _columns.uid)
    statement = select(*_ALL).where(_OF_OWNER, *(FILTERS[name] for name in sorted(filters)))
    if after:
        last = tuple_(bindparam("last_value"), bindparam("last_uid"))
        statement = statement.where(tuple_(*columns) < last if descending else tuple_(*columns) > last)
    ordered = statement.order_by(*(column.desc() if descending else column.asc() for column in columns))
    return Prepared(ordered.limit(bindparam("limit")))


def _token(value: float | str, uid: int) -> str:
    return base64.urlsafe_b64encode(_encode([value, uid])).decode()


def _parse_token(token: str) -> tuple[float | str, int]:
    try:
        return _decode_token(base64.urlsafe_b64decode(token))
    except ValueError:  # neither base64 nor what is in a token
        raise InvalidTokenError(token) from None
