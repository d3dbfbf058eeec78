"""Values put, and statistics told from them."""

import time

import pytest
from tests.conftest import client
from tests.services.cloudwatch.conftest import refused

ALL = ["SampleCount", "Sum", "Average", "Minimum", "Maximum"]


@pytest.fixture
def ask(cloudwatch, minute):
    """The datapoints of ``m`` from a minute on, by time."""

    def ask(seconds=600, **members):
        usual = {"Namespace": "N", "MetricName": "m", "StartTime": minute, "EndTime": minute + seconds, "Period": 60}
        if "ExtendedStatistics" not in members:
            usual["Statistics"] = ALL
        points = cloudwatch.get_metric_statistics(**(usual | members))["Datapoints"]
        return sorted(points, key=lambda point: point["Timestamp"])

    return ask


def plain(point):
    return [point[name] for name in ALL]


def test_values_of_a_minute_are_summed_up(put, ask, minute):
    """However they were put."""
    put({"Timestamp": minute, "Value": 1.5}, {"Timestamp": minute + 59, "Value": 4})
    put({"Timestamp": minute + 1, "Values": [2, 3], "Counts": [1, 2]})
    put({"Timestamp": minute + 2, "StatisticValues": {"SampleCount": 2, "Sum": 3, "Minimum": 0, "Maximum": 3}})
    (point,) = ask()

    assert plain(point) == [7, 1.5 + 4 + 2 + 6 + 3, 16.5 / 7, 0, 4]
    assert point["Timestamp"].timestamp() == minute
    assert point["Unit"] == "None"


def test_periods_are_counted_from_the_start(put, ask, minute):
    """A period without values has no datapoint."""
    put(*({"Timestamp": minute + 60 * at, "Value": at} for at in (0, 1, 2, 5)))

    assert [point["Sum"] for point in ask(Period=120)] == [1, 2, 5]
    assert [point["Sum"] for point in ask(seconds=120)] == [0, 1]


def test_high_resolution_is_kept_by_the_second(put, ask, minute):
    """And summed up where a longer period is asked for."""
    put(*({"Timestamp": minute + at, "Value": 1, "StorageResolution": 1} for at in range(10)))

    assert [point["Sum"] for point in ask(Period=1)] == [1] * 10
    assert [point["Sum"] for point in ask(Period=5)] == [5, 5]
    assert [point["Sum"] for point in ask()] == [10]


def test_dimensions_tell_metrics_apart_in_any_order(put, ask, minute):
    """What is asked without them is another metric."""
    a, b = {"Name": "a", "Value": "1"}, {"Name": "b", "Value": "2"}
    put({"Timestamp": minute, "Value": 1, "Dimensions": [a, b]}, {"Timestamp": minute, "Value": 2, "Dimensions": [a]})

    assert [point["Sum"] for point in ask(Dimensions=[b, a])] == [1]
    assert [point["Sum"] for point in ask(Dimensions=[a])] == [2]
    assert ask() == []


def test_units_are_kept_apart(put, ask, minute):
    """One datapoint each, or the one that was asked for."""
    put({"Timestamp": minute, "Value": 1, "Unit": "Seconds"}, {"Timestamp": minute, "Value": 2, "Unit": "Bytes"})

    assert {point["Unit"]: point["Sum"] for point in ask()} == {"Seconds": 1, "Bytes": 2}
    assert [point["Sum"] for point in ask(Unit="Bytes")] == [2]
    assert ask(Unit="Count") == []


def test_percentiles_are_told_between_values(put, ask, minute):
    """Of a sum alone they cannot be told."""
    put({"Timestamp": minute, "Values": list(range(1, 101))})
    (point,) = ask(ExtendedStatistics=["p0", "p50", "p99", "p100", "tm50", "IQM"])
    told = point["ExtendedStatistics"]

    assert (told["p0"], told["p50"], told["p100"]) == (1, 50.5, 100)
    assert told["p99"] == pytest.approx(99.01)
    assert (told["tm50"], told["IQM"]) == (25.5, 50.5)
    put({"Timestamp": minute, "StatisticValues": {"SampleCount": 2, "Sum": 3, "Minimum": 1, "Maximum": 2}})
    assert ask(ExtendedStatistics=["p50"])[0]["ExtendedStatistics"] == {}


def test_percentiles_of_many_values_are_right_to_a_percent(put, ask, minute):
    """Whatever their number."""
    for start in range(0, 3000, 150):
        put({"Timestamp": minute, "Values": [float(value) for value in range(start + 1, start + 151)]})
    (point,) = ask(ExtendedStatistics=["p10", "p50", "p99"])

    told = point["ExtendedStatistics"]
    for share in (10, 50, 99):
        assert told[f"p{share}"] == pytest.approx(3000 * share / 100, rel=0.02)


def test_a_large_request_comes_whole(aws, monkeypatch, ask, minute):
    """A thousand data, not compressed."""
    monkeypatch.setenv("AWS_DISABLE_REQUEST_COMPRESSION", "true")
    data = [{"MetricName": "m", "Timestamp": minute, "Value": at} for at in range(1000)]
    aws("cloudwatch").put_metric_data(Namespace="N", MetricData=data)

    assert plain(ask()[0])[:2] == [1000, 499500]


