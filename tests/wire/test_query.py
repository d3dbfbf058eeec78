"""The query protocol: forms that spell out structures."""

import pytest

from fieldstone.core.errors import AwsError
from fieldstone.wire.catalog import Catalog
from fieldstone.wire.http import Request

FORM = {"content-type": "application/x-www-form-urlencoded"}


def parse(catalog, name, body, service="iam"):
    return catalog.operation(service, name).parse(Request("POST", "/", "", FORM, body))


def test_lists_are_numbered_and_taken_in_that_order(catalog):
    """Ten comes after nine."""
    fields = "&".join(f"TagKeys.member.{n}=k{n}" for n in (10, 2, 1))
    parsed = parse(catalog, "UntagRole", f"RoleName=r&{fields}".encode())
    assert parsed == {"RoleName": "r", "TagKeys": ["k1", "k2", "k10"]}


def test_an_empty_list_is_a_field_without_value(catalog):
    """As botocore sends it."""
    assert parse(catalog, "UntagRole", b"TagKeys=") == {"TagKeys": []}


def test_structures_in_lists_are_spelled_out(catalog):
    """To the last member."""
    body = b"Tags.member.1.Key=a&Tags.member.1.Value=b+c&Tags.member.2.Key=%C3%A9&Tags.member.2.Value="
    assert parse(catalog, "TagRole", body) == {"Tags": [{"Key": "a", "Value": "b c"}, {"Key": "é", "Value": ""}]}


def test_maps_are_numbered_entries():
    """Flattened or not."""
    catalog = Catalog(["sns"])
    body = b"Attributes.entry.1.key=a&Attributes.entry.1.value=b&Attributes.entry.2.key=c&Attributes.entry.2.value=d"
    assert parse(catalog, "CreateTopic", body, "sns") == {"Attributes": {"a": "b", "c": "d"}}


def test_fields_of_nobody_are_passed_over(catalog):
    """Action and Version among them."""
    assert parse(catalog, "GetRole", b"Action=GetRole&Version=2010-05-08&A..B=1&A=2&.=3&RoleName=r") == {
        "RoleName": "r"
    }


def test_the_query_string_counts_as_well(catalog):
    """A request may have no body at all."""
    request = Request("GET", "/", "Action=GetRole&RoleName=r", {}, b"")
    assert catalog.operation("iam", "GetRole").parse(request) == {"RoleName": "r"}


@pytest.mark.parametrize(
    ("name", "body", "code", "said"),
    [
        ("ListRoles", b"MaxItems=many", "MalformedInput", "integer"),
        ("UpdateLoginProfile", b"PasswordResetRequired=yes", "MalformedInput", "xsd1.1"),
        ("TagRole", b"Tags.member.x.Key=a", "MalformedInput", "numbered"),
        ("GetRole", b"RoleName=%ff", "MalformedQueryString", "could not be read"),
        ("GetRole", b"&".join(b"a%d=1" % n for n in range(10_001)), "MalformedQueryString", "could not be read"),
    ],
)
def test_what_cannot_be_read_is_malformed(catalog, name, body, code, said):
    """With the reason."""
    with pytest.raises(AwsError) as caught:
        parse(catalog, name, body)
    assert caught.value.code == code
    assert said in caught.value.message


def test_a_result_is_wrapped_and_named(catalog):
    """The operation's name, its result, the request's id."""
    body = catalog.operation("sts", "GetCallerIdentity").render({"Account": "1"}, "r-1").body
    assert body == (
        b'<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
        b"<Account>1</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>r-1</RequestId>"
        b"</ResponseMetadata></GetCallerIdentityResponse>"
    )


def test_an_operation_without_input_reads_nothing(catalog):
    """Whatever was sent."""
    assert parse(catalog, "GetAccountSummary", b"Action=GetAccountSummary&X=%ff") == {}


def test_a_fault_is_the_senders_or_the_receivers(catalog):
    """By its status."""
    operation = catalog.operation("iam", "GetRole")
    assert b"<Type>Sender</Type>" in operation.render_error(AwsError("NoSuchEntity", "no"), "r").body
    assert b"<Type>Receiver</Type>" in operation.render_error(AwsError("ServiceFailure", "no", 500), "r").body
