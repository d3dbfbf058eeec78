"""Messages published: into every queue that subscribes, and to every address that said it wants them."""

import json
import urllib.error
import urllib.parse
import urllib.request

import boto3
import pytest
from tests.conftest import client, start_server, wait_until
from tests.services.conftest import refusal

from fieldstone.core.settings import DataDir

ATTRIBUTES = {
    "text": {"DataType": "String", "StringValue": "x"},
    "bytes": {"DataType": "Binary", "BinaryValue": b"\0\1"},
}
AT_ONCE = json.dumps({"healthyRetryPolicy": {"numRetries": 2, "numNoDelayRetries": 2}})


def test_a_message_is_in_every_queue_that_subscribes(sns, topic, listener):
    """In SNS's envelope, under the id that was told, but for the signature, which there is none of."""
    queues = [listener(f"q{number}") for number in range(3)]
    for queue in queues:
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    published = sns.publish(TopicArn=topic, Message="hällo", Subject="why", MessageAttributes=ATTRIBUTES)
    heard = [queue.heard() for queue in queues]

    for (envelope,), subscription in zip(heard, sns.list_subscriptions()["Subscriptions"], strict=True):
        assert envelope["Type"] == "Notification"
        assert envelope["MessageId"] == published["MessageId"]
        assert (envelope["TopicArn"], envelope["Subject"], envelope["Message"]) == (topic, "why", "hällo")
        assert envelope["MessageAttributes"] == {
            "text": {"Type": "String", "Value": "x"},
            "bytes": {"Type": "Binary", "Value": "AAE="},
        }
        assert envelope["Timestamp"].endswith("Z")
        assert "Signature" not in envelope
        assert "Action=Unsubscribe" in envelope["UnsubscribeURL"]
        assert subscription["Protocol"] == "sqs"


def test_a_queue_may_want_the_message_alone(sns, topic, listener):
    """Then its attributes are the queue's."""
    queue = listener("raw")
    raw = {"RawMessageDelivery": "true"}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn, Attributes=raw)
    sns.publish(TopicArn=topic, Message="hällo", MessageAttributes=ATTRIBUTES)
    (message,) = queue.messages()

    assert message["Body"] == "hällo"
    assert message["MessageAttributes"] == ATTRIBUTES


def test_each_protocol_may_be_told_something_else(sns, topic, queue):
    """What is not named is told the default."""
    texts = {"default": "all", "sqs": "queues"}
    sns.publish(TopicArn=topic, Message=json.dumps(texts), MessageStructure="json")
    sns.publish(TopicArn=topic, Message=json.dumps({"default": "all"}), MessageStructure="json")

    assert [envelope["Message"] for envelope in queue.heard()] == ["queues", "all"]


def test_a_subscription_may_want_some_messages_only(sns, topic, queue):
    """By their attributes, or by what is in them; what holds can be changed."""

    def heard(policy, scope):
        (one,) = sns.list_subscriptions()["Subscriptions"]
        for name, value in {"FilterPolicyScope": scope, "FilterPolicy": json.dumps(policy)}.items():
            arn = one["SubscriptionArn"]
            sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName=name, AttributeValue=value)
        for status in ("Failed", "Completed"):
            attributes = {"status": {"DataType": "String", "StringValue": status}}
            message = json.dumps({"invocationStatus": status})
            sns.publish(TopicArn=topic, Message=message, MessageAttributes=attributes)
        return [json.loads(envelope["Message"])["invocationStatus"] for envelope in queue.heard()]

    assert heard({"status": ["Failed"]}, "MessageAttributes") == ["Failed"]
    assert heard({"invocationStatus": [{"prefix": "Comp"}]}, "MessageBody") == ["Completed"]


def test_batches_tell_of_each_entry(sns, topic, queue):
    """What is good is published, and what is not says why."""
    entries = [{"Id": "a", "Message": "1"}, {"Id": "b", "Message": ""}, {"Id": "c", "Message": "3"}]
    answer = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    ids = [envelope["MessageId"] for envelope in queue.heard()]

    assert [(one["Id"], one["MessageId"]) for one in answer["Successful"]] == list(zip("ac", ids, strict=True))
    assert [(one["Id"], one["Code"], one["SenderFault"]) for one in answer["Failed"]] == [
        ("b", "InvalidParameter", True)
    ]


