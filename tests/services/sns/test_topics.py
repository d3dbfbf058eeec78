"""Topics and subscriptions: made, found, listed, changed, deleted, refused."""

import json

import pytest
from tests.conftest import client
from tests.services.conftest import refusal


def test_a_topic_is_made_once(sns, topic, account):
    """The same again is found; with other attributes or tags it is refused."""
    again = sns.create_topic(Name="topic")["TopicArn"]
    attributes = refusal(sns.create_topic, Name="topic", Attributes={"DisplayName": "x"})
    tags = refusal(sns.create_topic, Name="topic", Tags=[{"Key": "a", "Value": "b"}])

    assert topic == again == f"arn:aws:sns:us-east-1:{account}:topic"
    assert [topic] == [one["TopicArn"] for one in sns.list_topics()["Topics"]]
    assert attributes[:2] == tags[:2] == (400, "InvalidParameter")
    assert attributes.message == "Invalid parameter: Attributes Reason: Topic already exists with different attributes"
    assert tags.message == "Invalid parameter: Tags Reason: Topic already exists with different tags"


def test_a_topic_tells_its_attributes(sns, topic, queue, account, address):
    """And how many subscribe to it, and are yet to say whether they want to."""
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=address.url)
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="shown")
    told = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    retries = json.loads(told["EffectiveDeliveryPolicy"])["http"]["defaultHealthyRetryPolicy"]

    assert (told["TopicArn"], told["Owner"], told["DisplayName"]) == (topic, account, "shown")
    assert (told["SubscriptionsConfirmed"], told["SubscriptionsPending"]) == ("1", "1")
    assert (retries["numRetries"], retries["minDelayTarget"]) == (3, 20)
    assert queue.messages() == []


def test_a_deleted_topic_is_gone_with_its_subscriptions(sns, topic, queue):
    """Deleting it again is no error, anything else is."""
    sns.delete_topic(TopicArn=topic)
    sns.delete_topic(TopicArn=topic)
    refused = refusal(sns.publish, TopicArn=topic, Message="x")

    assert refused[:3] == (404, "NotFound", "Topic does not exist")
    assert sns.list_subscriptions()["Subscriptions"] == []
    assert queue.messages() == []


def test_another_accounts_topic_is_not_there(topic, server, stranger):
    """Accounts are isolated."""
    refused = refusal(client(server.url, "sns", stranger).publish, TopicArn=topic, Message="x")

    assert refused.code == "NotFound"


def test_subscriptions_are_listed(sns, topic, queue, account):
    """Of the topic and of all; the same subscription is found again, and gone when it is ended."""
    (one,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    again = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)["SubscriptionArn"]
    told = sns.get_subscription_attributes(SubscriptionArn=again)["Attributes"]
    everything = sns.list_subscriptions()["Subscriptions"]
    sns.unsubscribe(SubscriptionArn=again)
    sns.unsubscribe(SubscriptionArn=again)

    assert one == {
        "SubscriptionArn": again,
        "Owner": account,
        "Protocol": "sqs",
        "Endpoint": queue.arn,
        "TopicArn": topic,
    }
    assert everything == [one]
    assert (told["PendingConfirmation"], told["RawMessageDelivery"]) == ("false", "false")
    assert sns.list_subscriptions()["Subscriptions"] == []
    assert refusal(sns.get_subscription_attributes, SubscriptionArn=again)[:3] == (
        404,
        "NotFound",
        "Subscription does not exist",
    )


def test_a_hundred_topics_make_a_page(sns):
    """By name, page after page."""
    made = sorted(sns.create_topic(Name=f"t{number}")["TopicArn"] for number in range(103))
    pages = [page["Topics"] for page in sns.get_paginator("list_topics").paginate()]

    assert [len(page) for page in pages] == [100, 3]
    assert [one["TopicArn"] for page in pages for one in page] == made


def test_topics_have_tags(sns):
    """Given with the topic or later, and taken off."""
    topic = sns.create_topic(Name="tagged", Tags=[{"Key": "a", "Value": "1"}])["TopicArn"]
    sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "b", "Value": "2"}])
    sns.untag_resource(ResourceArn=topic, TagKeys=["a"])
    refused = refusal(sns.list_tags_for_resource, ResourceArn=topic + "x")

    assert sns.list_tags_for_resource(ResourceArn=topic)["Tags"] == [{"Key": "b", "Value": "2"}]
    assert refused[:3] == (404, "ResourceNotFound", "Resource does not exist")


