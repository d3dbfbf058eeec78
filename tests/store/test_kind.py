"""Kinds."""

import pytest
from tests.store.conftest import GLOBAL, THING, WIDE


@pytest.mark.parametrize(("kind", "owner"), [(THING, ("1", "eu-west-1")), (WIDE, ("1", "")), (GLOBAL, ("", ""))])
def test_what_a_scope_does_not_tell_apart_is_empty(kind, owner):
    """So that a name is unique within exactly what the scope says."""
    assert kind.owner("1", "eu-west-1") == owner


@pytest.mark.parametrize(
    ("kind", "arn"),
    [
        (THING, "arn:aws:sagemaker:eu-west-1:1:thing/a"),
        (WIDE, "arn:aws:iam::1:wide/a"),
        (GLOBAL, "arn:aws:s3:::a"),
    ],
)
def test_an_arn_holds_what_the_scope_tells_apart(kind, arn):
    """As AWS writes them."""
    assert kind.arn("1", "eu-west-1", "a") == arn
