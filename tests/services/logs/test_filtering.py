"""FilterLogEvents."""

import time

import pytest
from tests.services.conftest import refusal
from tests.services.logs.conftest import GROUP


@pytest.fixture
def search(logs):
    """The messages that FilterLogEvents finds, all pages together."""

    def search(**members):
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=GROUP, **members)
        return [event["message"] for page in pages for event in page["events"]]

    return search


@pytest.fixture
def three(stream):
    """Three streams whose events alternate."""
    stream("a/1", (1, "a one"), (4, "a four"))
    stream("a/2", (2, "b two"), (5, "b five"))
    stream("c", (3, "c three"), (6, "c six"))


def test_events_of_all_streams_come_in_the_order_of_time(search, three):
    """Page by page, whatever the size."""
    expected = ["a one", "b two", "c three", "a four", "b five", "c six"]

    assert search() == expected
    for size in (1, 2, 5):
        assert search(PaginationConfig={"PageSize": size}) == expected


def test_streams_can_be_chosen(search, three, logs):
    """By name or by prefix, not by both."""
    assert search(logStreamNamePrefix="a/") == ["a one", "b two", "a four", "b five"]
    assert search(logStreamNames=["c"]) == ["c three", "c six"]
    both = {"logStreamNames": ["c"], "logStreamNamePrefix": "a"}
    assert refusal(logs.filter_log_events, logGroupName=GROUP, **both).code == "InvalidParameterException"
    refused = refusal(logs.filter_log_events, logGroupName=GROUP, logStreamNames=["none"])
    assert refused.code == "ResourceNotFoundException"


def test_times_bound_the_search(search, three):
    """Both ends belong to it."""
    assert search(startTime=2, endTime=4) == ["b two", "c three", "a four"]


def test_an_event_tells_where_it_is_from(logs, three):
    """And has an id of its own."""
    events = logs.filter_log_events(logGroupName=GROUP)["events"]

    assert events[0] | {"eventId": ""} == {
        "logStreamName": "a/1",
        "timestamp": 1,
        "message": "a one",
        "ingestionTime": 1,
        "eventId": "",
    }
    assert len({event["eventId"] for event in events}) == 6
    assert {len(event["eventId"]) for event in events} == {56}


def test_what_was_put_late_is_found_in_its_time(search, logs):
    """Though it stands later in its stream."""
    now = int(time.time() * 1000)
    logs.create_log_stream(logGroupName=GROUP, logStreamName="s")
    for at, message in ((now, "late"), (now - 5000, "early"), (now - 2000, "middle")):
        entry = [{"timestamp": at, "message": message}]
        logs.put_log_events(logGroupName=GROUP, logStreamName="s", logEvents=entry)

    assert search() == ["early", "middle", "late"]
    assert search(startTime=now - 3000) == ["middle", "late"]
    assert search(PaginationConfig={"PageSize": 1}) == ["early", "middle", "late"]


def test_a_long_search_goes_on_page_by_page(logs, stream):
    """A page without events has a next one."""
    stream("s", *((number, "x") for number in range(6_000)), (6_000, "needle"))
    first = logs.filter_log_events(logGroupName=GROUP, filterPattern="needle")
    second = logs.filter_log_events(logGroupName=GROUP, filterPattern="needle", nextToken=first["nextToken"])

    assert first["events"] == []
    assert [event["message"] for event in second["events"]] == ["needle"]
    assert "nextToken" not in second


MESSAGES = [
    "ERROR disk full",
    "WARN disk",
    "error: none",
    '{"level": "ERROR", "took": 12.5, "user": {"name": "ann"}, "tags": ["a", "b"], "none": null, "ok": true}',
    '{"level": "INFO", "took": 3, "user": {"name": "eve"}}',
    "[ERROR] (x)",
]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", [0, 1, 2, 3, 4, 5]),
        ("ERROR", [0, 3, 5]),
        ("ERROR disk", [0]),
        ('"disk full"', [0]),
        ("?ERROR ?WARN", [0, 1, 3, 5]),
        ("disk -ERROR", [1]),
        ("-ERROR -WARN", [2, 4]),
        ('"[ERROR]"', [5]),
        ('{ $.level = "ERROR" }', [3]),
        ("{ $.level = ERR* }", [3]),
        ('{ $.level != "ERROR" }', [4]),
        ("{ $.took > 3 }", [3]),
        ("{ $.took >= 3 }", [3, 4]),
        ("{ $.took = 3 }", [4]),
        ("{ $.took < 1e3 && $.level = INFO }", [4]),
        ('{ ($.level = "INFO" || $.took > 10) && $.user.name = "ann" }', [3]),
        ('{ $.tags[0] = "a" }', [3]),
        ("{ $.none IS NULL }", [3]),
        ("{ $.tags NOT EXISTS }", [4]),
        ("{ $.ok IS TRUE }", [3]),
        ("{ $.ok IS FALSE }", []),
    ],
)
def test_a_pattern_finds_what_it_says(logs, pattern, expected):
    """Terms, and comparisons of JSON."""
    answer = logs.test_metric_filter(filterPattern=pattern, logEventMessages=MESSAGES)

    assert [match["eventNumber"] - 1 for match in answer["matches"]] == expected


@pytest.mark.parametrize(
    "pattern",
    ["[a, b]", "%a+%", '"open', "{ $.a }", "{ $.a = }", "{ a = 1 }", "{ $.a > x }", "{ $.a = 1", "{}", "{" + "(" * 900],
)
def test_what_is_no_pattern_is_refused(logs, pattern):
    """Or one that is not supported here."""
    refused = refusal(logs.filter_log_events, logGroupName=GROUP, filterPattern=pattern)

    assert refused[:2] == (400, "InvalidParameterException")
    assert refused.message.startswith("Invalid filter pattern")


@pytest.mark.parametrize("token", ["x", "p/1/2", "p/a/b/c", "p/" + "9" * 30 + "/1/1"])
def test_a_token_that_was_not_made_here_is_refused(logs, token):
    """It does no harm."""
    assert refusal(logs.filter_log_events, logGroupName=GROUP, nextToken=token).status == 400
