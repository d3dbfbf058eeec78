"""The hosts of a job as one: they meet, and those that have data form a ring in which XGBoost trains one model."""

import json
import os
import socket
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray
from xgboost import collective
from xgboost.tracker import RabitTracker

from fieldstone.contract.training import UserError

PORT = 9099
"""Where the first host waits for the others; AWS's container uses the same. XGBoost's tracker has a port of its own."""
PATIENCE = 24 * 3600
"""Seconds that a host waits for the slowest one to do its share of a round."""
PAUSE = 0.05

_trackers: list[RabitTracker] = []
"""Kept to the end of the process: one that is freed when hosts are missing complains of it."""


def meet(hosts: Sequence[str], here: str, word: Any) -> list[Any]:
    """Say a word, and hear everybody's, in the order of the hosts; waits until all are there.

    Args:
        hosts: Who meets, by name; they do so at the first one's.
        here: Which of them this is.
        word: Anything that JSON can say.

    Raises:
        UserError: The first host has no address.
        ConnectionError: It has ended before all were there.
    """
    if here == hosts[0]:
        return _receive(hosts, here, word)
    with _reach(hosts[0]) as guest:
        guest.sendall(f"{json.dumps([here, word])}\n".encode())
        answer = guest.makefile().readline()
    if not answer:
        raise ConnectionError(f"Host {hosts[0]} has ended before all hosts were there")
    return json.loads(answer)


def _receive(hosts: Sequence[str], here: str, word: Any) -> list[Any]:
    words = {here: word}
    with ExitStack() as guests:
        # Nobody may come for the next meeting while this one's door is open.
        with socket.create_server((find_address(here), PORT), backlog=len(hosts)) as door:
            arrived: list[socket.socket] = []
            while len(words) < len(hosts):
                guest = guests.enter_context(door.accept()[0])
                name, said = json.loads(guest.makefile().readline())
                words[name] = said
                arrived.append(guest)
        everything = [words[host] for host in hosts]
        for guest in arrived:
            guest.sendall(f"{json.dumps(everything)}\n".encode())
    return everything


def _reach(host: str) -> socket.socket:
    address = find_address(host)
    while True:
        try:
            return socket.create_connection((address, PORT))
        except ConnectionRefusedError:  # it has not come yet
            time.sleep(PAUSE)


def find_address(host: str) -> str:
    """The address of a host.

    Raises:
        UserError: Its name has none.
    """
    try:
        return socket.gethostbyname(host)
    except OSError as error:
        raise UserError(f"The hosts of the job cannot find each other: {host} has no address ({error})") from error


@contextmanager
def join(hosts: Sequence[str], here: str) -> Generator[None]:
    """Have whatever XGBoost does meanwhile be done by some hosts together; one alone needs nobody.

    When it fails, the ring is not taken leave of: others shall miss this host only when its process, and what it had to
    say of its failure, are at their end.
    """
    if len(hosts) == 1:
        yield
        return
    tracker = _start_tracker(len(hosts), here) if here == hosts[0] else None
    (address, *_) = meet(hosts, here, tracker.worker_args() if tracker else None)
    # Ranks follow the names of tasks, and so the order of the hosts.
    collective.init(**address, dmlc_task_id=f"{hosts.index(here):06}", dmlc_timeout=PATIENCE)
    yield
    collective.finalize()
    if tracker:
        tracker.wait_for()


def _start_tracker(count: int, here: str) -> RabitTracker:
    tracker = RabitTracker(n_workers=count, host_ip=find_address(here), sortby="task")
    tracker.start()
    _trackers.append(tracker)
    return tracker


def leave(code: int) -> NoReturn:
    """End the process at once: where hosts are missing, XGBoost takes the interpreter down with it on the usual way."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def leads() -> bool:
    """Whether this host speaks for the ring; one that is in none speaks for itself."""
    return collective.get_rank() == 0


def share(value: Any) -> Any:
    """What the leading host has, for every host."""
    return collective.broadcast(value, 0) if collective.is_distributed() else value


def gather(values: NDArray[Any]) -> NDArray[Any]:
    """The values of all hosts, one host's after the other's."""
    if not collective.is_distributed():
        return values
    # What is broadcast is the root's; the others' values are only there to be of the same type.
    return np.concatenate([collective.broadcast(values, rank) for rank in range(collective.get_world_size())])
