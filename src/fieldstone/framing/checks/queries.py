"""A rule as a whole query over the problem's data, ready to run in DuckDB."""

from msgspec import UnsetType

from fieldstone.framing.data.expressions import literal
from fieldstone.framing.data.loading import MISSING
from fieldstone.framing.problem import Problem
from fieldstone.framing.trials.rules import Rule

_PARQUET = (".parquet", ".pq")


def query(rule: Rule, problem: Problem) -> str:
    """Return the query that answers every case; run in the folder of the problem file, for its paths.

    Cases cut out of a log of events are in no file: they are called ``cases``.
    """
    return f"SELECT *, {rule.sql} AS answer\nFROM {_source(problem)}"


def _source(problem: Problem) -> str:
    data = problem.data
    if isinstance(data, UnsetType) or not isinstance(data.events, UnsetType):
        return "cases"
    path = literal(data.path)
    if data.path.endswith(_PARQUET):
        return f"read_parquet({path}, union_by_name = true)"
    empty = ", ".join(map(literal, MISSING))
    return f"read_csv({path}, header = true, nullstr = [{empty}])"
