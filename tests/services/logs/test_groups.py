"""Log groups and log streams."""

import pytest
from tests.conftest import client
from tests.services.conftest import refusal
from tests.services.logs.conftest import GROUP


def names(answer):
    (member,) = {"logGroups", "logStreams"} & set(answer)
    return [item[f"{member[:-1]}Name"] for item in answer[member]]


def test_a_group_is_described_as_it_was_made(logs, account):
    """Name, ARN and time in milliseconds; there is no next page."""
    answer = logs.describe_log_groups()
    (group,) = answer["logGroups"]

    assert (group["logGroupName"], group["arn"]) == (GROUP, f"arn:aws:logs:us-east-1:{account}:log-group:{GROUP}:*")
    assert group["creationTime"] > 1_700_000_000_000
    assert "nextToken" not in answer


def test_a_group_can_be_made_once(logs):
    """The second is refused."""
    refused = refusal(logs.create_log_group, logGroupName=GROUP)

    assert refused[:3] == (400, "ResourceAlreadyExistsException", "The specified log group already exists")


def test_a_stream_can_be_made_once(logs, stream):
    """The second is refused."""
    stream("s")
    refused = refusal(logs.create_log_stream, logGroupName=GROUP, logStreamName="s")

    assert refused[:3] == (400, "ResourceAlreadyExistsException", "The specified log stream already exists")


def test_a_stream_needs_its_group(logs):
    """One that is not there is said so."""
    refused = refusal(logs.create_log_stream, logGroupName="none", logStreamName="s")

    assert refused[:3] == (400, "ResourceNotFoundException", "The specified log group does not exist.")


def test_groups_are_listed_by_name_page_by_page(logs):
    """A prefix narrows them."""
    for name in ("b", "a", "ab"):
        logs.create_log_group(logGroupName=name)
    pages = list(logs.get_paginator("describe_log_groups").paginate(PaginationConfig={"PageSize": 3}))

    assert [names(page) for page in pages] == [[GROUP, "a", "ab"], ["b"]]
    assert names(logs.describe_log_groups(logGroupNamePrefix="a")) == ["a", "ab"]


def test_streams_are_listed_by_name_page_by_page(logs, stream):
    """The last page has no token: a client that saw one would ask for ever."""
    for name in ("c", "a", "b"):
        stream(name)
    first = logs.describe_log_streams(logGroupName=GROUP, limit=2)
    second = logs.describe_log_streams(logGroupName=GROUP, limit=2, nextToken=first["nextToken"])

    assert [names(page) for page in (first, second)] == [["a", "b"], ["c"]]
    assert "nextToken" not in second


def test_a_page_that_is_exactly_full_is_the_last_one(logs, stream):
    """There is no token to an empty page."""
    for name in ("a", "b"):
        stream(name)

    assert "nextToken" not in logs.describe_log_streams(logGroupName=GROUP, limit=2)


def test_streams_can_be_narrowed_by_a_prefix(logs, stream):
    """Whatever wildcards mean elsewhere."""
    for name in ("job/algo-1-1", "job/algo-2-1", "job2/algo-1-1", "j%b/x"):
        stream(name)

    assert names(logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix="job/")) == [
        "job/algo-1-1",
        "job/algo-2-1",
    ]
    assert names(logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix="j%b")) == ["j%b/x"]


def test_streams_belong_to_their_group(logs, stream):
    """Those of a group whose name begins alike are not among them."""
    stream("s")
    logs.create_log_group(logGroupName=GROUP + "2")
    logs.create_log_stream(logGroupName=GROUP + "2", logStreamName="other")

    assert names(logs.describe_log_streams(logGroupName=GROUP)) == ["s"]


def test_a_stream_tells_its_first_and_last_event(logs, stream):
    """Once there are events."""
    stream("full", (5, "a"), (9, "b"))
    stream("empty")
    empty, full = logs.describe_log_streams(logGroupName=GROUP)["logStreams"]

    assert (full["firstEventTimestamp"], full["lastEventTimestamp"]) == (5, 9)
    assert not {"firstEventTimestamp", "lastEventTimestamp"} & set(empty)


@pytest.mark.parametrize(("descending", "expected"), [(True, "b c a none"), (False, "none a c b")])
def test_streams_can_be_sorted_by_their_last_event(logs, stream, descending, expected):
    """Either way, page by page."""
    for name, time in (("a", 1), ("b", 3), ("c", 2)):
        stream(name, (time, "x"))
    stream("none")
    asked = {"logGroupName": GROUP, "orderBy": "LastEventTime", "descending": descending}
    pages = list(logs.get_paginator("describe_log_streams").paginate(**asked, PaginationConfig={"PageSize": 3}))

    assert [name for page in pages for name in names(page)] == expected.split()
    assert [len(page["logStreams"]) for page in pages] == [3, 1]


def test_the_order_of_events_and_a_prefix_exclude_each_other(logs):
    """As AWS has it."""
    asked = {"logGroupName": GROUP, "orderBy": "LastEventTime", "logStreamNamePrefix": "a"}

    assert refusal(logs.describe_log_streams, **asked)[:2] == (400, "InvalidParameterException")


@pytest.mark.parametrize("order", ["LogStreamName", "LastEventTime"])
@pytest.mark.parametrize("token", ["rubbish", "-1", "1e3", "9" * 5000, "²"])
def test_a_token_that_was_not_made_here_is_refused(logs, order, token):
    """In either order."""
    refused = refusal(logs.describe_log_streams, logGroupName=GROUP, orderBy=order, nextToken=token)

    assert refused[:2] == (400, "InvalidParameterException")


def test_a_group_that_is_not_there_is_not_found(logs):
    """By name or by ARN."""
    for request in ({"logGroupName": "none"}, {"logGroupIdentifier": "arn:aws:logs:us-east-1:1:log-group:none"}):
        refused = refusal(logs.describe_log_streams, **request)
        assert refused[:3] == (400, "ResourceNotFoundException", "The specified log group does not exist.")


@pytest.mark.parametrize("elsewhere", ["account", "region"])
def test_another_account_or_region_sees_nothing(logs, stream, server, account, elsewhere, stranger):
    """Neither the group nor its streams."""
    stream("s")
    other = client(server.url, "logs", *{"account": (stranger,), "region": (account, "eu-west-1")}[elsewhere])

    assert names(other.describe_log_groups()) == []
    assert refusal(other.describe_log_streams, logGroupName=GROUP).code == "ResourceNotFoundException"
