"""Single-row predictions per second and their latencies: Fieldstone's endpoint against the bare HTTP server under it.

The model has 100 trees of depth 6 over 20 features. Every request is signed by botocore and checked; 256 rows take
turns. The bare server gets the same requests, reads them, and answers `ok`: no app on uvicorn can be faster.
"""

from contextlib import nullcontext
from dataclasses import dataclass, field

from endpoint import DEPTH, FEATURES, ROWS, TREES, Questions, deploy
from load import drive
from pace import Pace, read_pace
from processes import cpu_seconds
from servers import Server, run_constant, run_fieldstone
from tables import ratios, show, spread
from uploads import MEGABYTES, uploading


@dataclass(frozen=True, slots=True)
class Case:
    """A load: so many connections, with or without large uploads to Fieldstone meanwhile."""

    label: str
    connections: int
    uploads: bool = False


@dataclass(slots=True)
class Tries:
    """What the tries of one case on one server gave, in their order: latencies in ms, CPU time in µs a request."""

    per_second: list[float] = field(default_factory=list[float])
    p50: list[float] = field(default_factory=list[float])
    p99: list[float] = field(default_factory=list[float])
    front: list[float] = field(default_factory=list[float])
    model: list[float] = field(default_factory=list[float])
    client: list[float] = field(default_factory=list[float])

    def columns(self) -> tuple[list[float], ...]:
        """Everything, in the order of the table."""
        return self.per_second, self.p50, self.p99, self.front, self.model, self.client


CASES = (
    Case("16 connections", 16),
    Case("1 connection", 1),
    Case(f"16 connections, {MEGABYTES} MB uploads", 16, uploads=True),
)
HEADER = ("load", "server", "per second", "p50 ms", "p99 ms", "server µs", "model µs", "wrk µs")


def run(pace: Pace) -> None:
    """Measure, and print the table."""
    with run_fieldstone() as fieldstone, run_constant() as constant:
        questions = deploy(fieldstone)
        print(f"Predictions differ from XGBoost's own by {questions.check(fieldstone):.1e} at the most.")
        ours, theirs = ({case.label: Tries() for case in CASES} for _ in range(2))
        for _ in range(pace.tries):
            for case in CASES:
                with uploading(fieldstone) if case.uploads else nullcontext():
                    _measure(constant, questions, case, pace.seconds, theirs[case.label])
                    _measure(fieldstone, questions, case, pace.seconds, ours[case.label])
    title = f"Predictions, {TREES} trees of depth {DEPTH}, {FEATURES} features, {ROWS} rows in turns, "
    title += f"{pace.tries} tries of {pace.seconds} s"
    show(title, HEADER, [row for case in CASES for row in _rows(case.label, ours[case.label], theirs[case.label])])


def _measure(server: Server, questions: Questions, case: Case, seconds: int, tries: Tries) -> None:
    processes = [server.pid] if server.folder is None else [server.pid, server.model_server()]
    requests = questions.signed(server)
    before = [cpu_seconds(pid) for pid in processes]
    seen = drive(server.url, requests, connections=case.connections, seconds=seconds)
    used = [cpu_seconds(pid) - start for pid, start in zip(processes, before, strict=True)]
    tries.per_second.append(seen.per_second)
    tries.p50.append(seen.p50)
    tries.p99.append(seen.p99)
    tries.client.append(seen.cpu / seen.answers * 1e6)
    for column, seconds_used in zip((tries.front, tries.model), used, strict=False):
        column.append(seconds_used / seen.answers * 1e6)


def _rows(label: str, ours: Tries, theirs: Tries) -> list[tuple[str, ...]]:
    compared = [ratios(ours.per_second, theirs.per_second), ratios(ours.p50, theirs.p50), ratios(ours.p99, theirs.p99)]
    return [
        (label, "Fieldstone", *map(spread, ours.columns())),
        ("", "bare server", *(spread(column) if column else "" for column in theirs.columns())),
        ("", "ratio", *map(spread, compared), "", "", ""),
    ]


if __name__ == "__main__":
    run(read_pace(__doc__))