@pytest.mark.parametrize(
    ("operation", "request_", "status", "code", "words"),
    [
        ("create_topic", {"Name": "a b"}, 400, "InvalidParameter", "Invalid parameter: Topic Name"),
        ("create_topic", {"Name": "a.fifo", "Attributes": {"FifoTopic": "true"}}, 501, "NotImplemented", "FIFO topics"),
        ("create_topic", {"Name": "a", "Attributes": {"x": "y"}}, 400, "InvalidParameter", "AttributeName"),
        ("publish", {"Message": "x"}, 400, "InvalidParameter", "TopicArn or TargetArn Reason: no value for required"),
        ("publish", {"PhoneNumber": "+1", "Message": "x"}, 501, "NotImplemented", "telephones"),
        ("publish", {"TopicArn": "t", "Message": "x"}, 400, "InvalidParameter", "must have at least 6 elements, not 1"),
        ("publish", {"Message": ""}, 400, "InvalidParameter", "Invalid parameter: Empty message"),
        ("publish", {"Message": "x", "Subject": "a\nb"}, 400, "InvalidParameter", "Invalid parameter: Subject"),
        ("publish", {"Message": "x" * 262_145}, 400, "InvalidParameter", "Invalid parameter: Message too long"),
        ("publish", {"Message": "x", "MessageStructure": "json"}, 400, "InvalidParameter", "failed to parse"),
        ("publish", {"Message": "{}", "MessageStructure": "json"}, 400, "InvalidParameter", "No default entry in JSON"),
        (
            "publish",
            {"Message": "x", "MessageAttributes": {"a": {"DataType": "Text", "StringValue": "x"}}},
            400,
            "ParameterValueInvalid",
            "invalid message attribute type",
        ),
        ("subscribe", {"Protocol": "pigeon"}, 400, "InvalidParameter", "does not support this protocol string: pigeon"),
        ("subscribe", {"Protocol": "email", "Endpoint": "a@b.c"}, 501, "NotImplemented", "by email"),
        ("subscribe", {"Protocol": "sqs", "Endpoint": "q"}, 400, "InvalidParameter", "SQS endpoint ARN"),
        ("subscribe", {"Protocol": "http", "Endpoint": "https://a"}, 400, "InvalidParameter", "match the specified"),
        ("subscribe", {"Protocol": "http", "Endpoint": "http://a:x"}, 400, "InvalidParameter", "match the specified"),
        (
            "set_topic_attributes",
            {"AttributeName": "x", "AttributeValue": "y"},
            400,
            "InvalidParameter",
            "AttributeName",
        ),
        (
            "set_topic_attributes",
            {"AttributeName": "DeliveryPolicy", "AttributeValue": '{"http":5}'},
            400,
            "InvalidParameter",
            "DeliveryPolicy",
        ),
        (
            "subscribe",
            {"Protocol": "http", "Endpoint": "http://a", "Attributes": {"FilterPolicy": '{"a": [{"b": 1}]}'}},
            400,
            "InvalidParameter",
            'FilterPolicy: Unrecognized match type b of "a"',
        ),
        ("confirm_subscription", {"Token": "x"}, 400, "InvalidParameter", "Invalid parameter: Token"),
        ("unsubscribe", {"SubscriptionArn": "x"}, 400, "InvalidParameter", "SubscriptionArn"),
        ("list_topics", {"NextToken": "x"}, 400, "InvalidParameter", "NextToken"),
    ],
)
def test_what_is_wrong_is_refused(sns, topic, operation, request_, status, code, words):
    """In AWS's words; what is not built says so."""
    whole = (
        {"TopicArn": topic} | request_ if operation not in {"create_topic", "unsubscribe", "list_topics"} else request_
    )
    if "no value for required" in words or "PhoneNumber" in request_:
        del whole["TopicArn"]
    refused = refusal(getattr(sns, operation), **whole)

    assert (refused.status, refused.code) == (status, code)
    assert words in refused.message


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([], "EmptyBatchRequest"),
        ([{"Id": str(number), "Message": "x"} for number in range(11)], "TooManyEntriesInBatchRequest"),
        ([{"Id": "a", "Message": "x"}] * 2, "BatchEntryIdsNotDistinct"),
        ([{"Id": "a b", "Message": "x"}], "InvalidBatchEntryId"),
        ([{"Id": str(number), "Message": "x" * 200_000} for number in range(2)], "BatchRequestTooLong"),
    ],
)
def test_what_is_no_batch_is_refused(sns, topic, queue, entries, code):
    """As a whole: nothing is published."""
    refused = refusal(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=entries)

    assert refused[:2] == (400, code)
    assert queue.messages() == []
