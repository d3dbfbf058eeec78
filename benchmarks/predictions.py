"""Single-row predictions per second and their latencies: Fieldstone's endpoint against a bare HTTP server.

The model has 100 trees of depth 6 over 20 features. Every request is signed by botocore and checked; 256 rows take
turns. The bare server gets the same requests, reads them, and answers `ok`: no app on uvicorn can be faster.
"""

from contextlib import nullcontext
from dataclasses import dataclass

from endpoint import DEPTH, FEATURES, ROWS, TREES, Questions, deploy, make_questions
from pace import Pace, read_pace
from servers import Server, run_constant, run_fieldstone
from tables import ratios, show, spread
from tries import Loaded, Tries, measure
from uploads import MEGABYTES, uploading


@dataclass(frozen=True, slots=True)
class Case:
    """A load: so many connections, with or without large uploads to Fieldstone meanwhile."""

    label: str
    connections: int
    uploads: bool = False


CASES = (
    Case("1 connection", 1),
    Case("16 connections", 16),
    Case("64 connections", 64),
    Case(f"16 connections, {MEGABYTES} MB uploads", 16, uploads=True),
)
HEADER = ("load", "server", "per second", "p50 ms", "p99 ms", "server µs", "model µs", "wrk µs")


def run(pace: Pace) -> None:
    """Measure, and print the table."""
    with run_fieldstone() as fieldstone, run_constant() as constant:
        questions = make_questions()
        deploy(fieldstone, questions)
        difference = questions.check(fieldstone.url, questions.signed(fieldstone))
        print(f"Predictions differ from XGBoost's own by {difference:.1e} at the most.")
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
    parts = ([server.pid], server.model_servers())
    measure(Loaded(server.url, questions.signed(server), parts, case.connections, seconds), tries)


def _rows(label: str, ours: Tries, theirs: Tries) -> list[tuple[str, ...]]:
    compared = [ratios(ours.per_second, theirs.per_second), ratios(ours.p50, theirs.p50), ratios(ours.p99, theirs.p99)]
    return [
        (label, "Fieldstone", *map(spread, ours.columns())),
        ("", "bare server", *map(spread, theirs.columns())),
        ("", "ratio", *map(spread, compared), "", "", ""),
    ]


if __name__ == "__main__":
    run(read_pace(__doc__))
