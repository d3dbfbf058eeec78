"""Tags, of any resource that has an ARN."""

import sqlite3
from typing import Final

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert

from fieldstone.store.schema import tags
from fieldstone.store.statements import Prepared

_new = insert(tags).values({name: bindparam(name) for name in ("arn", "key", "value")})
_PUT: Final = Prepared(_new.on_conflict_do_update(index_elements=["arn", "key"], set_={"value": _new.excluded.value}))
_OF: Final = Prepared(select(tags.c.key, tags.c.value).where(tags.c.arn == bindparam("arn")).order_by(tags.c.key))
_DELETE: Final = Prepared(delete(tags).where(tags.c.arn == bindparam("arn"), tags.c.key == bindparam("key")))
_CLEAR: Final = Prepared(delete(tags).where(tags.c.arn == bindparam("arn")))


class Tags:
    """Tags, seen within one transaction."""

    __slots__ = ("_connection",)

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def of(self, arn: str) -> dict[str, str]:
        """A resource's tags by key."""
        return dict(_OF.run(self._connection, arn=arn).fetchall())

    def put(self, arn: str, tags: dict[str, str]) -> None:
        """Add tags, or change their values."""
        for key, value in tags.items():
            _PUT.run(self._connection, arn=arn, key=key, value=value)

    def remove(self, arn: str, keys: list[str]) -> None:
        """Take tags off a resource; keys it does not have are passed over."""
        for key in keys:
            _DELETE.run(self._connection, arn=arn, key=key)

    def clear(self, arn: str) -> None:
        """Take every tag off a resource."""
        _CLEAR.run(self._connection, arn=arn)