def test_who_waits_at_a_queue_hears_of_a_publication(sns, topic, queue):
    """The message is there before the publication is answered."""
    sns.publish(TopicArn=topic, Message="x")

    assert [envelope["Message"] for envelope in queue.heard(WaitTimeSeconds=20)] == ["x"]


def test_a_queue_that_is_gone_hinders_nobody(sns, sqs, topic, queue, listener):
    """Its messages go where dead letters go, if the subscription says so."""
    dead, gone = listener("dead"), listener("gone")
    redrive = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead.arn})}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=gone.arn, Attributes=redrive)
    sqs.delete_queue(QueueUrl=gone.url)
    sns.publish(TopicArn=topic, Message="x")

    assert [envelope["Message"] for envelope in queue.heard()] == ["x"]
    assert [envelope["Message"] for envelope in dead.heard()] == ["x"]


def confirm(sns, topic, address, **attributes):
    """Subscribe an address and confirm by the token that it got; the subscription."""
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=address.url, Attributes=attributes)
    token = json.loads(address.got(1)[-1].body)["Token"]
    return sns.confirm_subscription(TopicArn=topic, Token=token)["SubscriptionArn"]


def test_an_address_is_asked_first(sns, topic, address):
    """Until it says yes it gets nothing; then messages come, with SNS's headers."""
    pending = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=address.url)["SubscriptionArn"]
    sns.publish(TopicArn=topic, Message="too early")
    (asked,) = address.got(1)
    question = json.loads(asked.body)
    (listed,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    with urllib.request.urlopen(question["SubscribeURL"]) as answer:  # as an address does that says yes
        confirmed = answer.read().decode()
    published = sns.publish(TopicArn=topic, Message="x")
    post = address.got(2)[1]
    envelope = json.loads(post.body)

    assert pending == "pending confirmation"
    assert listed["SubscriptionArn"] == "PendingConfirmation"
    assert (question["Type"], question["TopicArn"]) == ("SubscriptionConfirmation", topic)
    assert asked.headers["x-amz-sns-message-type"] == "SubscriptionConfirmation"
    assert f"<SubscriptionArn>{topic}:" in confirmed
    assert (envelope["Type"], envelope["Message"], envelope["MessageId"]) == (
        "Notification",
        "x",
        published["MessageId"],
    )
    assert post.path == "/hook?a=b"
    assert post.headers["x-amz-sns-message-type"] == "Notification"
    assert post.headers["x-amz-sns-topic-arn"] == topic
    assert post.headers["x-amz-sns-subscription-arn"].startswith(f"{topic}:")
    assert post.headers["content-type"] == "text/plain; charset=UTF-8"


def test_the_link_in_an_envelope_ends_the_subscription(sns, topic, address):
    """Whoever follows it."""
    confirm(sns, topic, address)
    sns.publish(TopicArn=topic, Message="x")
    envelope = json.loads(address.got(2)[1].body)
    urllib.request.urlopen(envelope["UnsubscribeURL"]).close()

    assert sns.list_subscriptions()["Subscriptions"] == []


@pytest.fixture
def guarded(tmp_path):
    """A client of SNS on a server that checks signatures, and a topic there."""
    server = start_server(tmp_path / "data")
    key = json.loads(DataDir(tmp_path / "data").owner_key.read_text())
    client = boto3.client(
        "sns",
        endpoint_url=server.url,
        region_name="eu-west-1",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    yield client, client.create_topic(Name="t")["TopicArn"]
    server.stop()


def test_links_are_followed_without_a_signature_where_signatures_are_checked(guarded, address):
    """Except to the end of a subscription that was confirmed with AuthenticateOnUnsubscribe."""
    sns, topic = guarded
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=address.url)
    question = json.loads(address.got(1)[0].body)
    urllib.request.urlopen(question["SubscribeURL"]).close()
    sns.publish(TopicArn=topic, Message="x")
    urllib.request.urlopen(json.loads(address.got(2)[1].body)["UnsubscribeURL"]).close()
    left = sns.list_subscriptions()["Subscriptions"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=address.url)
    token = json.loads(address.got(3)[2].body)["Token"]
    sns.confirm_subscription(TopicArn=topic, Token=token, AuthenticateOnUnsubscribe="true")
    sns.publish(TopicArn=topic, Message="y")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(json.loads(address.got(4)[3].body)["UnsubscribeURL"])
    refused.value.close()
    with pytest.raises(urllib.error.HTTPError) as unsigned:
        urllib.request.urlopen(f"{sns.meta.endpoint_url}/?Action=ListTopics&Version=2010-03-31")
    unsigned.value.close()

    assert left == []
    assert (refused.value.code, unsigned.value.code) == (403, 403)
    assert len(sns.list_subscriptions()["Subscriptions"]) == 1


def test_an_address_that_fails_is_tried_again(sns, topic, address):
    """As its policy says; with the same message each time."""
    confirm(sns, topic, address, DeliveryPolicy=AT_ONCE, RawMessageDelivery="true")
    address.statuses[:] = [500, 429, 200]
    sns.publish(TopicArn=topic, Message="raw")
    posts = address.got(4)[1:]

    assert [post.body for post in posts] == ["raw"] * 3
    assert posts[0].headers["x-amz-sns-rawdelivery"] == "true"


@pytest.mark.parametrize(("status", "attempts"), [(503, 3), (403, 1)])
def test_a_message_that_no_attempt_delivers_is_a_dead_letter(sns, topic, address, listener, status, attempts):
    """After as many attempts as the policy allows; after one where the address refuses it for good."""
    dead = listener("dead")
    redrive = json.dumps({"deadLetterTargetArn": dead.arn})
    confirm(sns, topic, address, DeliveryPolicy=AT_ONCE, RedrivePolicy=redrive)
    address.statuses[:] = [status]
    sns.publish(TopicArn=topic, Message="x")
    (message,) = dead.messages(WaitTimeSeconds=20)

    assert json.loads(message["Body"])["Message"] == "x"
    assert message["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"] == f"{address.url} answered {status}"
    assert len(address.posts) == 1 + attempts


def test_a_token_that_was_not_given_confirms_nothing(sns, topic, address):
    """And who has not confirmed cannot be unsubscribed."""
    arn = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=address.url, ReturnSubscriptionArn=True)
    wrong = refusal(sns.confirm_subscription, TopicArn=topic, Token="a" * 64)
    pending = refusal(sns.unsubscribe, SubscriptionArn=arn["SubscriptionArn"])

    assert wrong[:3] == (400, "InvalidParameter", "Invalid parameter: Token")
    assert pending[:2] == (400, "InvalidParameter")


def test_a_kill_loses_no_acknowledged_message(own_server, address):
    """Neither those for queues nor those on their way to an address that did not answer."""

    def clients(running):
        return [client(running.url, name, "1" * 12) for name in ("sns", "sqs")]

    server = own_server("--auth", "off")
    sns, sqs = clients(server)
    topic = sns.create_topic(Name="topic")["TopicArn"]
    queue = sqs.create_queue(QueueName="queue")["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{'1' * 12}:queue")
    confirm(sns, topic, address)
    address.statuses[:] = [500]
    for number in range(10):
        sns.publish(TopicArn=topic, Message=str(number))
    server.kill()
    address.posts.clear()
    address.statuses[:] = [200]

    sqs = clients(own_server("--auth", "off"))[1]
    wait_until(lambda: len({post.body for post in address.posts}) == 10)
    url = urllib.parse.urlsplit(queue).path
    received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]

    assert sorted(json.loads(post.body)["Message"] for post in address.posts) == [str(number) for number in range(10)]
    assert [json.loads(one["Body"])["Message"] for one in received] == [str(number) for number in range(10)]
