"""Browsers' forms: a file uploaded by POST, under a policy that its owner signed. PutObject is what is performed."""

import re
from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import quote, unquote, urlencode, urlsplit
from xml.etree import ElementTree as ET

from fieldstone.core.errors import AwsError
from fieldstone.gateway.exchange import Exchange
from fieldstone.gateway.steps import Steps
from fieldstone.gateway.uploads import LARGEST, announced_digests, grow, pieces
from fieldstone.services.operation import Caller
from fieldstone.store.blobs import Blob
from fieldstone.wire.addressing import settle
from fieldstone.wire.http import Request, Response
from fieldstone.wire.multipart import MEDIA_TYPE, FormReader, malformed_form, no_file
from fieldstone.wire.rest.formats import XML
from fieldstone.wire.rest.s3 import malformed_xml
from fieldstone.wire.signatures.forms import form_scope, missing_field, verify_form
from fieldstone.wire.signatures.policy import Policy, read_policy
from fieldstone.wire.xmlshape import escape

_PATH: Final = re.compile(r"/([^/]+)/?")
_HEADER_TEXT: Final = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")
_FILENAME: Final = "${filename}"
_CONTENT: Final = ("disposition", "encoding", "language", "type")
_HEADERS: Final = ("cache-control", "expires", *(f"content-{name}" for name in _CONTENT))
_SIGNING: Final = ("algorithm", "credential", "date", "security-token", "signature")
_NO_HEADERS: Final = frozenset(f"x-amz-{name}" for name in _SIGNING)
"""Fields of AWS's own that are about the signature, and no headers of the object."""


class Forms:
    """Answers POST with a form.

    Args:
        steps: What the general way works with.
    """

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._operation = steps.catalog.operation("s3", "PutObject")

    def takes(self, request: Request) -> bool:
        """Whether a request is a form to upload a file with."""
        return (
            request.method == "POST"
            and request.headers.get("content-type", "").startswith(MEDIA_TYPE)
            and "authorization" not in request.headers
            and "x-amz-target" not in request.headers
        )

    async def perform(self, exchange: Exchange) -> None:
        """Take the form's file to disk and have it be an object; the response tells.

        Raises:
            AwsError: What is wrong with the form, its policy or its signature; what PutObject raises.
        """
        exchange.operation = self._operation
        bucket = _bucket(exchange.request)
        form, source = FormReader(exchange.request.headers["content-type"]), pieces(exchange.read)
        await _read_fields(form, source)
        fields = _expanded(form, bucket)
        exchange.caller = self._caller(fields)
        policy = self._policy(fields)
        most = LARGEST if policy is None or policy.largest is None else min(policy.largest, LARGEST)
        exchange.staged = await grow(
            self._steps.dispatch.store.blobs, _file(form, source), None, most, announced_digests(form.fields)
        )
        if policy is not None:
            policy.check_size(exchange.staged.size)
        exchange.params = self._operation.parse(_upload(fields, exchange.staged))
        self._steps.validate(exchange)
        await self._steps.perform(exchange)
        made = self._operation.render(exchange.answer, exchange.request_id)
        exchange.response = _response(exchange.request, fields, made)

    def _caller(self, fields: dict[str, str]) -> Caller:
        keyring = self._steps.keyring
        if self._steps.settings.auth == "off":
            claimed = form_scope(fields)
            return keyring.unverified_caller(*((claimed.access_key, claimed.region) if claimed else (None, None)))
        verified = verify_form(fields, keyring.find, self._steps.clock())
        return Caller(verified.credential.account, verified.region, verified.credential.arn)

    def _policy(self, fields: dict[str, str]) -> Policy | None:
        """The form's policy, which its fields keep to; who signs none, where that is allowed, is bound by none."""
        if "policy" not in fields:
            return None
        policy = read_policy(fields["policy"])
        policy.check(fields, self._steps.clock())
        return policy


def _bucket(request: Request) -> str:
    settle(request)
    found = _PATH.fullmatch(request.path)
    if found is None or request.query:
        words = "The specified method is not allowed against this resource."
        raise AwsError("MethodNotAllowed", words, 405, Method="POST", ResourceType="OBJECT")
    return unquote(found[1])


