"""Browsers' forms, made by boto3, sent to a server that checks them."""

import secrets
from xml.etree import ElementTree as ET

import pytest
from tests.conftest import wait_until
from tests.gateway.conftest import ACCOUNT, ask, signing_client
from tests.gateway.test_presigned import VERSIONS, code, member

BUCKET = "forms"


@pytest.fixture(params=VERSIONS)
def s3(strict, owner, request):
    """A client that signs policies with Version 4, and one that does with Version 2, as boto3 does here."""
    client = signing_client(strict.url, "s3", owner, **VERSIONS[request.param])
    client.create_bucket(Bucket=BUCKET)
    return client


def make(fields, content, filename="a.txt"):
    """A form, and its boundary."""
    boundary = secrets.token_hex(16)
    parts = [(f'name="{name}"', text.encode() if isinstance(text, str) else text) for name, text in fields.items()]
    named = "" if filename is None else f'; filename="{filename}"'
    parts += [] if content is None else [(f'name="file"{named}', content)]
    body = b"".join(
        f"--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + text + b"\r\n"
        for head, text in parts
    )
    return body + f"--{boundary}--\r\n".encode(), boundary


def post(url, fields, content=b"data", filename="a.txt", path=f"/{BUCKET}"):
    body, boundary = make(fields, content, filename)
    return ask(url, "POST", path, body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})


def sign(s3, key="k", fields=None, conditions=None, **more):
    signed = s3.generate_presigned_post(BUCKET, key, Fields=fields, Conditions=conditions, **more)
    return signed["fields"]


@pytest.mark.parametrize("key", ["k", "a b/é", "漢/../x", "x" * 1000])
def test_a_form_uploads_its_file(strict, s3, key):
    """Under the key it was signed for, and as what it says it is."""
    fields = sign(s3, key, {"Content-Type": "text/csv"}, [{"Content-Type": "text/csv"}])
    answer = post(strict.url, fields, b"a,b\r\n--\r\n" * 30_000)

    got = s3.get_object(Bucket=BUCKET, Key=key)
    assert (answer.status, answer.body, answer.headers["etag"]) == (204, b"", got["ETag"])
    assert (got["Body"].read(), got["ContentType"]) == (b"a,b\r\n--\r\n" * 30_000, "text/csv")


@pytest.mark.parametrize("content", [b"", b"\r\n", b"-", b"\r\n--", b"x" * 5_000_000])
def test_whatever_a_file_holds_is_kept(strict, s3, content):
    """Line ends and dashes are no boundary."""
    assert post(strict.url, sign(s3), content).status == 204
    assert s3.get_object(Bucket=BUCKET, Key="k")["Body"].read() == content


def test_the_headers_of_the_post_say_nothing_of_the_object(strict, s3):
    """Nobody signed them."""
    body, boundary = make(sign(s3), b"data")
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "x-amz-meta-a": "b", "Cache-Control": "c"}
    assert ask(strict.url, "POST", f"/{BUCKET}", body, headers).status == 204
    head = s3.head_object(Bucket=BUCKET, Key="k")
    assert (head["ContentType"], head["Metadata"], "CacheControl" in head) == ("binary/octet-stream", {}, False)


@pytest.mark.parametrize("tags", ["nonsense", '<!DOCTYPE a [<!ENTITY b "c">]><Tagging/>', "<Tagging>"])
def test_tags_that_are_no_document_are_refused(strict, s3, tags):
    """In XML's words."""
    answer = post(strict.url, sign(s3, fields={"tagging": tags}, conditions=[["starts-with", "$tagging", ""]]))
    assert code(answer) == (400, "MalformedXML")


@pytest.mark.parametrize("text", ["a\r\nb: c", "\0", "\x7f"])
def test_a_field_that_would_break_a_header_is_refused(strict, s3, text):
    """Before it is kept."""
    answer = post(
        strict.url, sign(s3, fields={"x-amz-meta-a": text}, conditions=[["starts-with", "$x-amz-meta-a", ""]])
    )
    assert code(answer) == (400, "InvalidArgument")


def test_metadata_and_headers_come_with_the_form(strict, s3):
    """In fields, each of which the policy speaks of."""
    fields = {"x-amz-meta-Color": "blue", "Cache-Control": "no-store", "x-ignore-me": "anything"}
    conditions = [{"x-amz-meta-color": "blue"}, ["starts-with", "$Cache-Control", "no"]]
    assert post(strict.url, sign(s3, fields=fields, conditions=conditions)).status == 204
    head = s3.head_object(Bucket=BUCKET, Key="k")
    assert (head["Metadata"], head["CacheControl"]) == ({"color": "blue"}, "no-store")


