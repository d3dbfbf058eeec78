"""Messages: sent, received, hidden, deleted, dead. boto3 holds every digest against what it sent."""

import hashlib
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.conftest import client
from tests.services.conftest import refusal
from tests.services.sqs.test_queues import attributes

EVERYTHING = {
    "text": {"DataType": "String", "StringValue": "ü"},
    "count": {"DataType": "Number.int", "StringValue": "7"},
    "bytes": {"DataType": "Binary", "BinaryValue": b"\0\xff"},
}


def bodies(messages):
    return [message["Body"] for message in messages]


def test_a_message_is_received_as_it_was_sent(sqs, queue, receive, account):
    """With its digests, its attributes and what SQS says of it."""
    sent = sqs.send_message(QueueUrl=queue, MessageBody="hällo", MessageAttributes=EVERYTHING)
    (message,) = receive()

    assert (message["MessageId"], message["Body"]) == (sent["MessageId"], "hällo")
    assert message["MD5OfBody"] == sent["MD5OfMessageBody"] == hashlib.md5("hällo".encode()).hexdigest()
    assert message["MessageAttributes"] == EVERYTHING
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert message["Attributes"]["SenderId"] == account
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert abs(int(message["Attributes"]["SentTimestamp"]) - time.time() * 1e3) < 60_000


def test_attributes_are_shown_that_are_asked_for(sqs, queue, receive):
    """By name or by their beginning; the digest is of these."""
    sqs.send_message(QueueUrl=queue, MessageBody="x", MessageAttributes=EVERYTHING)
    (message,) = receive(MessageAttributeNames=["tex*", "count"], AttributeNames=["SenderId"])

    assert message["MessageAttributes"].keys() == {"text", "count"}
    assert message["Attributes"].keys() == {"SenderId"}


def test_a_message_is_with_one_receiver_at_a_time(sqs, queue, receive):
    """It is counted as such, and gone once it is deleted."""
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    (message,) = receive()
    between = attributes(sqs, queue)
    nobody = receive()
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    after = attributes(sqs, queue)

    assert nobody == []
    assert between["ApproximateNumberOfMessagesNotVisible"] == "1"
    assert {after["ApproximateNumberOfMessages"], after["ApproximateNumberOfMessagesNotVisible"]} == {"0"}


def test_a_message_that_is_not_deleted_comes_again(sqs, queue, receive):
    """Whoever waits for it is given it once its timeout is over; the older receipt deletes nothing any more."""
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    (first,) = receive(VisibilityTimeout=1)
    (second,) = receive(WaitTimeSeconds=20)
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=first["ReceiptHandle"])
    left = attributes(sqs, queue)["ApproximateNumberOfMessagesNotVisible"]

    assert second["MessageId"] == first["MessageId"]
    assert second["ReceiptHandle"] != first["ReceiptHandle"]
    assert second["Attributes"]["ApproximateReceiveCount"] == "2"
    assert left == "1"


def test_the_timeout_of_a_message_can_be_changed(sqs, queue, receive):
    """With 0 it is there again at once; then there is nothing to change."""
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    (message,) = receive()
    receipt = {"QueueUrl": queue, "ReceiptHandle": message["ReceiptHandle"]}
    sqs.change_message_visibility(**receipt, VisibilityTimeout=0)
    refused = refusal(sqs.change_message_visibility, **receipt, VisibilityTimeout=5)

    assert bodies(receive()) == ["x"]
    assert refused.code == "InvalidParameterValue"
    assert refused.message.endswith("Message does not exist or is not available for visibility timeout change.")


def test_who_waits_is_given_a_message_as_soon_as_there_is_one(sqs, queue, receive):
    """One of those who wait, long before they would give up."""
    with ThreadPoolExecutor() as pool:
        waiting = [pool.submit(receive, WaitTimeSeconds=20) for _ in range(2)]
        time.sleep(0.3)
        began = time.monotonic()
        for body in ("a", "b"):
            sqs.send_message(QueueUrl=queue, MessageBody=body)
            while not any(one.done() and one.result() for one in waiting):
                time.sleep(0.01)
            if body == "a":
                done = next(one for one in waiting if one.done())
                waiting.remove(done)
                assert bodies(done.result()) == ["a"]
        assert bodies(waiting[0].result()) == ["b"]

    assert time.monotonic() - began < 10


