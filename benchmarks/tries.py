"""What the tries of one load on one server gave."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from load import attempt, drive
from processes import cpu_each


@dataclass(slots=True)
class Tries:
    """The tries in their order: latencies in ms, CPU time in µs an answer.

    Attributes:
        parts: The CPU time of each part of the server, try by try.
        client: wrk's own CPU time.
        failures: How many requests failed in all tries together.
        answers: And how many did not.
    """

    per_second: list[float] = field(default_factory=list[float])
    p50: list[float] = field(default_factory=list[float])
    p99: list[float] = field(default_factory=list[float])
    parts: list[list[float]] = field(default_factory=list[list[float]])
    client: list[float] = field(default_factory=list[float])
    failures: int = 0
    answers: int = 0

    def columns(self) -> tuple[list[float], ...]:
        """Rate, latencies, the parts' CPU time and the client's, in the order of the tables."""
        return self.per_second, self.p50, self.p99, *map(list, zip(*self.parts, strict=True)), self.client


@dataclass(frozen=True, slots=True)
class Loaded:
    """A load on a server.

    Attributes:
        url: Where it answers.
        requests: What it is asked, in turns.
        parts: The processes of each of its parts.
        connections: How many connections there are at a time.
        seconds: For how long.
        settling: How many seconds it gets afterwards to do what it has put off.
        strict: Whether a failed request is an error rather than a count.
    """

    url: str
    requests: Sequence[bytes]
    parts: Sequence[Sequence[int]]
    connections: int
    seconds: int
    settling: float = 0
    strict: bool = True


def measure(loaded: Loaded, tries: Tries) -> None:
    """Try once more.

    Raises:
        RuntimeError: A request failed where none may, or nothing was answered.
    """
    before = [cpu_each(part) for part in loaded.parts]
    send = drive if loaded.strict else attempt
    seen = send(loaded.url, loaded.requests, connections=loaded.connections, seconds=loaded.seconds)
    if not seen.answers:
        raise RuntimeError(f"none of {seen.failures} requests was answered")
    time.sleep(loaded.settling)
    used = [sum(now - start[pid] for pid, now in cpu_each(start).items()) for start in before]
    tries.per_second.append(seen.per_second)
    tries.p50.append(seen.p50)
    tries.p99.append(seen.p99)
    tries.parts.append([seconds / seen.answers * 1e6 for seconds in used])
    tries.client.append(seen.cpu / seen.answers * 1e6)
    tries.failures += seen.failures
    tries.answers += seen.answers
