"""The tables, as SQLAlchemy sees them."""

from sqlalchemy import Boolean, Column, Float, Index, Integer, LargeBinary, MetaData, String, Table, UniqueConstraint

VERSION = 4
"""Raised by every change of tables or of what rows hold, with a step in ``migrations``; later ones are refused."""

metadata = MetaData()

about = Table("about", metadata, Column("version", Integer, primary_key=True))

resources = Table(
    "resources",
    metadata,
    Column("uid", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("name", String, nullable=False),
    Column("arn", String, nullable=False),
    Column("status", String, nullable=False),
    Column("settled", Boolean, nullable=False),
    Column("created", Float, nullable=False),
    Column("modified", Float, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("internal", LargeBinary, nullable=False),
    UniqueConstraint("kind", "account", "region", "name"),
    sqlite_autoincrement=True,  # a uid names folders: it is never used again
)
Index("resources_by_creation", *(resources.c[name] for name in ("kind", "account", "region", "created", "uid")))
Index("resources_by_arn", resources.c.arn)
Index("resources_unsettled", resources.c.kind, sqlite_where=~resources.c.settled)

tags = Table(
    "tags",
    metadata,
    Column("arn", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("value", String, nullable=False),
    sqlite_with_rowid=False,
)

objects = Table(
    "objects",
    metadata,
    Column("bucket", Integer, primary_key=True, autoincrement=False),
    Column("key", LargeBinary, primary_key=True),
    Column("blob", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("etag", String, nullable=False),
    Column("modified", Float, nullable=False),
    Column("headers", LargeBinary, nullable=False),
    Column("version", String, nullable=False, server_default="null"),
    sqlite_with_rowid=False,
)
Index("objects_by_blob", objects.c.blob)

metric_series = Table(
    "metric_series",
    metadata,
    Column("uid", Integer, primary_key=True),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("namespace", String, nullable=False),
    Column("name", String, nullable=False),
    Column("dimensions", String, nullable=False),
    Column("seen", Integer, nullable=False),
    UniqueConstraint("account", "region", "namespace", "name", "dimensions"),
)

metric_points = Table(
    "metric_points",
    metadata,
    Column("series", Integer, primary_key=True, autoincrement=False),
    Column("start", Integer, primary_key=True, autoincrement=False),
    Column("unit", String, primary_key=True),
    Column("width", Integer, primary_key=True, autoincrement=False),
    Column("count", Float, nullable=False),
    Column("total", Float, nullable=False),
    Column("low", Float, nullable=False),
    Column("high", Float, nullable=False),
    Column("spread", LargeBinary),
    sqlite_with_rowid=False,
)
Index("metric_points_by_age", metric_points.c.width, metric_points.c.start)

versions = Table(  # what is not current: older versions, and delete markers
    "versions",
    metadata,
    Column("bucket", Integer, primary_key=True, autoincrement=False),
    Column("key", LargeBinary, primary_key=True),
    Column("rank", Integer, primary_key=True, autoincrement=False),  # the least is the newest
    Column("blob", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("etag", String, nullable=False),
    Column("modified", Float, nullable=False),
    Column("headers", LargeBinary, nullable=False),
    Column("version", String, nullable=False),
    Column("marker", Boolean, nullable=False),
    UniqueConstraint("bucket", "key", "version"),
    sqlite_with_rowid=False,
)
Index("versions_by_blob", versions.c.blob)

segments = Table(  # objects that were uploaded in parts: which files, one after the other, they are
    "segments",
    metadata,
    Column("whole", String, primary_key=True),
    Column("start", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
    Column("blob", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("checksums", LargeBinary, nullable=False),
    UniqueConstraint("whole", "number"),
    sqlite_with_rowid=False,
)
Index("segments_by_blob", segments.c.blob)

uploads = Table(
    "uploads",
    metadata,
    Column("bucket", Integer, primary_key=True, autoincrement=False),
    Column("key", LargeBinary, primary_key=True),
    Column("id", String, primary_key=True),
    Column("created", Float, nullable=False),
    Column("headers", LargeBinary, nullable=False),
    Column("checksum", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

parts = Table(
    "parts",
    metadata,
    Column("upload", String, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("blob", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("etag", String, nullable=False),
    Column("modified", Float, nullable=False),
    Column("checksums", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
Index("parts_by_blob", parts.c.blob)

journal = Table(
    "journal",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("uid", Integer, nullable=False),
    Column("name", String, nullable=False),
    Column("event", String, nullable=False),
    sqlite_autoincrement=True,
)
