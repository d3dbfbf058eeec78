"""Durable state: resources, objects, the journal of changes.

    Store ── write(work) ──▶ Writer thread ── group commit ──▶ SQLite (WAL, synchronous=FULL)
      │                                          │
      └── read(work) ──▶ committed rows          └──▶ listeners, with the changes just committed

Inside ``work`` a Transaction gives ``resources`` (one table for every Kind), ``objects`` (S3's keys), and ``tags``.
The bytes of objects are files, kept by ``Blobs``: written, synced and renamed before the row that names them.
"""