async def _read_fields(form: FormReader, source: AsyncIterator[bytes]) -> None:
    """Read on until the file's own bytes are next."""
    async for data in source:
        if form.read_fields(data):
            return
    raise no_file() if form.fields else malformed_form()


def _expanded(form: FormReader, bucket: str) -> dict[str, str]:
    """The fields as the policy sees them; the file's name stands where the form asks for it, if there is one."""
    if "key" not in form.fields:
        raise missing_field("key")
    name = form.filename
    fields = form.fields if name is None else {n: t.replace(_FILENAME, name) for n, t in form.fields.items()}
    if not fields["key"]:
        raise AwsError("InvalidArgument", "User key must have a length greater than 0.", ArgumentName="key")
    return fields | {"bucket": bucket}


async def _file(form: FormReader, source: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The file's own bytes; what follows them is read and left."""
    data, whole = form.read_file(b"")
    yield data
    async for piece in source:
        if not whole:
            data, whole = form.read_file(piece)
            yield data
    if not whole:
        raise malformed_form()


def _upload(fields: dict[str, str], file: Blob) -> Request:
    """The form as the PutObject that it means: its fields are the headers, those of the POST are nobody's."""
    own = {n: t for n, t in fields.items() if n in _HEADERS or (n.startswith("x-amz-") and n not in _NO_HEADERS)}
    if "acl" in fields:
        own["x-amz-acl"] = fields["acl"]
    headers = {name: _latin(name, text) for name, text in own.items()}
    if "tagging" in fields:
        headers["x-amz-tagging"] = _tags(fields["tagging"])
    return Request("PUT", f"/{quote(fields['bucket'], safe='')}/{quote(fields['key'])}", "", headers, file)


def _latin(name: str, text: str) -> str:
    """Text as headers bring it: a character for each byte, and none that ends a line."""
    if not _HEADER_TEXT.fullmatch(text):
        words = "Header value cannot be represented using ISO-8859-1."
        raise AwsError("InvalidArgument", words, ArgumentName=name, ArgumentValue=text)
    return text.encode().decode("latin-1")


def _tags(document: str) -> str:
    """A document of tags as x-amz-tagging has them."""
    if "<!DOCTYPE" in document:  # entities are not for strangers to define
        raise malformed_xml()
    try:
        tags = [tag for tag in ET.fromstring(document).iter() if tag.tag.rpartition("}")[2] == "Tag"]  # noqa: S314
    except ET.ParseError:
        raise malformed_xml() from None
    pairs = [{child.tag.rpartition("}")[2]: child.text or "" for child in tag} for tag in tags]
    return urlencode([(pair.get("Key", ""), pair.get("Value", "")) for pair in pairs])


def _response(request: Request, fields: dict[str, str], made: Response) -> Response:
    headers = {name: text for name, text in made.headers.items() if name not in ("content-type", "content-length")}
    etag, key = headers.get("etag", ""), fields["key"]
    target = fields.get("success_action_redirect", fields.get("redirect", ""))
    if _absolute(target):
        more = urlencode({"bucket": fields["bucket"], "key": key, "etag": etag})
        return Response(303, headers | {"location": f"{_header(target)}{'&' if '?' in target else '?'}{more}"}, b"")
    location = f"{_address(request)}/{quote(key, safe='')}"
    headers["location"] = location
    status = {"200": 200, "201": 201}.get(fields.get("success_action_status", ""), 204)
    if status != 201:
        return Response(status, headers, b"")
    said = {"Location": location, "Bucket": fields["bucket"], "Key": key, "ETag": etag}
    inside = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in said.items())
    body = f"{XML}<PostResponse>{inside}</PostResponse>".encode()
    return Response(status, headers | {"content-type": "application/xml"}, body)


def _absolute(target: str) -> bool:
    try:
        return urlsplit(target).scheme in ("http", "https")
    except ValueError:
        return False


def _header(text: str) -> str:
    """Text that may stand in a header: no line ends, nothing but ASCII."""
    return quote(text, safe="".join(map(chr, range(32, 127))))


def _address(request: Request) -> str:
    """The bucket's URL, as the client called it."""
    path = request.path if request.sent_path is None else request.sent_path
    return f"http://{request.headers.get('host', '')}{path.rstrip('/')}"
