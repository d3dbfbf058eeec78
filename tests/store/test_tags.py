"""Tags of any ARN."""

ARN = "arn:aws:sagemaker:us-east-1:111122223333:model/a"


def tags(shelf, arn=ARN):
    return shelf.read(lambda tx: tx.tags.of(arn))


def test_tags_are_kept_by_their_keys_in_order(shelf):
    """Whatever order they came in."""
    shelf.write(lambda tx: tx.tags.put(ARN, {"b": "2", "a": ""}))

    assert list(tags(shelf).items()) == [("a", ""), ("b", "2")]


def test_putting_a_key_again_changes_its_value(shelf):
    """There is one value a key; the other keys stay."""
    shelf.write(lambda tx: tx.tags.put(ARN, {"a": "1", "b": "2"}))
    shelf.write(lambda tx: tx.tags.put(ARN, {"a": "3"}))

    assert tags(shelf) == {"a": "3", "b": "2"}


def test_removing_passes_over_keys_that_are_not_there(shelf):
    """It takes the others off."""
    shelf.write(lambda tx: tx.tags.put(ARN, {"a": "1", "b": "2"}))
    shelf.write(lambda tx: tx.tags.remove(ARN, ["b", "c"]))

    assert tags(shelf) == {"a": "1"}


def test_clearing_takes_all_tags_of_one_arn(shelf):
    """And none of another's."""
    shelf.write(lambda tx: tx.tags.put(ARN, {"a": "1"}))
    shelf.write(lambda tx: tx.tags.put(ARN + "b", {"a": "1"}))
    shelf.write(lambda tx: tx.tags.clear(ARN))

    assert (tags(shelf), tags(shelf, ARN + "b")) == ({}, {"a": "1"})
