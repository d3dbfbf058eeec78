"""Data folders of earlier versions."""

import json
import sqlite3
from contextlib import closing

import pytest

from fieldstone.store.database import Database, StoreError
from fieldstone.store.schema import VERSION

# The tables of version 1 that later versions change.
FIRST = """
create table about (version integer primary key);
insert into about values (1);
create table objects (
    bucket integer not null, key blob not null, blob varchar not null, size integer not null, etag varchar not null,
    modified float not null, headers blob not null, primary key (bucket, key)
) without rowid;
create table resources (
    uid integer primary key autoincrement, kind varchar not null, account varchar not null, region varchar not null,
    name varchar not null, arn varchar not null, status varchar not null, settled boolean not null,
    created float not null, modified float not null, document blob not null, internal blob not null,
    unique (kind, account, region, name)
);
"""


DOCUMENT = json.dumps({"Name": "bucket", "Owner": "123456789012", "BucketRegion": "us-east-1"}).encode()


def make_first(path, document=DOCUMENT):
    """A folder of version 1 with a bucket and an object."""
    connection = sqlite3.connect(path)
    connection.executescript(FIRST)
    row = ("Bucket", "", "", "bucket", "arn:aws:s3:::bucket", "", True, 1.0, 1.0, document, b"{}")
    connection.execute(f"insert into resources values (1, {', '.join('?' * 11)})", row)
    variant = {"VariantName": "a", "ModelName": "m", "InitialInstanceCount": 2}
    internal = {"variants": [{"variant": variant, "model": {"ModelName": "m"}, "model_uid": 7, "task": "model-7-x"}]}
    for uid, (name, status) in enumerate({"served": "InService", "begun": "Creating"}.items(), 2):
        told = json.dumps({"EndpointName": name, "EndpointConfigName": "config"}).encode()
        row = ("Endpoint", "1", "r", name, f"arn:{name}", status, False, 5.0, 5.0, told, json.dumps(internal).encode())
        connection.execute(f"insert into resources values ({uid}, {', '.join('?' * 11)})", row)
    connection.execute("insert into objects values (1, ?, 'blob', 4, 'etag', 1.0, ?)", (b"key", b"{}"))
    connection.commit()
    connection.close()


@pytest.fixture
def opened(tmp_path):
    """A folder of version 1, opened by this version."""
    path = tmp_path / "fieldstone.db"
    make_first(path)
    opened = Database(path).connect(writes=False)
    yield opened
    opened.close()


def test_an_older_folder_is_brought_up_to_date(opened):
    """It has this version from then on."""
    assert opened.execute("select version from about").fetchall() == [(VERSION,)]


def test_objects_become_null_versions(opened):
    """With all they had."""
    assert opened.execute("select key, blob, version from objects").fetchall() == [(b"key", "blob", "null")]


def test_buckets_are_listed_by_their_account(opened):
    """Each has a row among those of its owner."""
    found = opened.execute("select account, name, arn from resources where kind = 'OwnedBucket'").fetchall()

    assert found == [("123456789012", "bucket", "arn:aws:s3:::bucket?owned")]


def test_endpoints_have_fleets(opened):
    """One in service serves its first; one that was being created goes on with it."""
    rows = opened.execute("select name, internal from resources where kind = 'Endpoint'").fetchall()
    found = {name: json.loads(internal) for name, internal in rows}

    (entry,) = found["served"]["fleets"]["1"]["variants"]
    assert (entry["weight"], entry["count"], entry["model"]) == (1.0, 2, {"ModelName": "m"})
    assert {name: (internal["serving"], internal.get("next")) for name, internal in found.items()} == {
        "served": (1, None),
        "begun": (None, 1),
    }


def test_a_step_that_is_cut_short_leaves_the_folder_as_it_was(tmp_path):
    """Columns and rows come together or not at all; the next start takes every step again."""
    path = tmp_path / "fieldstone.db"
    make_first(path, document=b"no JSON")
    with pytest.raises(StoreError, match="cannot be used"):
        Database(path)
    with closing(sqlite3.connect(path)) as connection:
        assert "version" not in [column[1] for column in connection.execute("pragma table_info(objects)")]
        connection.execute("update resources set document = ? where kind = 'Bucket'", [DOCUMENT])
        connection.commit()

    with closing(Database(path).connect(writes=False)) as connection:
        assert connection.execute("select version from about").fetchall() == [(VERSION,)]
        assert connection.execute("select account from resources where kind = 'OwnedBucket'").fetchall() != []
