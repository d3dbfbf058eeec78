"""Single-row predictions with one model: Fieldstone's endpoint, five tools that serve models, and the bare HTTP server.

All get the same 256 rows in turns: Fieldstone as CSV, every request signed by botocore and checked; the others as JSON,
signed by nobody. Each is started anew in every round, and the next round goes the other way round. Before a server is
measured, it answers each row once, as XGBoost does, takes a second of load, and is left alone until it is idle. Its CPU
time is that of all its processes.
"""

import json
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException

from endpoint import DEPTH, FEATURES, ROWS, TREES, Questions, deploy, make_questions
from load import attempt
from pace import QUICK, Pace, read_pace
from peer_servers import PEERS, Peer, run_peer, versions
from processes import cpu_each
from servers import Server, run_constant, run_fieldstone
from tables import ratios, show, spread
from tries import Loaded, Tries, measure

_CONNECTIONS = (1, 16, 64)
_OURS, _BARE = "Fieldstone", "bare server"
_QUICK, _FULL = Pace(tries=2, seconds=1), Pace(tries=3, seconds=2)
"""Starting them takes most of the time."""
_SETTLING_SECONDS = 3.0
_HEADER = (
    "connections",
    "server",
    "per second",
    f"to {_OURS}",
    f"to {_BARE}",
    "p50 ms",
    "p99 ms",
    "CPU µs",
    "wrk µs",
    "failed",
)


@dataclass(slots=True)
class Contestant:
    """A server that is measured; one of the peers, or Fieldstone, or the bare server.

    Attributes:
        name: What the table calls it.
        peer: The peer that it is.
        tries: What it did, by number of connections.
        difference: How far its predictions were from XGBoost's own at the most.
        reason: Why it was given up, if it was.
    """

    name: str
    peer: Peer | None = None
    tries: dict[int, Tries] = field(default_factory=lambda: {connections: Tries() for connections in _CONNECTIONS})
    difference: float = 0
    reason: str = ""


def run(pace: Pace) -> None:
    """Measure, and print the table."""
    pace = _QUICK if pace == QUICK else _FULL
    questions = make_questions()
    contestants = [Contestant(_OURS), *(Contestant(peer.name, peer) for peer in PEERS), Contestant(_BARE)]
    for number in range(pace.tries):
        for contestant in contestants[:: -1 if number % 2 else 1]:
            if not contestant.reason:
                _try(contestant, questions, pace.seconds)
    print(versions())
    for contestant in contestants[:-1]:
        print(f"{contestant.name}: {contestant.reason or f'off by {contestant.difference:.1e} at the most'}")
    title = f"Predictions beside peers, {TREES} trees of depth {DEPTH}, {FEATURES} features, {ROWS} rows in turns, "
    title += f"{pace.tries} rounds of {pace.seconds} s"
    show(title, _HEADER, [row for connections in _CONNECTIONS for row in _rows(contestants, connections)])


def _try(contestant: Contestant, questions: Questions, seconds: int) -> None:
    """Start it, look at its answers, and measure every case once; what goes wrong is the reason to give it up."""
    try:
        with _running(contestant, questions) as (server, requests):
            attempt(server.url, requests, connections=16, seconds=1)
            _settle(server)
            for connections in _CONNECTIONS:
                loaded = Loaded(server.url, requests, [server.processes()], connections, seconds, strict=False)
                measure(loaded, contestant.tries[connections])
    except (RuntimeError, OSError, ValueError, LookupError, TypeError, HTTPException) as error:
        if contestant.peer is None:
            raise
        contestant.reason = f"{type(error).__name__}: {error}"


def _settle(server: Server) -> None:
    """Wait until a server does next to nothing by itself, such as importing what it may need later."""
    deadline = time.monotonic() + _SETTLING_SECONDS
    while time.monotonic() < deadline:
        before = sum(cpu_each(server.processes()).values())
        time.sleep(0.25)
        if sum(cpu_each(server.processes()).values()) - before < 0.05:
            return


@contextmanager
def _running(contestant: Contestant, questions: Questions) -> Generator[tuple[Server, list[bytes]]]:
    """The server, and requests that it has been seen to answer rightly."""
    if contestant.peer is not None:
        peer = contestant.peer
        with run_peer(peer, questions.model, questions.rows[0]) as server:
            requests = peer.requests(server, questions.rows)
            difference = questions.check(server.url, requests, lambda body: peer.read(json.loads(body)))
            contestant.difference = max(contestant.difference, difference)
            yield server, requests
    elif contestant.name == _OURS:
        with run_fieldstone() as server:
            deploy(server, questions)
            requests = questions.signed(server)
            contestant.difference = max(contestant.difference, questions.check(server.url, requests))
            yield server, requests
    else:
        with run_constant() as server:
            yield server, questions.signed(server)


def _rows(contestants: list[Contestant], connections: int) -> list[tuple[str, ...]]:
    """The lines of the table for so many connections."""
    ours, bare = (contestants[place].tries[connections].per_second for place in (0, -1))
    rows = []
    for contestant in contestants:
        tries = contestant.tries[connections]
        count = len(tries.per_second)
        if not count:
            rows.append((str(connections), contestant.name, *[""] * (len(_HEADER) - 2)))
            continue
        compared = (ratios(tries.per_second, other[:count]) for other in (ours, bare))
        rate, *rest = tries.columns()
        cells = map(spread, (rate, *compared, *rest))
        rows.append((str(connections), contestant.name, *cells, f"{tries.failures:,}"))
    return rows


if __name__ == "__main__":
    run(read_pace(__doc__))