@pytest.mark.parametrize(
    ("datum", "code", "words"),
    [
        (
            {"Value": 1, "Values": [1]},
            "InvalidParameterCombination",
            "MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive and you have specified",
        ),
        (
            {"Values": [1, 2], "Counts": [1]},
            "InvalidParameterValue",
            "The parameters MetricData.member.1.Values and MetricData.member.1.Counts must be of the same size.",
        ),
        (
            {"Value": 1e200},
            "InvalidParameterValue",
            "The value 1e+200 for parameter MetricData.member.1.Value is invalid.",
        ),
        ({"Value": 1, "StorageResolution": 5}, "InvalidParameterValue", "StorageResolution is invalid"),
        ({}, "MissingRequiredParameter", "At least one of the parameters must be specified"),
    ],
    ids=str,
)
def test_a_datum_that_cannot_be_meant_is_refused(cloudwatch, datum, code, words):
    """With AWS's words; nothing of the request is kept."""
    good = {"MetricName": "m", "Value": 1}
    found = refused(cloudwatch.put_metric_data, Namespace="N", MetricData=[{"MetricName": "m"} | datum, good])

    assert found.status == 400
    assert found.code in {code, "MissingParameter" if code.startswith("Missing") else code}
    assert words in found.message
    assert cloudwatch.list_metrics(Namespace="N")["Metrics"] == []


@pytest.mark.parametrize("seconds", [-15 * 24 * 3600, 3 * 3600])
def test_a_time_too_far_away_is_refused(cloudwatch, seconds):
    """Two weeks back, two hours ahead."""
    data = [{"MetricName": "m", "Value": 1, "Timestamp": time.time() + seconds}]

    assert refused(cloudwatch.put_metric_data, Namespace="N", MetricData=data).code == "InvalidParameterValue"


def test_awss_namespaces_are_awss(cloudwatch):
    """Clients put nothing there."""
    found = refused(cloudwatch.put_metric_data, Namespace="AWS/X", MetricData=[{"MetricName": "m", "Value": 1}])

    assert found[:3] == (400, "InvalidParameterValue", "The value AWS/ for parameter Namespace is invalid.")


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"StartTime": 10, "EndTime": 10}, "InvalidParameterValue"),
        ({"Period": 7}, "InvalidParameterValue"),
        ({"Period": 1, "EndTime": 1e10}, "InvalidParameterCombination"),
        ({"ExtendedStatistics": ["p101"]}, "InvalidParameterValue"),
    ],
    ids=str,
)
def test_a_question_that_makes_no_sense_is_refused(ask, members, code):
    """In AWS's codes."""
    assert refused(ask, **members).code == code


@pytest.mark.parametrize(("start", "end"), [(0, 1e9), (1e9, 2.5e11)])
def test_times_far_away_hold_nothing(cloudwatch, ask, start, end):
    """And do no harm."""
    assert ask(StartTime=start, EndTime=end, Period=60 * 10**7) == []
    query = {"Id": "a", "Expression": "TIME_SERIES(1)", "Period": 60 * 10**7}
    asked = {"MetricDataQueries": [query], "StartTime": start, "EndTime": end}
    assert cloudwatch.get_metric_data(**asked)["MetricDataResults"]
    query["Period"] = 1
    assert "datapoints" in refused(cloudwatch.get_metric_data, **asked).message


def test_metrics_are_listed_by_what_they_have(cloudwatch, put):
    """Namespace, name, dimensions with or without a value."""
    put(
        {"Value": 1, "Dimensions": [{"Name": "a", "Value": "1"}]},
        {"Value": 1, "Dimensions": [{"Name": "a", "Value": "2"}]},
    )
    put({"Value": 1}, name="other")

    def count(**members):
        return len(cloudwatch.list_metrics(**members)["Metrics"])

    assert (count(), count(Namespace="N"), count(Namespace="M"), count(MetricName="m")) == (3, 3, 0, 2)
    assert (count(Dimensions=[{"Name": "a"}]), count(Dimensions=[{"Name": "a", "Value": "2"}])) == (2, 1)
    (other,) = cloudwatch.list_metrics(MetricName="other")["Metrics"]
    assert other == {"Namespace": "N", "MetricName": "other", "Dimensions": []}


def test_metrics_are_listed_page_by_page(cloudwatch):
    """Five hundred at a time."""
    data = [{"MetricName": f"m{number:04}", "Value": 1} for number in range(700)]
    for start in range(0, 700, 100):
        cloudwatch.put_metric_data(Namespace="N", MetricData=data[start : start + 100])
    pages = [page["Metrics"] for page in cloudwatch.get_paginator("list_metrics").paginate()]

    assert [len(page) for page in pages] == [500, 200]
    assert [metric["MetricName"] for page in pages for metric in page] == [datum["MetricName"] for datum in data]


def test_another_account_or_region_sees_nothing(put, server, account, stranger):
    """Metrics belong to both."""
    put({"Value": 1})

    assert client(server.url, "cloudwatch", stranger).list_metrics()["Metrics"] == []
    assert client(server.url, "cloudwatch", account, "eu-west-1").list_metrics()["Metrics"] == []


def test_values_outlive_a_kill(own_server, minute):
    """Whatever was acknowledged."""
    server = own_server("--auth", "off")
    cloudwatch = client(server.url, "cloudwatch", "123456789012")
    for _ in range(20):
        data = [{"MetricName": "m", "Timestamp": minute, "Value": 1}]
        cloudwatch.put_metric_data(Namespace="N", MetricData=data)
    server.kill()
    cloudwatch = client(own_server("--auth", "off").url, "cloudwatch", "123456789012")

    asked = {"Namespace": "N", "MetricName": "m", "StartTime": minute, "EndTime": minute + 60, "Period": 60}
    assert cloudwatch.get_metric_statistics(**asked, Statistics=["Sum"])["Datapoints"][0]["Sum"] == 20
