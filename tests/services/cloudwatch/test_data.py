"""GetMetricData and metric math."""

import pytest
from tests.services.cloudwatch.conftest import refused


@pytest.fixture
def compute(cloudwatch, put, minute):
    """The values of an expression over ``a`` = 1, 2, 3, 4 and ``b`` = 10, -, 30, 40, minute by minute."""
    for name, values in {"a": (1, 2, 3, 4), "b": (10, None, 30, 40)}.items():
        found = [(at, value) for at, value in enumerate(values) if value is not None]
        put(*({"Timestamp": minute + 60 * at, "Value": value} for at, value in found), name=name)

    def compute(expression, *more, **members):
        queries = [stat(name, ReturnData=False) for name in ("a", "b")]
        queries += [*more, {"Id": "e", "Expression": expression}]
        asked = {"StartTime": minute, "EndTime": minute + 240, "ScanBy": "TimestampAscending"} | members
        results = cloudwatch.get_metric_data(MetricDataQueries=queries, **asked)["MetricDataResults"]
        values = [result["Values"] for result in results if result["Id"] == "e"]
        return values[0] if len(values) == 1 else values

    return compute


def stat(name, statistic="Sum", **members):
    metric = {"Namespace": "N", "MetricName": name}
    return {"Id": name, "MetricStat": {"Metric": metric, "Period": 60, "Stat": statistic}, **members}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a + 1", [2, 3, 4, 5]),
        ("a + b", [11, 33, 44]),
        ("b / a", [10, 10, 10]),
        ("-a * 2 + 1", [-1, -3, -5, -7]),
        ("2 * (a - 1) / 2", [0, 1, 2, 3]),
        ("a ^ 2", [1, 4, 9, 16]),
        ("2 ^ 3 ^ 0 * a", [2, 4, 6, 8]),
        ("a - 1 - 1", [-1, 0, 1, 2]),
        ("6 / (a - 1)", [6, 3, 2]),
        ("a > 2", [0, 0, 1, 1]),
        ("a >= 2 AND a < 4", [0, 1, 1, 0]),
        ("a == 1 || a == 4", [1, 0, 0, 1]),
        ("ABS(0 - a)", [1, 2, 3, 4]),
        ("CEIL(a / 2)", [1, 1, 2, 2]),
        ("FLOOR(a / 2)", [0, 1, 1, 2]),
        ("a / SUM(a) * 100", [10, 20, 30, 40]),
        ("a - AVG(a)", [-1.5, -0.5, 0.5, 1.5]),
        ("SUM([a, b])", [11, 2, 33, 44]),
        ("MAX([a, b])", [10, 2, 30, 40]),
        ("MIN(METRICS())", [1, 2, 3, 4]),
        ('SUM(METRICS("a"))', [1, 2, 3, 4]),
        ("AVG([a, a + 2])", [2, 3, 4, 5]),
        ("FILL(b, 0)", [10, 0, 30, 40]),
        ("FILL(b, REPEAT)", [10, 10, 30, 40]),
        ("FILL(b, LINEAR)", [10, 20, 30, 40]),
        ("FILL(b, a)", [10, 2, 30, 40]),
        ("IF(a > 2, a, 0)", [0, 0, 3, 4]),
        ("IF(a > 2, a)", [3, 4]),
        ("IF(a > 2, b, a)", [1, 2, 30, 40]),
        ("RATE(a)", [1 / 60, 1 / 60, 1 / 60]),
        ("DIFF(b)", [20, 10]),
        ("DIFF_TIME(b)", [120, 60]),
        ("RUNNING_SUM(a)", [1, 3, 6, 10]),
        ("a / PERIOD(a) * 60", [1, 2, 3, 4]),
        ("TIME_SERIES(7)", [7, 7, 7, 7]),
        ("[a, b]", [[1, 2, 3, 4], [10, 30, 40]]),
        ("[a, b] * 2", [[2, 4, 6, 8], [20, 60, 80]]),
        ("FIRST([a, b])", [1, 2, 3, 4]),
        ("a + STDDEV(a) * 0", [1, 2, 3, 4]),
        ("LOG10(a * 0 + 100)", [2, 2, 2, 2]),
        ("a + DATAPOINT_COUNT(b)", [4, 5, 6, 7]),
    ],
)
def test_an_expression_is_computed(compute, expression, expected):
    """Time by time; where a part has no value, or the result none, there is none."""
    assert compute(expression) == expected


def test_an_expression_speaks_of_others(compute):
    """In any order."""
    between = {"Id": "f", "Expression": "g * 2", "ReturnData": False}
    assert compute("f + 1", between, {"Id": "g", "Expression": "a + 1", "ReturnData": False}) == [5, 7, 9, 11]


@pytest.mark.parametrize(
    "expression",
    [
        "a +",
        "(a",
        "a b",
        "NOPE(a)",
        "none + 1",
        "e + 1",
        "AVG(a)",
        "'text'",
        "1 / 0",
        "9 ^ 9 ^ 9 ^ 9 + a",
        "FILL(a)",
        "IF(a)",
        "a $ b",
        "(" * 1000,
        "SEARCH('{N} m', 'Sum', 60)",
        "[a, 1]",
    ],
)
def test_an_expression_that_cannot_be_computed_is_refused(compute, expression):
    """With the reason."""
    found = refused(compute, expression=expression)

    assert (found.status, found.code.removesuffix("Error")) == (400, "Validation")
    assert found.message.startswith("Error in expression 'e': ")


def test_data_come_in_the_order_asked_for_page_by_page(cloudwatch, compute, minute):
    """The newest first unless asked otherwise."""
    asked = {"MetricDataQueries": [stat("a"), stat("b")], "StartTime": minute, "EndTime": minute + 240}
    both = {result["Id"]: result for result in cloudwatch.get_metric_data(**asked)["MetricDataResults"]}
    assert both["a"]["Values"] == [4, 3, 2, 1]
    assert (both["b"]["Label"], both["b"]["StatusCode"]) == ("b", "Complete")
    pages = list(cloudwatch.get_paginator("get_metric_data").paginate(**asked, PaginationConfig={"PageSize": 3}))

    found = {"a": [], "b": []}
    for page in pages:
        for result in page["MetricDataResults"]:
            found[result["Id"]] += result["Values"]
    assert found == {"a": [4, 3, 2, 1], "b": [40, 30, 10]}
    assert len(pages) == 3


def test_a_metric_without_values_has_an_empty_result(cloudwatch, minute):
    """It is complete all the same."""
    asked = {"MetricDataQueries": [stat("none")], "StartTime": minute, "EndTime": minute + 60}
    (result,) = cloudwatch.get_metric_data(**asked)["MetricDataResults"]

    assert (result["Timestamps"], result["Values"], result["StatusCode"]) == ([], [], "Complete")


@pytest.mark.parametrize(
    "query",
    [
        {"Id": "A", "Expression": "1"},
        {"Id": "a"},
        stat("a", Expression="b"),
        stat("a", "p999"),
        {"Id": "a", "MetricStat": {"Metric": {"Namespace": "N", "MetricName": "m"}, "Period": 7, "Stat": "Sum"}},
        {"Id": "a", "MetricStat": {"Metric": {"Namespace": "N"}, "Period": 60, "Stat": "Sum"}},
    ],
    ids=str,
)
def test_a_query_that_makes_no_sense_is_refused(cloudwatch, query, minute):
    """Whatever is wrong about it."""
    asked = {"MetricDataQueries": [query], "StartTime": minute, "EndTime": minute + 60}

    assert refused(cloudwatch.get_metric_data, **asked).status == 400