@pytest.mark.parametrize(
    ("filename", "key"),
    [
        ("a.txt", "up/a.txt"),
        ("C:\\folder\\b.txt", "up/b.txt"),
        ("é.txt", "up/é.txt"),
        ("", "up/"),
        (None, "up/${filename}"),
    ],
)
def test_the_files_name_can_be_a_part_of_the_key(strict, s3, filename, key):
    """Its last step alone."""
    assert post(strict.url, sign(s3, "up/${filename}"), filename=filename).status == 204
    assert s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == b"data"


def test_201_is_answered_with_a_document(strict, s3):
    """Where the object is, under which key, and its ETag."""
    signed = sign(s3, "a b/é", {"success_action_status": "201"}, [{"success_action_status": "201"}])
    answer = post(strict.url, signed)
    said = {element.tag: element.text for element in ET.fromstring(answer.body)}
    assert answer.status == 201
    assert said["Location"] == answer.headers["location"] == f"{strict.url}/{BUCKET}/a%20b%2F%C3%A9"
    assert (said["Bucket"], said["Key"], said["ETag"]) == (BUCKET, "a b/é", answer.headers["etag"])


@pytest.mark.parametrize(("asked", "status"), [("200", 200), ("204", 204), ("404", 204), ("x", 204)])
def test_the_form_chooses_its_status(strict, s3, asked, status):
    """Of three; anything else is 204."""
    fields = sign(s3, fields={"success_action_status": asked}, conditions=[["eq", "$success_action_status", asked]])
    assert post(strict.url, fields).status == status


@pytest.mark.parametrize("name", ["success_action_redirect", "redirect"])
def test_the_form_may_send_its_reader_elsewhere(strict, s3, name):
    """Where it is told what became of the file."""
    fields = sign(s3, "a/b c", {name: "http://localhost/done?x=1"}, [["starts-with", f"${name}", "http://localhost/"]])
    answer = post(strict.url, fields)
    assert answer.status == 303
    etag = answer.headers["etag"].strip('"')
    assert answer.headers["location"] == f"http://localhost/done?x=1&bucket={BUCKET}&key=a%2Fb+c&etag=%22{etag}%22"


def test_a_redirect_that_is_no_address_is_passed_over(strict, s3):
    """And none can smuggle a header in."""
    for target, status in (("/relative", 204), ("http://a/\r\nx: y", 303), ("http://[", 204)):
        fields = sign(
            s3, fields={"success_action_redirect": target}, conditions=[["starts-with", "$success_action_redirect", ""]]
        )
        answer = post(strict.url, fields)
        assert (answer.status, answer.headers["x"]) == (status, None)


def test_sizes_are_held_against_the_policy(strict, s3):
    """The limits themselves are within."""
    fields = sign(s3, conditions=[["content-length-range", 5, 10]])
    assert [post(strict.url, fields, b"x" * size).status for size in (5, 10)] == [204, 204]
    small, large = post(strict.url, fields, b"x"), post(strict.url, fields, b"x" * 12)
    assert (*code(small), member(small, "ProposedSize"), member(small, "MinSizeAllowed")) == (
        400,
        "EntityTooSmall",
        "1",
        "5",
    )
    assert (*code(large), member(large, "ProposedSize"), member(large, "MaxSizeAllowed")) == (
        400,
        "EntityTooLarge",
        "12",
        "10",
    )
    assert s3.head_object(Bucket=BUCKET, Key="k")["ContentLength"] == 10


def test_a_file_too_large_is_refused_while_it_comes(strict, s3):
    """It does not fill the disk first."""
    answer = post(strict.url, sign(s3, conditions=[["content-length-range", 0, 1000]]), b"x" * 8_000_000)
    assert code(answer) == (400, "EntityTooLarge")
    wait_until(lambda: not list((strict.data_dir / "incoming").iterdir()))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"key": "other"}, 'Policy Condition failed: ["eq", "$key", "k"]'),
        ({"x-amz-meta-a": "1"}, "Extra input fields: x-amz-meta-a"),
        ({"Content-Type": "text/html"}, "Extra input fields: content-type"),
    ],
)
def test_a_form_keeps_to_its_policy(strict, s3, fields, words):
    """Or is told where it does not."""
    answer = post(strict.url, sign(s3) | fields)
    assert code(answer) == (403, "AccessDenied")
    assert member(answer, "Message") == f"Invalid according to Policy: {words}".replace(
        '"', "&quot;"
    ) or words in member(answer, "Message")