def test_who_waits_in_vain_is_given_nothing(sqs, queue, receive):
    """The queue may say how long to wait; a queue that is deleted meanwhile is told at once."""
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"ReceiveMessageWaitTimeSeconds": "1"})
    began = time.monotonic()
    nothing = receive()
    waited = time.monotonic() - began
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(refusal, sqs.receive_message, QueueUrl=queue, WaitTimeSeconds=20)
        time.sleep(0.3)
        sqs.delete_queue(QueueUrl=queue)
        refused = waiting.result(timeout=10)

    assert nothing == []
    assert waited >= 1
    assert refused.code == "AWS.SimpleQueueService.NonExistentQueue"


def test_a_message_may_be_delayed(sqs, queue, receive):
    """It is counted, and comes in its time."""
    sqs.send_message(QueueUrl=queue, MessageBody="later", DelaySeconds=1)
    counted = attributes(sqs, queue)["ApproximateNumberOfMessagesDelayed"]

    assert counted == "1"
    assert bodies(receive()) == []
    assert bodies(receive(WaitTimeSeconds=20)) == ["later"]


def test_a_message_that_is_received_too_often_goes_where_dead_letters_go(sqs, queue, receive):
    """With the queue that it comes from, and its first time; that queue is told as a source."""
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = attributes(sqs, dead)["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "2"})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": policy})
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    received = [receive(VisibilityTimeout=0) for _ in range(3)]
    (message,) = receive(QueueUrl=dead)

    assert [bodies(messages) for messages in received] == [["x"], ["x"], []]
    assert message["MessageId"] == received[0][0]["MessageId"]
    assert message["Attributes"]["DeadLetterQueueSourceArn"] == attributes(sqs, queue)["QueueArn"]
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [queue]


def test_batches_tell_of_each_entry(sqs, queue, receive):
    """What is good is done, and what is not says why."""
    entries = [{"Id": str(number), "MessageBody": f"m{number}"} for number in range(9)]
    sent = sqs.send_message_batch(
        QueueUrl=queue, Entries=[*entries, {"Id": "bad", "MessageBody": "", "DelaySeconds": 0}]
    )
    messages = receive()
    receipts = [{"Id": str(at), "ReceiptHandle": one["ReceiptHandle"]} for at, one in enumerate(messages)]
    hidden = sqs.change_message_visibility_batch(
        QueueUrl=queue, Entries=[{**receipt, "VisibilityTimeout": 60} for receipt in receipts]
    )
    deleted = sqs.delete_message_batch(QueueUrl=queue, Entries=[*receipts, {"Id": "x", "ReceiptHandle": "nonsense"}])

    assert [one["Id"] for one in sent["Successful"]] == [str(number) for number in range(9)]
    assert [(one["Id"], one["Code"], one["SenderFault"]) for one in sent["Failed"]] == [
        ("bad", "MissingParameter", True)
    ]
    assert bodies(messages) == [f"m{number}" for number in range(9)]
    assert len(hidden["Successful"]) == len(deleted["Successful"]) == 9
    assert [one["Code"] for one in deleted["Failed"]] == ["ReceiptHandleIsInvalid"]


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([], "EmptyBatchRequest"),
        ([{"Id": str(number), "MessageBody": "x"} for number in range(11)], "TooManyEntriesInBatchRequest"),
        ([{"Id": "a", "MessageBody": "x"}] * 2, "BatchEntryIdsNotDistinct"),
        ([{"Id": "a b", "MessageBody": "x"}], "InvalidBatchEntryId"),
        ([{"Id": str(n), "MessageBody": "x" * 600_000} for n in range(2)], "BatchRequestTooLong"),
    ],
)
def test_what_is_no_batch_is_refused(sqs, queue, entries, code):
    """As a whole: nothing is sent."""
    refused = refusal(sqs.send_message_batch, QueueUrl=queue, Entries=entries)

    assert refused[:2] == (400, f"AWS.SimpleQueueService.{code}")
    assert attributes(sqs, queue)["ApproximateNumberOfMessages"] == "0"


