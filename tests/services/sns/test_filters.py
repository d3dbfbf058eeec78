"""Filter policies: what they let through, and what is none."""

import json

import pytest

from fieldstone.core.errors import AwsError
from fieldstone.services.sns.filters import check_filter, wants

ATTRIBUTES = {
    "colour": {"DataType": "String", "StringValue": "Red"},
    "size": {"DataType": "Number", "StringValue": "7"},
    "tags": {"DataType": "String.Array", "StringValue": '["a", "b", true, null]'},
    "address": {"DataType": "String", "StringValue": "10.1.2.3"},
    "bytes": {"DataType": "Binary", "BinaryValue": b"x"},
}


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        ({"colour": ["Blue", "Red"]}, True),
        ({"colour": ["red"]}, False),
        ({"colour": [{"equals-ignore-case": "red"}]}, True),
        ({"colour": [{"prefix": "Re"}]}, True),
        ({"colour": [{"suffix": "x"}]}, False),
        ({"colour": [{"anything-but": ["Blue"]}]}, True),
        ({"colour": [{"anything-but": "Red"}]}, False),
        ({"colour": [{"anything-but": {"prefix": "R"}}]}, False),
        ({"tags": [{"anything-but": ["a"]}]}, True),
        ({"none": [{"anything-but": ["a"]}]}, False),
        ({"size": [7]}, True),
        ({"size": ["7"]}, False),
        ({"size": [{"numeric": ["=", 7.0]}]}, True),
        ({"size": [{"numeric": [">", 5, "<=", 7]}]}, True),
        ({"size": [{"numeric": [">", 7]}]}, False),
        ({"colour": [{"numeric": ["=", 7]}]}, False),
        ({"tags": ["b"]}, True),
        ({"tags": [True]}, True),
        ({"tags": [1]}, False),
        ({"tags": [None]}, True),
        ({"address": [{"cidr": "10.0.0.0/8"}]}, True),
        ({"colour": [{"cidr": "10.0.0.0/8"}]}, False),
        ({"colour": [{"exists": True}], "none": [{"exists": False}]}, True),
        ({"bytes": [{"exists": True}]}, False),
        ({"colour": ["Red"], "size": [8]}, False),
        ({"$or": [{"size": [8]}, {"colour": ["Red"]}]}, True),
    ],
)
def test_attributes_are_held_against_a_policy(policy, wanted):
    """Every key must be met, by one of its conditions."""
    text = json.dumps(policy)
    check_filter(text, "MessageAttributes")

    assert wants(text, "MessageAttributes", "", ATTRIBUTES) is wanted


BODY = {"a": {"b": [{"c": 1}, {"c": 2}]}, "d": "x"}


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        ({"a": {"b": {"c": [2]}}}, True),
        ({"a": {"b": {"c": [3]}}}, False),
        ({"a": {"z": [{"exists": False}]}, "d": ["x"]}, True),
        ({"z": {"y": [{"exists": False}]}}, True),
        ({"z": {"y": [{"exists": True}]}}, False),
        ({"d": {"e": ["x"]}}, False),
    ],
)
def test_bodies_are_held_against_a_policy(policy, wanted):
    """Keys may lie within keys, and objects in lists."""
    text = json.dumps(policy)
    check_filter(text, "MessageBody")

    assert wants(text, "MessageBody", json.dumps(BODY), {}) is wanted
    assert not wants(text, "MessageBody", "no JSON", {})


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "[]",
        '{"a": "b"}',
        '{"a": []}',
        '{"a": {"b": ["c"]}}',
        '{"a": [{"near": "b"}]}',
        '{"a": [{"prefix": 1}]}',
        '{"a": [{"prefix": "b", "suffix": "c"}]}',
        '{"a": [{"numeric": ["~", 1]}]}',
        '{"a": [{"numeric": ["<", "x"]}]}',
        '{"a": [{"cidr": "x"}]}',
        '{"a": [{"exists": "x"}]}',
        '{"$or": {}}',
        '{"a": ' + '[{"anything-but": ' * 200 + "1" + "}]" * 200 + "}",
        json.dumps({str(number): ["x"] for number in range(6)}),
    ],
)
def test_what_is_no_policy_is_refused(text):
    """As an invalid parameter."""
    with pytest.raises(AwsError, match="InvalidParameter: Invalid parameter: FilterPolicy"):
        check_filter(text, "MessageAttributes")