def test_a_policy_is_for_one_bucket(strict, s3):
    """Its form is no good for another."""
    s3.create_bucket(Bucket="other-forms")
    assert code(post(strict.url, sign(s3), path="/other-forms")) == (403, "AccessDenied")
    assert s3.list_objects_v2(Bucket="other-forms")["KeyCount"] == 0


def test_a_policy_expires(gateway):
    """To the second."""
    s3 = gateway.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    fields = sign(s3, ExpiresIn=60)
    assert post(gateway.url, fields).status == 204
    gateway.ahead = 61
    answer = post(gateway.url, fields)
    assert (*code(answer), member(answer, "Message")) == (
        403,
        "AccessDenied",
        "Invalid according to Policy: Policy expired.",
    )


def test_a_changed_policy_is_not_the_one_that_was_signed(strict, s3):
    """What is shown is what should have been signed."""
    fields = sign(s3)
    answer = post(strict.url, fields | {"policy": fields["policy"][:-2]})
    assert code(answer) == (403, "SignatureDoesNotMatch")
    assert member(answer, "StringToSign") == fields["policy"][:-2]


def test_a_key_nobody_has_signs_nothing(strict, owner):
    """In either version."""
    for config in VERSIONS.values():
        s3 = signing_client(strict.url, "s3", owner | {"AccessKeyId": "AKIANOBODY"}, **config)
        assert code(post(strict.url, sign(s3))) == (403, "InvalidAccessKeyId")


def test_a_field_that_misses_is_named(strict, s3):
    """All of signing's or none: then it is nobody's form."""
    fields = sign(s3)
    names = [name for name in fields if name.lower() not in {"key", "policy"}]
    for name in [*names, "key", "policy"]:
        answer = post(strict.url, {n: t for n, t in fields.items() if n != name})
        assert code(answer) == (400, "InvalidArgument")
        assert member(answer, "ArgumentName").lower() == name.lower()
    assert code(post(strict.url, {"key": "k", "policy": fields["policy"]})) == (403, "AccessDenied")
    assert code(post(strict.url, {"key": "k"})) == (403, "AccessDenied")


def test_names_of_fields_may_be_written_in_any_case(strict, s3):
    """Their values not."""
    assert post(strict.url, {name.title(): text for name, text in sign(s3).items()}).status == 204


def test_a_form_that_is_none_is_told_so(strict, s3):
    """No file, no end, no boundary, no form at all, too much before the file."""
    fields = sign(s3)
    assert code(post(strict.url, fields, None)) == (400, "InvalidArgument")
    body, boundary = make(fields, b"data" * 1000)
    kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    for cut in (50, len(body) - 60, len(body) - 1000, 2):
        assert code(ask(strict.url, "POST", f"/{BUCKET}", body[:cut], kind))[0] == 400
    assert ask(strict.url, "POST", f"/{BUCKET}", body, {"Content-Type": "multipart/form-data"}).status == 400
    assert ask(strict.url, "POST", f"/{BUCKET}", b"nonsense" * 10_000, kind).status == 400
    assert code(ask(strict.url, "POST", f"/{BUCKET}", body, {"Content-Type": "text/html"})) == (
        412,
        "PreconditionFailed",
    )
    answer = post(strict.url, fields | {"x-ignore-a": "x" * 30_000})
    assert code(answer) == (400, "MaxPostPreDataLengthExceeded")
    assert ask(strict.url, "POST", f"/{BUCKET}/key", body, kind).status == 405
    assert ask(strict.url, "POST", "/", body, kind).status == 405


def test_a_sessions_form_brings_its_token(gateway):
    """And ends with the session."""
    role = f"arn:aws:iam::{ACCOUNT}:role/FieldstoneRole"
    session = gateway.client("sts").assume_role(RoleArn=role, RoleSessionName="me", DurationSeconds=900)["Credentials"]
    gateway.client("s3").create_bucket(Bucket=BUCKET)
    for config in VERSIONS.values():
        fields = sign(gateway.client("s3", session, **config))
        assert post(gateway.url, fields).status == 204
        without = {name: text for name, text in fields.items() if name != "x-amz-security-token"}
        assert code(post(gateway.url, without))[0] in {400, 403}
        gateway.ahead = 950
        assert code(post(gateway.url, fields)) == (400, "ExpiredToken")
        gateway.ahead = 0


def test_where_nothing_is_checked_the_policy_still_holds(server, aws, bucket):
    """Whoever signed it; who signs nothing may upload what he likes."""
    s3 = aws("s3")
    fields = s3.generate_presigned_post(bucket, "k")["fields"]
    assert post(server.url, fields, path=f"/{bucket}").status == 204
    assert code(post(server.url, fields | {"key": "other"}, path=f"/{bucket}")) == (403, "AccessDenied")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"data"