TOO_MANY = {f"a{number}": {"DataType": "String", "StringValue": "x"} for number in range(11)}


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ({"MessageBody": "x" * 1_048_577}, "InvalidParameterValue", "Message must be shorter than 1048576 bytes."),
        ({"MessageBody": "\x01"}, "InvalidMessageContents", "Invalid binary character '#x1'"),
        ({"DelaySeconds": 901}, "InvalidParameterValue", "DelaySeconds must be >= 0 and <= 900."),
        (
            {"MessageAttributes": {"a": {"DataType": "Text", "StringValue": "x"}}},
            "InvalidParameterValue",
            "type prefixes",
        ),
        ({"MessageAttributes": {"a": {"DataType": "String", "StringValue": ""}}}, "InvalidParameterValue", "non-empty"),
        (
            {"MessageAttributes": {"a": {"DataType": "Binary", "StringValue": "x"}}},
            "InvalidParameterValue",
            "non-empty",
        ),
        ({"MessageAttributes": {"a": {"DataType": "Number", "StringValue": "x"}}}, "InvalidParameterValue", "a number"),
        ({"MessageAttributes": {"aws.a": {"DataType": "String", "StringValue": "x"}}}, "InvalidParameterValue", "name"),
        ({"MessageAttributes": TOO_MANY}, "InvalidParameterValue", "exceeds the allowed maximum [10]"),
    ],
)
def test_what_is_no_message_is_refused(sqs, queue, given, code, words):
    """In AWS's words."""
    refused = refusal(sqs.send_message, **{"QueueUrl": queue, "MessageBody": "x"} | given)

    assert (refused.status, refused.code) == (400, code)
    assert words in refused.message


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"MaxNumberOfMessages": 11},
            "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1",
        ),
        ({"MaxNumberOfMessages": 0}, "Value 0 for parameter MaxNumberOfMessages is invalid."),
        ({"WaitTimeSeconds": 21}, "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20"),
        ({"VisibilityTimeout": 43_201}, "Value 43201 for parameter VisibilityTimeout is invalid."),
    ],
)
def test_what_cannot_be_received_is_refused(receive, given, words):
    """In AWS's words."""
    refused = refusal(receive, **given)

    assert (refused.status, refused.code) == (400, "InvalidParameterValue")
    assert refused.message.startswith(words)


@pytest.mark.parametrize("handle", ["", "nonsense", "W10=", "WzEsMl0=", "WzEsOTk5OTk5OTk5OTk5OTk5OTk5OTk5LDFd"])
def test_what_is_no_receipt_is_refused(sqs, queue, handle):
    """Whatever it is."""
    refused = refusal(sqs.delete_message, QueueUrl=queue, ReceiptHandle=handle)

    assert refused[:2] == (400, "ReceiptHandleIsInvalid")


@pytest.mark.slow
def test_acknowledged_messages_survive_a_kill(own_server):
    """Each is there once, in order; a deleted one stays away, and one that was received stays hidden."""
    server = own_server("--auth", "off")
    sqs = client(server.url, "sqs", "1" * 12)
    queue = sqs.create_queue(QueueName="queue")["QueueUrl"]
    for number in range(20):
        sqs.send_message(QueueUrl=queue, MessageBody=str(number))
    taken = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=2)["Messages"]
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=taken[0]["ReceiptHandle"])
    server.kill()

    sqs = client(own_server("--auth", "off").url, "sqs", "1" * 12)
    queue = sqs.get_queue_url(QueueName="queue")["QueueUrl"]
    again = [sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"] for _ in range(2)]

    assert [body for messages in again for body in bodies(messages)] == [str(number) for number in range(2, 20)]
    assert attributes(sqs, queue)["ApproximateNumberOfMessagesNotVisible"] == "19"
