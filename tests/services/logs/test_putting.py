"""Log events that clients put."""

import time

import pytest
from tests.conftest import client
from tests.services.conftest import refusal
from tests.services.logs.conftest import GROUP, event_file

HOUR = 3600 * 1000


@pytest.fixture
def now():
    return int(time.time() * 1000)


@pytest.fixture
def put(logs):
    """Put events, pairs of time and message, into the stream ``s``."""
    logs.create_log_stream(logGroupName=GROUP, logStreamName="s")

    def put(*events):
        entries = [{"timestamp": time, "message": message} for time, message in events]
        return logs.put_log_events(logGroupName=GROUP, logStreamName="s", logEvents=entries)

    return put


def read(logs, **members):
    return logs.get_log_events(logGroupName=GROUP, logStreamName="s", **members)["events"]


@pytest.mark.parametrize("message", ["plain", "two\nlines\tand a tab\r\n", '{"a": "é漢"}', "\x00\x7f\u2028", " "])
def test_a_message_comes_back_as_it_went_in(logs, put, now, message):
    """Whatever letters it has."""
    put((now, message))
    (event,) = read(logs)

    assert (event["timestamp"], event["message"]) == (now, message)
    assert abs(event["ingestionTime"] - now) < 60_000


def test_puts_go_on_where_jobs_have_written(logs, put, stream, now):
    """In either order."""
    put((now, "a\nb"))
    stream("s", (now + 1, "from a job"))
    put((now + 2, "c"))

    assert [event["message"] for event in read(logs)] == ["a\nb", "from a job", "c"]
    assert [event["message"] for event in read(logs, limit=2)] == ["from a job", "c"]


def test_half_a_line_that_a_kill_left_is_cut_off(logs, put, now, server, account):
    """What was acknowledged stays."""
    put((now, "whole"))
    with event_file(server.data_dir, account, "s").open("a") as file:
        file.write(f'{now},{now}\t"hal')
    put((now + 1, "next"))

    assert [event["message"] for event in read(logs)] == ["whole", "next"]


def test_events_have_to_be_in_order(put, now):
    """Within one batch."""
    refused = refusal(put_all(put), events=[(now, "b"), (now - 1, "a")])

    words = "Log events in a single PutLogEvents request must be in chronological order."
    assert refused[:3] == (400, "InvalidParameterException", words)


def put_all(put):
    return lambda events: put(*events)


def test_a_batch_spans_a_day_at_the_most(put, now):
    """And a megabyte."""
    events = [(now - 25 * HOUR, "a"), (now, "b")]
    assert "cannot span more than 24 hours" in refusal(put_all(put), events=events).message
    big = [(now, "x" * 200_000)] * 6
    assert refusal(put_all(put), events=big).message == "Upload too large: 1200156 bytes exceeds limit of 1048576"


def test_events_too_old_or_too_new_are_left_out(logs, put, now):
    """And the answer says which."""
    old, new = now - 15 * 24 * HOUR, now + 3 * HOUR
    assert put((old, "a"), (old + 1, "b"))["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 2}
    assert put((now, "good"), (new, "c"))["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 1}

    assert [event["message"] for event in read(logs)] == ["good"]


def test_events_past_the_groups_retention_are_left_out(logs, put, now):
    """They would go at once."""
    logs.put_retention_policy(logGroupName=GROUP, retentionInDays=1)

    assert put((now - 30 * HOUR, "a"))["rejectedLogEventsInfo"] == {"expiredLogEventEndIndex": 1}


def test_the_tail_of_a_long_stream_is_read_from_its_end(logs, put, now):
    """Page by page, without gaps."""
    messages = [f"event {number} " + "x" * 900 for number in range(1000)]
    put(*((now, message) for message in messages))
    found, token = [], {}
    while True:
        page = logs.get_log_events(logGroupName=GROUP, logStreamName="s", limit=170, **token)
        if not page["events"]:
            break
        found = [event["message"] for event in page["events"]] + found
        token = {"nextToken": page["nextBackwardToken"]}

    assert found == messages


def test_a_time_is_found_in_a_long_stream(logs, put, now):
    """Without reading what lies before."""
    put(*((now - 5000 + number, f"{number} " + "x" * 100) for number in range(5000)))

    found = read(logs, startTime=now - 3, startFromHead=True)
    assert [event["message"].split()[0] for event in found] == ["4997", "4998", "4999"]
    found = read(logs, startTime=now - 3)
    assert [event["message"].split()[0] for event in found] == ["4997", "4998", "4999"]
    found = read(logs, endTime=now - 4998, startFromHead=False)
    assert [event["message"].split()[0] for event in found] == ["0", "1"]


def test_puts_outlive_a_kill(own_server, now):
    """Whatever was acknowledged."""
    server = own_server("--auth", "off")
    logs = client(server.url, "logs", "123456789012")
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    for number in range(20):
        event = {"timestamp": now + number, "message": f"{number}"}
        logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=[event])
    server.kill()
    logs = client(own_server("--auth", "off").url, "logs", "123456789012")

    found = logs.get_log_events(logGroupName="g", logStreamName="s")["events"]
    assert [event["message"] for event in found] == [str(number) for number in range(20)]
