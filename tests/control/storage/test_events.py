"""Events of a bucket, on the journal, where its notification configuration asks for them."""

import pytest


@pytest.fixture
def heard(house):
    """What the store's listeners hear of objects: events and keys."""
    events = []
    house.store.listen(
        lambda changes: events.extend((change.event, change.name) for change in changes if change.kind == "S3Event")
    )
    return events


def notify(house, **configuration):
    house.do("put_bucket_notification_configuration", NotificationConfiguration=configuration)


def test_nothing_is_told_where_nobody_asks(house, heard):
    """Buckets are silent at first."""
    house.put("key")

    assert heard == []


def test_what_is_asked_for_is_told(house, heard):
    """By event, prefix and suffix."""
    rules = [{"Name": "prefix", "Value": "in/"}, {"Name": "Suffix", "Value": ".csv"}]
    queue = {"QueueArn": "arn:aws:sqs:::q", "Events": ["s3:ObjectCreated:*"], "Filter": {"Key": {"FilterRules": rules}}}
    notify(house, QueueConfigurations=[queue])
    for key in ("in/a.csv", "in/a.txt", "out/a.csv"):
        house.put(key)
    house.do("copy_object", Key="in/b.csv", CopySource="bucket/in/a.csv")
    house.do("delete_object", Key="in/a.csv")

    assert heard == [("ObjectCreated:Put", "in/a.csv"), ("ObjectCreated:Copy", "in/b.csv")]


def test_an_event_bridge_hears_everything(house, heard):
    """Deletions and markers too."""
    notify(house, EventBridgeConfiguration={})
    house.put("key")
    house.do("delete_object", Key="key")
    house.do("put_bucket_versioning", VersioningConfiguration={"Status": "Enabled"})
    house.do("delete_object", Key="key")

    assert [event for event, _ in heard] == [
        "ObjectCreated:Put",
        "ObjectRemoved:Delete",
        "ObjectRemoved:DeleteMarkerCreated",
    ]


def test_an_event_of_a_write_that_is_refused_is_not_told(house, heard):
    """It did not happen."""
    notify(house, EventBridgeConfiguration={})
    house.put("key")
    with pytest.raises(Exception, match="PreconditionFailed"):
        house.put("key", IfNoneMatch="*")

    assert [event for event, _ in heard] == ["ObjectCreated:Put"]
