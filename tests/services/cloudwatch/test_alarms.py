"""Alarms."""

import time

import pytest
from tests.conftest import client, wait_until
from tests.services.cloudwatch.conftest import refused
from tests.services.cloudwatch.test_data import stat

ALARM = {
    "AlarmName": "high",
    "Namespace": "N",
    "MetricName": "m",
    "Statistic": "Average",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 5.0,
    "ComparisonOperator": "GreaterThanThreshold",
}


@pytest.fixture
def alarm(cloudwatch):
    """Make an alarm on ``m``; what describes it then."""

    def alarm(**members):
        request = ALARM | members
        cloudwatch.put_metric_alarm(**{name: value for name, value in request.items() if value is not None})
        return lambda: cloudwatch.describe_alarms(AlarmNames=[request["AlarmName"]])["MetricAlarms"][0]

    return alarm


def last_minutes(*values):
    """Data of the last whole minutes, the last one last; a minute may turn while they are put."""
    now = int(time.time())
    if now % 60 > 50:
        time.sleep(61 - now % 60)
        now = int(time.time())
    end = now - now % 60
    return [
        {"Timestamp": end - 60 * back, "Value": value}
        for back, value in enumerate(reversed(values), 1)
        if value is not None
    ]


def test_an_alarm_is_described_as_it_was_made(alarm, account):
    """It begins without data."""
    found = alarm(AlarmDescription="too high", Dimensions=[{"Name": "a", "Value": "b"}])()

    assert {name: found[name] for name in ALARM} == ALARM
    assert found["AlarmArn"] == f"arn:aws:cloudwatch:us-east-1:{account}:alarm:high"
    assert (found["StateValue"], found["ActionsEnabled"], found["AlarmActions"]) == ("INSUFFICIENT_DATA", True, [])
    assert found["StateReason"] == "Unchecked: Initial alarm creation"


def test_an_alarm_goes_off_and_calms_down_by_itself(alarm, put, cloudwatch):
    """Its history tells."""
    put(*last_minutes(3, 9))
    describe = alarm()
    wait_until(lambda: describe()["StateValue"] == "ALARM")
    assert describe()["StateReason"].startswith("Threshold Crossed: 1 out of the last 1 datapoints [9.0 (")
    assert describe()["StateReason"].endswith(
        ")] was greater than the threshold (5.0) (minimum 1 datapoint for OK -> ALARM transition)."
    )
    alarm(Threshold=10.0)
    wait_until(lambda: describe()["StateValue"] == "OK")

    items = cloudwatch.describe_alarm_history(AlarmName="high")["AlarmHistoryItems"]
    assert [item["HistorySummary"] for item in items] == [
        "Alarm updated from ALARM to OK",
        'Alarm "high" updated',
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
        'Alarm "high" created',
    ]
    updates = cloudwatch.describe_alarm_history(AlarmName="high", HistoryItemType="StateUpdate", MaxRecords=1)
    assert len(updates["AlarmHistoryItems"]) == 1
    assert updates["NextToken"]


def test_some_of_some_periods_are_enough(alarm, put):
    """Two of three here; with three of three it would be calm."""
    put(*last_minutes(9, 1, 9))
    two = alarm(EvaluationPeriods=3, DatapointsToAlarm=2)
    three = alarm(AlarmName="three", EvaluationPeriods=3)

    wait_until(lambda: (two()["StateValue"], three()["StateValue"]) == ("ALARM", "OK"))


def test_missing_data_count_as_the_alarm_says(alarm):
    """There are none at all here."""
    states = {"breaching": "ALARM", "notBreaching": "OK", "ignore": "INSUFFICIENT_DATA", "missing": "INSUFFICIENT_DATA"}
    made = {treatment: alarm(AlarmName=treatment, TreatMissingData=treatment) for treatment in states}

    wait_until(lambda: {treatment: describe()["StateValue"] for treatment, describe in made.items()} == states)
    assert "treated as [Breaching]" in made["breaching"]()["StateReason"]


def test_an_alarm_may_watch_arithmetic(alarm, put):
    """Or a percentile."""
    put(*last_minutes(3))
    query = stat("m", ReturnData=False)
    math = alarm(
        MetricName=None,
        Namespace=None,
        Statistic=None,
        Period=None,
        Metrics=[query, {"Id": "e", "Expression": "m * 2"}],
    )
    percentile = alarm(AlarmName="p", Statistic=None, ExtendedStatistic="p90", Threshold=2.0)

    wait_until(lambda: (math()["StateValue"], percentile()["StateValue"]) == ("ALARM", "ALARM"))


