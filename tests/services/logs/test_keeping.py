"""Retention, deletion, tags."""

import time

import pytest
from tests.conftest import wait_until
from tests.services.conftest import refusal
from tests.services.logs.conftest import GROUP, event_file

DAY = 24 * 3600 * 1000


def messages(logs, **members):
    answer = logs.get_log_events(logGroupName=GROUP, logStreamName="s", **members)
    return [event["message"] for event in answer["events"]]


@pytest.mark.parametrize("orderly", [True, False])
def test_events_go_once_they_have_outlived_their_retention(logs, stream, server, account, orderly):
    """From the disk too; what is left stays where it is, and so do its tokens."""
    now = int(time.time() * 1000)
    if orderly:
        stream("s", (now - 4 * DAY, "secret"), (now - 3 * DAY, "secret too"), (now, "new"))
    else:
        logs.create_log_stream(logGroupName=GROUP, logStreamName="s")
        for at, message in ((now - 3 * DAY, "secret"), (now - 4 * DAY, "secret too"), (now, "new")):
            entry = [{"timestamp": at, "message": message}]
            logs.put_log_events(logGroupName=GROUP, logStreamName="s", logEvents=entry)
    token = logs.get_log_events(logGroupName=GROUP, logStreamName="s", startFromHead=True)["nextForwardToken"]
    assert len(messages(logs)) == 3
    logs.put_retention_policy(logGroupName=GROUP, retentionInDays=1)

    wait_until(lambda: messages(logs) == ["new"])
    assert messages(logs, startFromHead=True) == ["new"]
    wait_until(lambda: b"secret" not in event_file(server.data_dir, account, "s").read_bytes())
    stream("s", (now + 1, "newer"))
    assert messages(logs, nextToken=token) == ["newer"]
    assert [event["message"] for event in logs.filter_log_events(logGroupName=GROUP)["events"]] == ["new", "newer"]
    (described,) = logs.describe_log_streams(logGroupName=GROUP)["logStreams"]
    assert (described["firstEventTimestamp"], described["lastEventTimestamp"]) == (now, now + 1)


def test_a_stream_whose_events_are_all_gone_is_empty(logs, stream):
    """And goes on."""
    now = int(time.time() * 1000)
    stream("s", (now - 4 * DAY, "old"))
    logs.put_retention_policy(logGroupName=GROUP, retentionInDays=3)
    wait_until(lambda: messages(logs) == [])
    stream("s", (now, "new"))

    assert messages(logs) == ["new"]


def test_a_group_tells_its_retention(logs):
    """Until it is taken off."""
    logs.put_retention_policy(logGroupName=GROUP, retentionInDays=30)
    assert logs.describe_log_groups()["logGroups"][0]["retentionInDays"] == 30
    logs.delete_retention_policy(logGroupName=GROUP)
    assert "retentionInDays" not in logs.describe_log_groups()["logGroups"][0]


def test_a_retention_is_one_of_awss(logs):
    """Two days are none."""
    refused = refusal(logs.put_retention_policy, logGroupName=GROUP, retentionInDays=2)

    assert refused[:2] == (400, "InvalidParameterException")
    assert "Value '2' at 'retentionInDays' failed to satisfy constraint" in refused.message


def test_a_stream_goes_with_its_events(logs, stream, server, account):
    """A new one of its name is empty."""
    stream("s", (1, "a"))
    file = event_file(server.data_dir, account, "s")
    logs.delete_log_stream(logGroupName=GROUP, logStreamName="s")

    wait_until(lambda: not file.exists())
    assert refusal(logs.get_log_events, logGroupName=GROUP, logStreamName="s").code == "ResourceNotFoundException"
    logs.create_log_stream(logGroupName=GROUP, logStreamName="s")
    assert messages(logs) == []


def test_a_group_goes_with_its_streams(logs, stream):
    """Those of another group stay."""
    stream("s", (1, "a"))
    logs.create_log_group(logGroupName=GROUP + "2", tags={"a": "b"})
    logs.create_log_stream(logGroupName=GROUP + "2", logStreamName="other")
    logs.delete_log_group(logGroupName=GROUP)

    assert [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]] == [GROUP + "2"]
    assert len(logs.describe_log_streams(logGroupName=GROUP + "2")["logStreams"]) == 1
    refused = refusal(logs.delete_log_group, logGroupName=GROUP)
    assert refused[:3] == (400, "ResourceNotFoundException", "The specified log group does not exist.")


def test_a_group_has_tags(logs, account):
    """By its name or its ARN."""
    arn = f"arn:aws:logs:us-east-1:{account}:log-group:{GROUP}"
    logs.tag_log_group(logGroupName=GROUP, tags={"a": "1", "b": "2"})
    logs.tag_resource(resourceArn=arn, tags={"c": "3"})
    logs.untag_log_group(logGroupName=GROUP, tags=["a"])
    logs.untag_resource(resourceArn=arn, tagKeys=["b", "none"])

    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"c": "3"}
    assert logs.list_tags_log_group(logGroupName=GROUP)["tags"] == {"c": "3"}


def test_groups_can_be_found_by_a_part_of_their_name(logs):
    """Or by how it begins, not by both."""
    logs.create_log_group(logGroupName="other")

    found = logs.describe_log_groups(logGroupNamePattern="Train")["logGroups"]
    assert [group["logGroupName"] for group in found] == [GROUP]
    both = {"logGroupNamePattern": "a", "logGroupNamePrefix": "b"}
    assert "mutually exclusive" in refusal(logs.describe_log_groups, **both).message
