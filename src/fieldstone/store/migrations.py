"""What brings the tables of an earlier version up to date; new tables are there before any step runs."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

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


def _fleets_of_endpoints(connection: Connection) -> None:
    """An endpoint has fleets, each with the variants of a configuration; what it served is the first."""
    found = connection.execute(
        text("SELECT uid, status, created, document, internal FROM resources WHERE kind = 'Endpoint'")
    )
    for uid, status, created, document, internal in found.fetchall():
        serves = status == "InService"
        config = json.loads(document)["EndpointConfigName"]
        fleet = _fleet(config, json.loads(internal).get("variants", [])) | {"made": created}
        fleets = {"fleets": {"1": fleet}, "last": 1, "serving": 1 if serves else None}
        upcoming = {} if serves else {"next": 1, "rollout": {"config": {}, "started": created, "since": created}}
        connection.execute(
            text("UPDATE resources SET internal = :internal WHERE uid = :uid"),
            {"internal": json.dumps(fleets | upcoming).encode(), "uid": uid},
        )


def _fleet(config: str, entries: list[dict[str, Any]]) -> dict[str, Any]:
    variants = [
        {
            "variant": entry["variant"],
            "model": entry["model"],
            "weight": entry["variant"].get("InitialVariantWeight", 1.0),
            "count": entry["variant"].get("InitialInstanceCount", 1),
        }
        for entry in entries
    ]
    return {"config": config, "variants": variants, "shadows": [], "settings": {}}


def _messages(connection: Connection) -> None:
    """There are queues with messages, in a table that is new."""
    del connection


_STEPS: Final[Mapping[int, Callable[[Connection], None]]] = {
    2: _versions_of_objects,
    3: _fleets_of_endpoints,
    4: _messages,
}