def test_an_alarm_can_be_put_into_a_state(alarm, cloudwatch):
    """Until its next period."""
    describe = alarm(Period=86400)
    cloudwatch.set_alarm_state(AlarmName="high", StateValue="ALARM", StateReason="a drill", StateReasonData='{"a": 1}')
    time.sleep(1)

    found = describe()
    assert (found["StateValue"], found["StateReason"], found["StateReasonData"]) == ("ALARM", "a drill", '{"a": 1}')
    assert refused(cloudwatch.set_alarm_state, AlarmName="none", StateValue="OK", StateReason="x")[:2] == (
        404,
        "ResourceNotFound",
    )
    bad = {"AlarmName": "high", "StateValue": "OK", "StateReason": "x", "StateReasonData": "{"}
    assert refused(cloudwatch.set_alarm_state, **bad).code in {"InvalidFormat", "InvalidFormatFault"}


def test_alarms_are_found_by_what_they_are(alarm, cloudwatch):
    """Names, prefix, state, metric; page by page."""
    for name in ("a1", "a2", "b"):
        alarm(AlarmName=name, AlarmActions=[f"arn:aws:sns:us-east-1:1:{name}"])

    def names(**members):
        return [found["AlarmName"] for found in cloudwatch.describe_alarms(**members)["MetricAlarms"]]

    assert (names(), names(AlarmNamePrefix="a"), names(AlarmNames=["b", "c"])) == (
        ["a1", "a2", "b"],
        ["a1", "a2"],
        ["b"],
    )
    assert (names(StateValue="ALARM"), names(ActionPrefix="arn:aws:sns:us-east-1:1:b")) == ([], ["b"])
    for metric, count in (("m", 3), ("other", 0)):
        found = cloudwatch.describe_alarms_for_metric(Namespace="N", MetricName=metric)["MetricAlarms"]
        assert len(found) == count
    pages = cloudwatch.get_paginator("describe_alarms").paginate(PaginationConfig={"PageSize": 2})
    assert [len(page["MetricAlarms"]) for page in pages] == [2, 1]


def test_actions_can_be_turned_off_and_on(alarm, cloudwatch):
    """Nobody is told here either way."""
    describe = alarm()
    cloudwatch.disable_alarm_actions(AlarmNames=["high", "none"])
    assert describe()["ActionsEnabled"] is False
    cloudwatch.enable_alarm_actions(AlarmNames=["high"])
    assert describe()["ActionsEnabled"] is True


def test_an_alarm_has_tags_and_goes(alarm, cloudwatch):
    """Its tags go with it; its history stays."""
    arn = alarm(Tags=[{"Key": "a", "Value": "b"}])()["AlarmArn"]
    cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "c", "Value": "d"}])
    cloudwatch.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "c", "Value": "d"}]
    cloudwatch.delete_alarms(AlarmNames=["high", "none"])

    assert cloudwatch.describe_alarms()["MetricAlarms"] == []
    assert len(cloudwatch.describe_alarm_history(AlarmName="high")["AlarmHistoryItems"]) == 1
    assert refused(cloudwatch.list_tags_for_resource, ResourceARN=arn).code.startswith("ResourceNotFound")


@pytest.mark.parametrize(
    "members",
    [
        {"ComparisonOperator": "LessThanLowerThreshold"},
        {"Threshold": None},
        {"EvaluationPeriods": None},
        {"DatapointsToAlarm": 2},
        {"TreatMissingData": "maybe"},
        {"Statistic": None},
        {"ExtendedStatistic": "p50"},
        {"MetricName": None},
        {"Period": 7},
        {"Period": 60, "EvaluationPeriods": 1441},
        {"Period": 86400, "EvaluationPeriods": 8},
        {"EvaluationPeriods": 2**31 - 1, "Period": 2**31 - 8},
        {"Metrics": [stat("m")]},
    ],
    ids=str,
)
def test_an_alarm_that_makes_no_sense_is_refused(alarm, members):
    """Whatever is wrong about it."""
    assert refused(alarm, **members).status == 400


def test_states_outlive_the_server(own_server):
    """And go on changing."""
    server = own_server("--auth", "off")
    cloudwatch = client(server.url, "cloudwatch", "123456789012")
    cloudwatch.put_metric_data(Namespace="N", MetricData=[{"MetricName": "m", **datum} for datum in last_minutes(9)])
    cloudwatch.put_metric_alarm(**ALARM | {"TreatMissingData": "ignore"})

    def state():
        return cloudwatch.describe_alarms()["MetricAlarms"][0]["StateValue"]

    wait_until(lambda: state() == "ALARM")
    server.kill()
    cloudwatch = client(own_server("--auth", "off").url, "cloudwatch", "123456789012")

    assert state() == "ALARM"
    cloudwatch.put_metric_alarm(**ALARM | {"Threshold": 10.0})
    wait_until(lambda: state() == "OK")
