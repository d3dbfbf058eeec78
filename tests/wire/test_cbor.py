"""rpc-v2-cbor: which service and operation, what may be in a body, how errors look."""

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldstone.core.errors import AwsError
from fieldstone.wire import cbor
from fieldstone.wire.catalog import Catalog
from fieldstone.wire.http import Request

PREFIX = "/service/AWSShineFrontendService_20170701/operation"
CATALOG = Catalog(["s3", "sts", "translate", "sagemaker"])


def request(body=b"", path=f"{PREFIX}/TranslateText", method="POST", protocol="rpc-v2-cbor"):
    return Request(method, path, "", {"smithy-protocol": protocol, "content-type": "application/cbor"}, body)


def answered(asked):
    """The parameters of a request that is routed, read and checked."""
    routed = CATALOG.route(asked)
    params = routed.parse(asked)
    routed.validate(params)
    return params


def refused(asked):
    with pytest.raises(AwsError) as caught:
        answered(asked)
    return caught.value


def status_of(asked):
    try:
        answered(asked)
    except AwsError as error:
        return error.status
    return 200


TEXT = {"Text": "hello", "SourceLanguageCode": "en", "TargetLanguageCode": "de"}


def test_the_path_names_service_and_operation():
    """Whatever stands before it, and with members that nobody knows left out."""
    assert answered(request(cbor2.dumps(TEXT))) == TEXT
    assert answered(request(cbor2.dumps(TEXT | {"New": 1, "Settings": None}), f"/v1{PREFIX}/TranslateText")) == TEXT


@pytest.mark.parametrize(
    "asked",
    [
        request(path=f"{PREFIX}/MakeCoffee"),
        request(path="/service/Coffee/operation/Make"),
        request(path="/service/SageMaker/operation/ListModels"),
        request(path="/"),
        request(method="GET"),
        request(protocol="rpc-v2-json"),
    ],
    ids=["operation", "service", "another protocol's", "no path", "method", "protocol"],
)
def test_what_is_not_there_is_answered_in_cbor(asked):
    """404, with the error's name in the body."""
    error = refused(asked)
    response = CATALOG.render_error(asked, error, "request-1")

    assert (response.status, error.code) == (404, "UnknownOperationException")
    assert response.headers["smithy-protocol"] == "rpc-v2-cbor"
    assert cbor2.loads(response.body)["__type"].endswith("#UnknownOperationException")


@pytest.mark.parametrize(
    "body",
    [
        b"\x82",
        cbor2.dumps([1]),
        cbor2.dumps(7),
        b"\x81" * 100_000,
        cbor2.dumps({1: "number for a name"}),
        cbor2.dumps(TEXT | {"Text": b"bytes"}),
        cbor2.dumps(TEXT | {"Text": cbor2.undefined}),
        cbor2.dumps(TEXT | {"Text": cbor2.CBORTag(35, "a+")}),
        cbor2.dumps(TEXT | {"Text": cbor2.CBORTag(5, [2, 3])}),
        b"\xd8\x1c\x81\xd8\x1d\x00",
        b"\x9b\x00\x00\x00\xff\xff\xff\xff\xff",
        b"\x5b\x00\x00\x00\xff\xff\xff\xff\xff",
    ],
)
def test_a_body_of_anything_else_is_a_serialization_exception(body):
    """Cut short, too deep, of wrong types, with tags that would make objects, longer than memory by its own word."""
    error = refused(request(body))

    assert (error.code, error.status) == ("SerializationException", 400)


def test_a_moment_is_a_number_of_seconds_in_both_directions():
    """Under its tag; fractions stay."""
    assert cbor.read(cbor.write({"at": cbor.write_time(1.5)})) == {"at": 1.5}
    assert cbor.write(cbor.write_time(7)) == b"\xc1\x07"


@given(
    st.binary(max_size=200) | st.recursive(st.none() | st.text() | st.binary() | st.floats(), st.lists).map(cbor2.dumps)
)
@settings(max_examples=150, deadline=None)
def test_no_body_makes_it_fail(body):
    """It is taken or refused."""
    assert status_of(request(body)) in {200, 400}


@given(st.dictionaries(st.sampled_from([*TEXT, "TerminologyNames", "Settings"]), st.deferred(lambda: ANYTHING)))
@settings(max_examples=500, deadline=None)
def test_no_members_make_it_fail(document):
    """Nor do those of the right names, whatever they hold."""
    assert status_of(request(cbor2.dumps(document))) in {200, 400}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.datetimes().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=3),
    max_leaves=5,
)
