"""Policies of browsers' forms, in the words that S3 has for them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldstone.core.errors import AwsError
from fieldstone.wire.signatures.policy import read_policy

LATER = "2026-11-22T12:00:00Z"
NOON = 1_795_348_800.0


def policy(*conditions, **more):
    return {"expiration": LATER, "conditions": list(conditions)} | more


def told(encode, document, **fields):
    """What a policy says of a form: nothing, or its error."""
    fields = {name.replace("_", "-"): text for name, text in fields.items()}
    try:
        read_policy(encode(document)).check(fields, NOON - 1)
    except AwsError as error:
        return error.status, error.code, error.message
    return None


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ({"key": "a"}, "a"),
        (["eq", "$key", "a"], "a"),
        (["EQ", "$KEY", "a"], "a"),
        (["StArTs-WiTh", "$Key", "us"], "user/1"),
        (["starts-with", "$key", ""], "anything"),
    ],
)
def test_a_condition_that_holds_lets_the_form_pass(encode, condition, value):
    """Names and operators in any case."""
    assert told(encode, policy(condition), key=value) is None


@pytest.mark.parametrize(
    ("condition", "fields", "shown"),
    [
        ({"key": "a"}, {"key": "b"}, '["eq","$key","a"]'),
        ({"key": "a"}, {"key": "A"}, '["eq","$key","a"]'),
        ({"Key": "a"}, {}, '["eq","$Key","a"]'),
        (["starts-with", "$key", "x"], {"key": "y"}, '["starts-with","$key","x"]'),
        (["starts-with", "$content-type", ""], {}, '["starts-with","$content-type",""]'),
        (["eq", "key", "a"], {"key": "a"}, '["eq","key","a"]'),
        ({"key": 'a"b'}, {"key": "a"}, '["eq","$key","a\\"b"]'),
    ],
)
def test_a_condition_that_does_not_hold_is_shown(encode, condition, fields, shown):
    """As the policy spells it."""
    status, code, message = told(encode, policy(condition), **fields)
    assert (status, code) == (403, "AccessDenied")
    assert message.replace(", ", ",") == f"Invalid according to Policy: Policy Condition failed: {shown}"


def test_a_list_of_types_has_to_fit_as_a_whole(encode):
    """Other fields may hold commas."""
    types = policy(["starts-with", "$Content-Type", "image/"])
    assert told(encode, types, content_type="image/jpg,image/png") is None
    assert told(encode, types, content_type="image/jpg,text/plain") is not None
    assert told(encode, policy(["starts-with", "$key", "a"]), key="a,b") is None


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("nonsense", "Invalid JSON."),
        ("[]", "Invalid JSON."),
        ('{"expiration": "2026-11-22T12:00:00Z", "conditions": [["content-length-range", 0, 5.0]]}', "Invalid JSON."),
        ({"conditions": []}, "Policy missing expiration."),
        ({"expiration": LATER}, "Policy missing conditions."),
        ({"expiration": LATER, "conditions": {}}, "Invalid 'conditions' value: must be a List."),
        (policy(expiration="2026-11-22 12:00:00"), "Invalid 'expiration' value: '2026-11-22 12:00:00'"),
        (policy(expiration="2026-11-22T12:00:00+02:00"), "Invalid 'expiration' value: '2026-11-22T12:00:00+02:00'"),
        (policy(expiration="2026-13-45T12:00:00Z"), "Invalid 'expiration' value: '2026-13-45T12:00:00Z'"),
        (policy(statement=1), "Unexpected: 'statement'"),
        (policy("x"), "Invalid condition test: must be a List or Object."),
        (policy([]), "Invalid Condition: missing operation identifier."),
        (policy(["like", "$key", "x"]), "Invalid Condition: unknown operation 'like'."),
        (policy(["content-length-range", 0]), "Invalid content-length-range: wrong number of arguments."),
        (policy({}), "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."),
        (policy({"a": "b", "c": "d"}), "Invalid Simple-Condition: Simple-Conditions must have exactly one property"),
        (policy({"a": 5}), "Invalid Simple-Condition: value must be a string."),
    ],
)
def test_a_policy_that_is_none_is_told_why(encode, document, words):
    """Before anything is held against it."""
    status, code, message = told(encode, document)
    assert (status, code) == (400, "InvalidPolicyDocument")
    assert message.startswith(f"Invalid Policy: {words}")


def test_a_policy_has_to_be_in_base_64():
    """As it was signed."""
    with pytest.raises(AwsError, match="invalid Base64"):
        read_policy("{}")


def test_a_policy_is_good_until_its_expiration(encode):
    """With or without a fraction of the second."""
    for text in (LATER, "2026-11-22T12:00:00.000Z"):
        found = read_policy(encode(policy(expiration=text)))
        found.check({}, NOON - 1)
        with pytest.raises(AwsError, match="Policy expired"):
            found.check({}, NOON)


@pytest.mark.parametrize(("least", "most"), [(5, 10), ("5", "10")])
def test_sizes_are_within_their_limits(encode, least, most):
    """Which may be written as text."""
    found = read_policy(encode(policy(["content-length-range", least, most])))
    assert found.largest == 10
    found.check_size(5)
    found.check_size(10)
    for size, code in ((4, "EntityTooSmall"), (11, "EntityTooLarge")):
        with pytest.raises(AwsError) as caught:
            found.check_size(size)
        assert caught.value.code == code


def test_limits_that_are_no_numbers_fail(encode):
    """As a condition does."""
    assert told(encode, policy(["content-length-range", "few", "10"]))[:2] == (403, "AccessDenied")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["eq", "$key", "starts-with"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@given(conditions=VALUES, expiration=VALUES)
def test_whatever_a_policy_says_is_answered(encode, conditions, expiration):
    """Never anything but AWS's errors."""
    told(encode, {"expiration": expiration, "conditions": conditions}, key="k")
    told(encode, {"expiration": LATER, "conditions": [conditions]}, key="k")
