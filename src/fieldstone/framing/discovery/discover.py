"""Discovery, put together: what is looked for in each kind of problem without an outcome."""

from collections.abc import Callable

from threadpoolctl import threadpool_limits

from fieldstone.framing.discovery.groups.patterns import find_patterns
from fieldstone.framing.discovery.groups.segments import Found, find_segments
from fieldstone.framing.discovery.oddities.anomalies import find_anomalies
from fieldstone.framing.discovery.places.placing import find_places
from fieldstone.framing.problem import Kind, Problem
from fieldstone.framing.trials.trial import Trial

SEARCHES: dict[Kind, Callable[[Trial, Problem], Found]] = {
    "segments": find_segments,
    "geographic clusters": find_places,
    "patterns": find_patterns,
    "anomalies": find_anomalies,
}


def discover(trial: Trial, problem: Problem, *, progress: Callable[[str], None] = lambda _: None) -> Found | None:
    """Look for what the kind of problem asks for; None for kinds with an outcome.

    Args:
        trial: The sample of the cases.
        problem: The problem file's content.
        progress: Told, in a few words, what begins.

    Raises:
        ProblemError: The data lack what the kind needs (coordinates for places), or today's rule cannot be evaluated.
    """
    search = SEARCHES.get(trial.kind)
    if search is None:
        return None
    progress(f"looking for {trial.kind}")
    with threadpool_limits(1):  # many small sums: threads would only wait for each other
        return search(trial, problem)
