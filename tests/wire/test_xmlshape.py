"""Shapes as XML."""

from xml.etree.ElementTree import fromstring

import pytest

from fieldstone.wire.http import Request
from fieldstone.wire.models import Traits, read_model
from fieldstone.wire.xmlshape import decoder, encoder, escape


@pytest.fixture(scope="module")
def s3():
    return read_model("s3")


def shape(model, name):
    return model.shape(Traits(shape=name))


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("plain é 漢", "plain é 漢"),
        ("a&b<c>\"d'", "a&amp;b&lt;c&gt;&quot;d'"),
        ("a\r\n\tb", "a&#13;\n\tb"),
        ("\x01", "&#1;"),
    ],
)
def test_text_is_escaped_so_that_it_arrives(text, escaped):
    """Carriage returns too, which readers would make line feeds of."""
    assert escape(text) == escaped


def test_children_may_come_in_any_order_and_namespace(s3):
    """Clients differ; what is not known is passed over."""
    body = '<a:Tag xmlns:a="urn:x"><a:Value>v</a:Value><a:Other/><a:Key>k</a:Key></a:Tag>'
    assert decoder(shape(s3, "Tag"))(fromstring(body)) == {"Value": "v", "Key": "k"}


def test_flattened_lists_are_gathered_from_between_others(s3):
    """Their items stand where the list would."""
    body = "<Delete><Object><Key>a</Key></Object><Quiet>true</Quiet><Object><Key>b</Key></Object></Delete>"
    assert decoder(shape(s3, "Delete"))(fromstring(body)) == {"Objects": [{"Key": "a"}, {"Key": "b"}], "Quiet": True}


def test_attributes_are_members(s3):
    """Read under any prefix, written with their namespace declared."""
    grantee = shape(s3, "Grantee")
    body = '<G xmlns:p="http://www.w3.org/2001/XMLSchema-instance" p:type="Group"><URI>u</URI></G>'
    assert decoder(grantee)(fromstring(body)) == {"URI": "u", "Type": "Group"}
    assert encoder(grantee, "Grantee")({"Type": 'a"b', "URI": "u"}) == (
        '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="a&quot;b"><URI>u</URI></Grantee>'
    )
    assert "type" not in encoder(grantee, "Grantee")({"URI": "u"})


def test_maps_are_entries():
    """Each with its key and its value."""
    iam = read_model("iam")
    summary = shape(iam, "summaryMapType")
    written = encoder(summary, "SummaryMap")({"Users": 3})
    assert written == "<SummaryMap><entry><key>Users</key><value>3</value></entry></SummaryMap>"
    assert decoder(summary)(fromstring(written)) == {"Users": 3}
    with pytest.raises(ValueError, match="key and value"):
        decoder(summary)(fromstring("<SummaryMap><entry><key>Users</key></entry></SummaryMap>"))


def test_text_of_the_wrong_type_is_a_value_error(s3):
    """Whoever reads has the words for it."""
    with pytest.raises(ValueError, match="integer"):
        decoder(shape(s3, "CORSRule"))(fromstring("<CORSRule><MaxAgeSeconds>soon</MaxAgeSeconds></CORSRule>"))


def test_a_result_is_written_in_the_models_order(catalog):
    """Whatever order it was given in."""
    result = {"KeyCount": 1, "Name": "b", "Contents": [{"Size": 1, "Key": "k"}], "CommonPrefixes": [{"Prefix": "p/"}]}
    body = catalog.operation("s3", "ListObjectsV2").render(result, "r").body
    assert body.index(b"<Contents><Key>k</Key><Size>1</Size></Contents>") < body.index(b"<Name>b</Name>")
    assert b"<CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes>" in body


def test_an_empty_document_is_read_as_an_empty_structure(catalog):
    """Its root alone."""
    request = Request("PUT", "/b", "accelerate", {}, b"<AccelerateConfiguration/>")
    parsed = catalog.operation("s3", "PutBucketAccelerateConfiguration").parse(request)
    assert parsed == {"Bucket": "b", "AccelerateConfiguration": {}}
