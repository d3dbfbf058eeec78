"""The data folder copied while its server writes."""

import random
import shutil
import signal
import subprocess
import time

import pytest
from tests.conftest import FIELDSTONE, client, start_server, wait_until
from tests.durability.conftest import files, named_files
from tests.durability.load import Load

from fieldstone.store.removal import removal


def back_up(server, target):
    """As its owner does, beside the server."""
    command = [*FIELDSTONE, "backup", str(target), "--data-dir", str(server.data_dir)]
    subprocess.run(command, check=True, capture_output=True)


def copy_at_once(server, target):
    """As a file system does that takes a picture of itself: everything at one instant."""
    server.process.send_signal(signal.SIGSTOP)
    try:
        shutil.copytree(server.data_dir, target, ignore=shutil.ignore_patterns("*.sock"))
    finally:
        server.process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("copies", [1, pytest.param(20, marks=pytest.mark.slow)])
@pytest.mark.parametrize("way", [back_up, pytest.param(copy_at_once, marks=pytest.mark.slow)])
def test_a_copy_taken_under_load_opens_and_is_of_one_moment(own_server, tmp_path, way, copies):
    """What was acknowledged before it is in it whole; what was on its way is in it or not; every name has its bytes."""
    load, moments, server = Load(3, f"{way.__name__}{copies}"), random.Random(copies), own_server()
    load.begin(server)
    load.start()
    taken = []
    for number in range(copies):
        time.sleep(moments.uniform(0.2, 1.0))
        for thing in load.things:
            thing.begin_copy()
        way(server, tmp_path / f"copy{number}")
        taken.append([thing.end_copy() for thing in load.things])
    load.stop()

    for number, passed in enumerate(taken):
        copy = start_server(tmp_path / f"copy{number}")
        load.connect(copy)
        for thing, states in zip(load.things, passed, strict=True):
            thing.check_copy(states)
        wait_until(lambda data_dir=copy.data_dir: files(data_dir) == named_files(data_dir))
        copy.stop()
    load.connect(server)
    load.check()
    assert load.calls > copies


def test_nothing_is_removed_while_a_copy_is_made(own_server):
    """Deleted bytes stay on disk until the copy is done; the client that deletes does not wait for it."""
    server = own_server("--auth", "off")
    s3 = client(server.url, "s3", "123456789012")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="key", Body=b"data")
    with removal(server.data_dir, held_off=True):
        s3.delete_object(Bucket="bucket", Key="key")
        s3.put_object(Bucket="bucket", Key="other", Body=b"data")
        assert len(files(server.data_dir)) == 2
    wait_until(lambda: files(server.data_dir) == named_files(server.data_dir))
