"""Queues: made, found, listed, changed, emptied, deleted."""

import json

import pytest
from tests.conftest import client
from tests.services.conftest import refusal


def attributes(sqs, queue, *names):
    return sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names or ["All"]).get("Attributes", {})


def test_a_queue_is_found_under_its_name(sqs, queue, server, account):
    """Its URL leads to this server, and names account and queue."""
    assert queue == f"{server.url}/{account}/queue"
    assert sqs.get_queue_url(QueueName="queue")["QueueUrl"] == queue
    assert sqs.create_queue(QueueName="queue")["QueueUrl"] == queue


def test_only_the_path_of_a_url_matters(sqs, queue, account):
    """What was said at another port, or has AWS's host, is understood."""
    sqs.send_message(QueueUrl=f"https://sqs.us-east-1.amazonaws.com/{account}/queue", MessageBody="x")

    assert attributes(sqs, queue)["ApproximateNumberOfMessages"] == "1"


def test_attributes_have_defaults(sqs, queue, account):
    """As AWS has them; asked for by name, only those are told, and none if none is."""
    told = attributes(sqs, queue)

    assert told["QueueArn"] == f"arn:aws:sqs:us-east-1:{account}:queue"
    assert told["VisibilityTimeout"] == "30"
    assert told["MessageRetentionPeriod"] == "345600"
    assert told["MaximumMessageSize"] == "1048576"
    assert attributes(sqs, queue, "DelaySeconds") == {"DelaySeconds": "0"}
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=queue)


def test_attributes_can_be_changed(sqs, queue):
    """Those that are given; a policy can be taken away again."""
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "7", "Policy": '{"Statement":[]}'})
    changed = attributes(sqs, queue)
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": ""})

    assert (changed["VisibilityTimeout"], changed["Policy"]) == ("7", '{"Statement":[]}')
    assert "Policy" not in attributes(sqs, queue)


def test_a_queue_that_is_there_with_other_attributes_is_refused(sqs, queue):
    """The first attribute that differs is named."""
    refused = refusal(sqs.create_queue, QueueName="queue", Attributes={"VisibilityTimeout": "5"})

    assert refused[:3] == (
        400,
        "QueueAlreadyExists",
        "A queue already exists with the same name and a different value for attribute VisibilityTimeout",
    )


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ({"Colour": "red"}, "InvalidAttributeName", "Unknown Attribute Colour."),
        ({"VisibilityTimeout": "43201"}, "InvalidAttributeValue", "Invalid value for the parameter VisibilityTimeout."),
        ({"DelaySeconds": "-1"}, "InvalidAttributeValue", "Invalid value for the parameter DelaySeconds."),
        ({"DelaySeconds": "\u0661"}, "InvalidAttributeValue", "Invalid value for the parameter DelaySeconds."),
        ({"Policy": "[]"}, "InvalidAttributeValue", "Invalid value for the parameter Policy."),
        ({"RedrivePolicy": "x"}, "InvalidParameterValue", "Redrive policy is not a valid JSON map."),
        ({"RedrivePolicy": "{}"}, "InvalidParameterValue", "does not contain mandatory attribute: maxReceiveCount."),
        (
            {"RedrivePolicy": json.dumps({"maxReceiveCount": 0, "deadLetterTargetArn": "x"})},
            "InvalidParameterValue",
            "Invalid value for maxReceiveCount: 0, valid values are from 1 to 1000 both inclusive.",
        ),
        (
            {"RedrivePolicy": json.dumps({"maxReceiveCount": 1, "deadLetterTargetArn": "x"})},
            "InvalidParameterValue",
            "Dead letter target does not exist.",
        ),
    ],
)
def test_wrong_attributes_are_refused(sqs, given, code, words):
    """In AWS's words; there is no queue then."""
    refused = refusal(sqs.create_queue, QueueName="wrong", Attributes=given)

    assert (refused.status, refused.code) == (400, code)
    assert words in refused.message
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="wrong")


@pytest.mark.parametrize("name", ["", "a b", "x" * 81, "a/b"])
def test_a_queue_needs_a_proper_name(sqs, name):
    """Letters, digits, hyphens and underscores, up to eighty."""
    refused = refusal(sqs.create_queue, QueueName=name)

    assert refused.code == "InvalidParameterValue"
    assert refused.message.startswith("Can only include alphanumeric characters, hyphens, or underscores.")


def test_fifo_queues_are_told_to_be_missing(sqs):
    """By name or by attribute."""
    by_name = refusal(sqs.create_queue, QueueName="a.fifo", Attributes={"FifoQueue": "true"})
    by_attribute = refusal(sqs.create_queue, QueueName="a", Attributes={"FifoQueue": "true"})

    assert [by_name[:2], by_attribute[:2]] == [(501, "NotImplemented")] * 2


def test_queues_are_listed_by_name(sqs):
    """Those that begin so, page after page."""
    for name in ("a1", "b1", "a3", "a2"):
        sqs.create_queue(QueueName=name)
    pages = sqs.get_paginator("list_queues").paginate(QueueNamePrefix="a", PaginationConfig={"PageSize": 2})

    assert [[url[-2:] for url in page["QueueUrls"]] for page in pages] == [["a1", "a2"], ["a3"]]


def test_a_queue_that_is_not_there_is_told(sqs, queue, server, stranger):
    """Under the code that clients have switched on since the query protocol, and as boto3's exception."""
    sqs.delete_queue(QueueUrl=queue)
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.receive_message(QueueUrl=queue)
    gone = refusal(sqs.get_queue_url, QueueName="queue")
    theirs = client(server.url, "sqs", stranger).create_queue(QueueName="theirs")["QueueUrl"]

    assert gone[:3] == (400, "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
    assert refusal(sqs.purge_queue, QueueUrl=theirs).code == gone.code
    assert refusal(sqs.purge_queue, QueueUrl="queue").code == "InvalidAddress"


def test_a_queue_can_be_purged_once_a_minute(sqs, queue):
    """Everything goes, what was received too."""
    for _ in range(3):
        sqs.send_message(QueueUrl=queue, MessageBody="x")
    sqs.receive_message(QueueUrl=queue)
    sqs.purge_queue(QueueUrl=queue)
    refused = refusal(sqs.purge_queue, QueueUrl=queue)

    assert attributes(sqs, queue)["ApproximateNumberOfMessages"] == "0"
    assert attributes(sqs, queue)["ApproximateNumberOfMessagesNotVisible"] == "0"
    assert refused.code == "AWS.SimpleQueueService.PurgeQueueInProgress"
    assert refused.message == "Only one PurgeQueue operation on queue is allowed every 60 seconds."


def test_a_missing_parameter_is_told(sqs, queue):
    """In SQS's own words."""
    refused = refusal(sqs.send_message, QueueUrl=queue)

    assert refused[:3] == (400, "MissingParameter", "The request must contain the parameter MessageBody.")


def test_queues_have_tags(sqs):
    """Given with the queue or later, and taken off."""
    queue = sqs.create_queue(QueueName="tagged", tags={"a": "1", "b": "2"})["QueueUrl"]
    sqs.tag_queue(QueueUrl=queue, Tags={"b": "3", "c": "4"})
    sqs.untag_queue(QueueUrl=queue, TagKeys=["a"])

    assert sqs.list_queue_tags(QueueUrl=queue)["Tags"] == {"b": "3", "c": "4"}
