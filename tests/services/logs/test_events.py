"""Log events."""

import pytest
from tests.conftest import client
from tests.services.conftest import refusal
from tests.services.logs.conftest import GROUP

EVENTS = [(1000 + at, f"event {at}") for at in range(10)]


@pytest.fixture
def get(logs):
    """GetLogEvents of a stream: messages, forward token, backward token."""

    def get(name="s", **members):
        answer = logs.get_log_events(logGroupName=GROUP, logStreamName=name, **members)
        messages = [event["message"] for event in answer["events"]]
        return messages, answer["nextForwardToken"], answer["nextBackwardToken"]

    return get


@pytest.fixture(autouse=True)
def ten(stream):
    """A stream of ten events."""
    stream("s", *EVENTS)


def some(first, last):
    return [message for _, message in EVENTS[first:last]]


def test_an_event_has_a_message_and_its_times(logs):
    """In milliseconds."""
    event = logs.get_log_events(logGroupName=GROUP, logStreamName="s", limit=1)["events"][0]

    assert event == {"timestamp": 1009, "message": "event 9", "ingestionTime": 1009}


def test_the_newest_events_come_first_unless_asked_otherwise(get):
    """A page of them is in the order of time all the same."""
    assert get(limit=3)[0] == some(7, 10)
    assert get(limit=3, startFromHead=True)[0] == some(0, 3)
    assert get()[0] == some(0, 10)


@pytest.mark.parametrize("size", [1, 3, 9, 10, 11])
def test_forward_pages_of_every_size_find_every_event(get, size):
    """The end is where the same token comes back."""
    found, token = [], None
    while True:
        messages, following, _ = get(limit=size, startFromHead=True, **({} if token is None else {"nextToken": token}))
        found += messages
        if following == token:
            break
        token = following

    assert found == some(0, 10)


@pytest.mark.parametrize("size", [1, 3, 10])
def test_backward_pages_of_every_size_find_every_event(get, size):
    """From the newest page on, until the same token comes back."""
    messages, _, token = get(limit=size)
    found = messages
    while True:
        messages, _, following = get(limit=size, nextToken=token)
        found = messages + found
        if following == token:
            break
        token = following

    assert found == some(0, 10)


def test_the_end_of_a_stream_says_nothing_new(get):
    """No events, and the token that was asked with."""
    _, token, _ = get(startFromHead=True)

    assert get(startFromHead=True, nextToken=token)[:2] == ([], token)


def test_what_is_written_later_is_found_with_the_token_of_the_end(get, stream):
    """That is how a log is followed."""
    _, token, _ = get(startFromHead=True)
    stream("s", (2000, "later"))

    assert get(startFromHead=True, nextToken=token)[0] == ["later"]


def test_a_stream_without_events_has_tokens(get, stream):
    """Which find what is written later."""
    stream("empty")
    messages, token, _ = get("empty", startFromHead=True)
    stream("empty", (5, "first"))

    assert messages == []
    assert get("empty", startFromHead=True, nextToken=token)[0] == ["first"]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({"startTime": 1007}, some(7, 10)),
        ({"endTime": 1003}, some(0, 3)),
        ({"startTime": 1003, "endTime": 1005}, some(3, 5)),
        ({"startTime": 9999}, []),
        ({"startTime": 1003, "endTime": 1003}, []),
    ],
    ids=str,
)
@pytest.mark.parametrize("from_head", [True, False])
def test_events_can_be_narrowed_by_time(get, times, expected, from_head):
    """From the start on, up to before the end."""
    assert get(startFromHead=from_head, **times)[0] == expected


def test_a_time_narrows_the_following_pages_too(get):
    """Page by page."""
    first, token, _ = get(startFromHead=True, startTime=1002, endTime=1008, limit=4)
    second, _, _ = get(startFromHead=True, startTime=1002, endTime=1008, limit=4, nextToken=token)

    assert (first, second) == (some(2, 6), some(6, 8))


@pytest.mark.parametrize(
    "token",
    ["", "x", "f", "f/1/s", f"g/{0:056}/s", f"f/{7:056}/s", f"f/{10**56 - 1}/s", f"f/{1:055}²/s"],
)
def test_a_token_that_was_not_made_here_is_refused(get, token):
    """Neither a number too large nor one in the midst of an event does any harm."""
    refused = refusal(get, nextToken=token)

    assert refused.status == 400
    assert refused.code in {"InvalidParameterException", "ValidationException"}


@pytest.mark.parametrize(("group", "stream_"), [("none", "s"), (GROUP, "none")])
def test_what_is_not_there_is_not_found(logs, group, stream_):
    """The group is looked for first."""
    refused = refusal(logs.get_log_events, logGroupName=group, logStreamName=stream_)

    assert refused[:2] == (400, "ResourceNotFoundException")
    assert refused.message == f"The specified log {'group' if group == 'none' else 'stream'} does not exist."


def test_a_group_can_be_named_by_its_arn(logs, account):
    """By name or by ARN, in one member or the other, and not in both."""
    arn = f"arn:aws:logs:us-east-1:{account}:log-group:{GROUP}"

    for identifier in (GROUP, arn):
        assert logs.get_log_events(logGroupIdentifier=identifier, logStreamName="s", limit=1)["events"]
    both = {"logGroupName": GROUP, "logGroupIdentifier": GROUP}
    for request in ({}, both):
        assert refusal(logs.get_log_events, logStreamName="s", **request)[:2] == (400, "InvalidParameterException")


def test_another_accounts_group_is_not_found_by_its_arn(logs, server, account, stranger):
    """Nothing of one account is visible to another."""
    other = client(server.url, "logs", stranger)
    arn = f"arn:aws:logs:us-east-1:{account}:log-group:{GROUP}"

    refused = refusal(other.get_log_events, logGroupIdentifier=arn, logStreamName="s")
    assert refused.code == "ResourceNotFoundException"
