"""The hosts of a job as one: they meet, and those that have data form a ring in which XGBoost trains one model."""

import json
import os
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray
from xgboost import collective
from xgboost.tracker import RabitTracker

from fieldstone.algorithms.amazon.peers import Peers, find_address

PATIENCE = 24 * 3600
"""Seconds that a host waits for the slowest one to do its share of a round."""

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
        ConnectionError: A host has ended before all were there.
    """
    with Peers(hosts, here) as peers:
        return [json.loads(said) for said in peers.exchange(json.dumps(word).encode())]


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
