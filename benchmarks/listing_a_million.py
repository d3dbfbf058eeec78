"""Milliseconds to a page of a bucket's list: Fieldstone with a million keys against `moto_server` with fewer.

python listing_a_million.py [--quick]

Both are filled from within, since a million PutObjects would measure something else. moto keeps every key as an object
in memory and goes over all of them for each page, so it gets a fiftieth of them.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from account import ANY_KEY, BUCKET, make_client
from pace import QUICK, Pace, read_pace
from processes import end_processes
from servers import Server, first_address, free_port, read_key, start_fieldstone, stop, wait_for_port
from tables import show, spread

KEYS = 1_000_000
PEERS_SHARE = 50
_BATCH = 20_000

PAGES: dict[str, dict[str, Any]] = {
    "first page, 1,000 keys": {},
    "first 10 keys": {"MaxKeys": 10},
    "top folders, delimiter /": {"Delimiter": "/"},
    "365 folders two levels down": {"Delimiter": "/", "Prefix": "year=3/"},
    "a page near the end": {"StartAfter": "year=9/day=300/"},
}


def name_key(number: int) -> str:
    """Ten years of days, each with its files."""
    return f"year={number % 10}/day={number // 10 % 365:03d}/part-{number:07d}"


def run(pace: Pace) -> None:
    """Measure, and print the table."""
    count = KEYS // 10 if pace is QUICK else KEYS
    with run_filled_fieldstone(count) as ours, run_filled_moto(count // PEERS_SHARE) as theirs:
        rows = [
            (label, *(spread(_times(server, page, pace.tries)) for server in (ours, theirs)))
            for label, page in PAGES.items()
        ]
    header = ("page", f"Fieldstone, {count:,} keys", f"moto_server, {count // PEERS_SHARE:,} keys")
    show(f"ListObjectsV2 by boto3, {pace.tries} tries; milliseconds", header, rows)


def _times(server: Server, page: dict[str, Any], tries: int) -> list[float]:
    """Milliseconds until boto3 has the answer; of a full page, most of them are its own."""
    s3 = make_client(server.url, server.key, "s3")
    s3.list_objects_v2(Bucket=BUCKET, **page)
    times = []
    for _ in range(tries):
        began = time.perf_counter()
        s3.list_objects_v2(Bucket=BUCKET, **page)
        times.append((time.perf_counter() - began) * 1e3)
    return times


@contextmanager
def run_filled_fieldstone(count: int) -> Generator[Server]:
    """Fieldstone on a folder with a full bucket."""
    with tempfile.TemporaryDirectory(prefix="fieldstone-benchmark-") as root:
        folder = Path(root) / "data"
        with _running(folder) as server:
            make_client(server.url, server.key, "s3").create_bucket(Bucket=BUCKET)
        asyncio.run(_fill(folder, count))
        with _running(folder) as server:
            yield server


@contextmanager
def _running(folder: Path) -> Generator[Server]:
    process = start_fieldstone(folder)
    try:
        yield Server(first_address(process), process.pid, read_key(folder), folder)
    finally:
        stop(process)
        end_processes(folder)


async def _fill(folder: Path, count: int) -> None:
    """Put the keys into the store of a server that does not run; they share their bytes, as copies do."""
    from fieldstone.core.settings import DataDir  # noqa: PLC0415  # the peer's process needs none of this
    from fieldstone.services.s3.buckets import BUCKET as KIND  # noqa: PLC0415
    from fieldstone.store.objects import StoredObject  # noqa: PLC0415
    from fieldstone.store.store import Store  # noqa: PLC0415

    store = Store(DataDir(folder))
    bucket = store.read(lambda tx: tx.resources.find(KIND, "", "", BUCKET))
    assert bucket is not None
    blob = await asyncio.to_thread(store.blobs.store, [b"x"])

    def put(tx: Any, numbers: Iterator[int]) -> None:
        for number in numbers:
            headers = {"ContentType": "text/csv"}
            tx.objects.put(StoredObject(bucket.uid, name_key(number).encode(), blob.id, 1, blob.md5, 1.0, headers))

    for first in range(0, count, _BATCH):
        numbers = iter(range(first, min(count, first + _BATCH)))
        await store.write(lambda tx, numbers=numbers: put(tx, numbers))
    store.close()


@contextmanager
def run_filled_moto(count: int) -> Generator[Server]:
    """The server of moto with a full bucket, in a process of its own."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, __file__, "--serve-moto", str(port), str(count)], stderr=subprocess.DEVNULL
    )
    try:
        wait_for_port(port)
        yield Server(f"http://127.0.0.1:{port}", process.pid, ANY_KEY)
    finally:
        stop(process)


def serve_moto(port: int, count: int) -> None:
    """Fill moto, then serve it."""
    from moto.s3.models import s3_backends  # noqa: PLC0415
    from moto.server import DomainDispatcherApplication, create_backend_app  # noqa: PLC0415
    from werkzeug.serving import run_simple  # noqa: PLC0415

    backend = s3_backends["123456789012"]["aws"]
    backend.create_bucket(BUCKET, "us-east-1")
    for number in range(count):
        backend.put_object(BUCKET, name_key(number), b"x")
    run_simple("127.0.0.1", port, DomainDispatcherApplication(create_backend_app), threaded=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve-moto"]:
        serve_moto(int(sys.argv[2]), int(sys.argv[3]))
    else:
        run(read_pace(__doc__))
