"""What brings the tables of an earlier version up to date; new tables are there before any step runs."""

from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import Connection, text, update

from fieldstone.store.schema import VERSION, about


def migrate(connection: Connection, version: int) -> None:
    """Take every step from a version to this one's, in the caller's transaction."""
    for step in range(version + 1, VERSION + 1):
        _STEPS[step](connection)
    connection.execute(update(about).values(version=VERSION))


def _versions_of_objects(connection: Connection) -> None:
    """Objects have versions; accounts have a row for each of their buckets, by which they are listed."""
    connection.execute(text("ALTER TABLE objects ADD COLUMN version VARCHAR NOT NULL DEFAULT 'null'"))
    connection.execute(
        text(
            "INSERT INTO resources"
            " (kind, account, region, name, arn, status, settled, created, modified, document, internal)"
            " SELECT 'OwnedBucket', json_extract(CAST(document AS TEXT), '$.Owner'), '', name, arn || '?owned', '', 1,"
            " created, modified, document, CAST('{}' AS BLOB) FROM resources WHERE kind = 'Bucket'"
        )
    )


_STEPS: Final[Mapping[int, Callable[[Connection], None]]] = {2: _versions_of_objects}
