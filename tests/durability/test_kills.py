"""The server killed at any instant, under load of every sort."""

import random
import subprocess
import time

import pytest
from tests.conftest import FIELDSTONE, wait_until
from tests.durability.conftest import files, named_files
from tests.durability.load import Load

CLIENTS = 4


def kill_while_starting(data_dir, moments):
    """Start a server and kill it before it says that it is ready, or hardly after."""
    command = (*FIELDSTONE, "up", "--port", "0", "--data-dir", str(data_dir))
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    time.sleep(moments.uniform(0, 0.6))
    process.kill()
    process.wait()


@pytest.mark.parametrize("kills", [2, pytest.param(100, marks=pytest.mark.slow)])
def test_a_kill_at_any_instant_loses_nothing_acknowledged_and_leaves_nothing_half_done(own_server, kills):
    """What was acknowledged is there whole, what was deleted stays deleted, what was on its way is there or not at all.

    After each restart no file is left that no row names.
    """
    moments, load = random.Random(kills), Load(CLIENTS, kills)
    server = own_server()
    load.begin(server)
    for number in range(kills):
        load.start()
        time.sleep(moments.uniform(0.05, 1.0))
        server.kill()
        load.join()
        if number % 5 == 2:
            kill_while_starting(server.data_dir, moments)
        server = own_server()
        load.connect(server)
        load.check()
        wait_until(lambda data_dir=server.data_dir: files(data_dir) == named_files(data_dir))
    assert load.calls > kills
