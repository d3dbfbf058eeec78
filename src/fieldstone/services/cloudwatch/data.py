"""GetMetricData: many metrics at once, and arithmetic over them."""

import re
from typing import Any, Final

from fieldstone.core.errors import AwsError
from fieldstone.services.cloudwatch.asking import aligned, check_period, read_values, rounded_up
from fieldstone.services.cloudwatch.expressions import Compute, Known, read_expression
from fieldstone.services.cloudwatch.functions import FUNCTIONS
from fieldstone.services.cloudwatch.series import ExpressionError, Scope, Series, Value
from fieldstone.services.operation import Answer, Context, Request, read
from fieldstone.services.paging import cut_page
from fieldstone.store.resources import InvalidTokenError

Query = dict[str, Any]

_MOST_DATAPOINTS: Final = 100_800
_MOST_QUERIES: Final = 500
_MOST_DEEP: Final = 50
_ID: Final = re.compile(r"[a-z][a-zA-Z0-9_]*")
_MINUTE: Final = 60


@read
def get_metric_data(ctx: Context, request: Request) -> Answer:
    """Values of metrics and of expressions over them, page by page.

    Differs from AWS: SEARCH, ANOMALY_DETECTION_BAND and Metrics Insights queries are refused.
    """
    queries, start, end = request["MetricDataQueries"], request["StartTime"], request["EndTime"]
    if start >= end:
        raise _invalid("The parameter StartTime must be less than the parameter EndTime.")
    computed = compute_queries(ctx, queries, start, end)
    results = [
        (query, label, series)
        for query in queries
        if query.get("ReturnData", True)
        for label, series in _shown(query, computed[query["Id"]])
    ]
    return _page(results, request)


def compute_queries(ctx: Context, queries: list[Query], start: float, end: float) -> dict[str, Value]:
    """The value of every query by its id.

    Raises:
        AwsError: ValidationError, where a query cannot be meant so.
    """
    _check_queries(queries)
    return _Computation(ctx, queries, start, end).all()


class _Computation:
    """Computes queries, each once its own are known."""

    def __init__(self, ctx: Context, queries: list[Query], start: float, end: float) -> None:
        self._ctx = ctx
        self._queries = {query["Id"]: query for query in queries}
        self._start, self._end = start, end
        self._known: dict[str, Value] = {}

    def all(self) -> dict[str, Value]:
        for name, query in self._queries.items():
            if "MetricStat" in query:
                self._known[name] = read_values(self._ctx, query["MetricStat"], self._start, self._end)
        for name in self._queries:
            self._compute(name, ())
        return self._known

    def _compute(self, name: str, above: tuple[str, ...]) -> None:
        if name in self._known:
            return
        if name in above or len(above) > _MOST_DEEP:
            raise _failed(name, "it speaks of itself")
        text = self._queries[name]["Expression"]
        spoken_of = [word for word in dict.fromkeys(re.findall(r"[A-Za-z]\w*", text)) if word in self._queries]
        for word in spoken_of:
            self._compute(word, (*above, name))
        try:
            compute: Compute = read_expression(text, FUNCTIONS)
            self._known[name] = compute(Known(self._known, self._scope(name, spoken_of)))
        except RecursionError:
            raise _failed(name, "it is nested too deeply") from None
        except (ExpressionError, ArithmeticError, ValueError) as error:
            raise _failed(name, str(error)) from None

    def _scope(self, name: str, spoken_of: list[str]) -> Scope:
        own = self._queries[name].get("Period")
        periods = [self._period(word) for word in spoken_of or self._queries]
        period = own or max(filter(None, periods), default=_MINUTE)
        check_period(period)
        start = aligned(self._start, self._ctx.now, period)
        scope = Scope(start, rounded_up(self._end), period)
        if len(scope.times) > _MOST_DATAPOINTS:
            raise _failed(name, f"it has more than {_MOST_DATAPOINTS} datapoints")
        return scope

    def _period(self, name: str) -> int | None:
        query = self._queries[name]
        return query["MetricStat"]["Period"] if "MetricStat" in query else query.get("Period")


def _shown(query: Query, value: Value) -> list[tuple[str, Series]]:
    if isinstance(value, dict):
        name = query["MetricStat"]["Metric"]["MetricName"] if "MetricStat" in query else query["Id"]
        return [(query.get("Label", name), value)]
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        label = query.get("Label", query["Id"])
        return [(f"{label} {number}", item) for number, item in enumerate(value, 1) if isinstance(item, dict)]
    raise _failed(query["Id"], "it gives no time series")


def _page(results: list[tuple[Query, str, Series]], request: Request) -> Answer:
    """As many datapoints as a page holds; a result that has some left says that its data are partial."""
    newest_first = request.get("ScanBy", "TimestampDescending") != "TimestampAscending"
    data = [
        (number, time, series[time])
        for number, (_, _, series) in enumerate(results)
        for time in sorted(series, reverse=newest_first)
    ]
    limit = min(max(request.get("MaxDatapoints", _MOST_DATAPOINTS), 1), _MOST_DATAPOINTS)
    try:
        page, token = cut_page(data, limit, request.get("NextToken"))
    except InvalidTokenError:
        raise AwsError("InvalidNextToken", "The next token specified is invalid.") from None
    last = page[-1][0] if page and token else len(results)
    shown: list[dict[str, Any]] = []
    for number, (query, label, _) in enumerate(results):
        own = [(time, value) for at, time, value in page if at == number]
        if own or (number <= last and "NextToken" not in request):
            shown.append(
                {
                    "Id": query["Id"],
                    "Label": label,
                    "Timestamps": [time for time, _ in own],
                    "Values": [value for _, value in own],
                    "StatusCode": "PartialData" if number == last and token else "Complete",
                }
            )
    return {"MetricDataResults": shown, "Messages": [], "NextToken": token}


def _check_queries(queries: list[Query]) -> None:
    if len(queries) > _MOST_QUERIES:
        raise _invalid(f"The collection MetricDataQueries must not have a size greater than {_MOST_QUERIES}.")
    seen: set[str] = set()
    for number, query in enumerate(queries, 1):
        where, name = f"MetricDataQueries.member.{number}", query["Id"]
        if not _ID.fullmatch(name):
            words = "is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$."
            raise _invalid(f"The value {name} for parameter {where}.Id {words}")
        if name in seen:
            raise _invalid(f"The values for parameter id in MetricDataQueries are not unique: {name}.")
        if "Expression" in query and "MetricStat" in query:
            both = f"{where}.Expression and {where}.MetricStat"
            raise _invalid(f"The parameters {both} are mutually exclusive and you have specified both.")
        if "Expression" not in query and "MetricStat" not in query:
            raise _invalid(f"Either {where}.Expression or {where}.MetricStat must be specified.")
        if "MetricStat" in query and "MetricName" not in query["MetricStat"]["Metric"]:
            raise _invalid(f"The parameter {where}.MetricStat.Metric.MetricName is required.")
        seen.add(name)


def _failed(name: str, why: str) -> AwsError:
    return _invalid(f"Error in expression '{name}': {why}")


def _invalid(words: str) -> AwsError:
    return AwsError("ValidationError", words)
