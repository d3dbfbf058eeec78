"""What is acknowledged outlives a kill."""

import subprocess
import sys
from pathlib import Path

from tests.store.conftest import Shelf

WRITER = Path(__file__).parent / "writer_process.py"


def test_every_acknowledged_write_is_there_after_kill_9(tmp_path):
    """A process that writes in a loop is killed at some moment: rows and bytes of all it was told of are there."""
    command = [sys.executable, str(WRITER), str(tmp_path / "data")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    acknowledged = [process.stdout.readline().strip() for _ in range(200)]
    process.kill()
    acknowledged += process.stdout.read().split("\n")[:-1]
    process.wait()
    process.stdout.close()
    shelf = Shelf(tmp_path / "data")

    objects = {item.key.decode() for item in shelf.read(lambda tx: tx.objects.with_prefix(1, ""))}
    assert set(acknowledged) <= shelf.names()
    assert objects == shelf.names()  # a unit of work is there as a whole, or not at all
    for name in acknowledged:
        found = shelf.read(lambda tx, name=name: tx.objects.find(1, name))
        assert shelf.store.blobs.path(found.blob).read_text() == name
    assert list((tmp_path / "data" / "incoming").iterdir()) == []
    shelf.close()
