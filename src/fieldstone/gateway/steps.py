"""The steps from request to response. Each takes the Exchange and adds to it; some wait, most do not."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final

from fieldstone.core.arn import parse_arn
from fieldstone.core.clock import Clock
from fieldstone.core.errors import AwsError
from fieldstone.core.settings import DEFAULT_ACCOUNT, DEFAULT_REGION, Settings
from fieldstone.gateway.exchange import Exchange, read_body
from fieldstone.gateway.keyring import Keyring, verify_caller
from fieldstone.gateway.uploads import check_body, stage
from fieldstone.services.dispatch import Dispatch
from fieldstone.services.operation import Caller
from fieldstone.services.s3.objects.getting import Content
from fieldstone.wire.addressing import settle
from fieldstone.wire.catalog import Catalog
from fieldstone.wire.http import Request
from fieldstone.wire.operation import Operation
from fieldstone.wire.query import read_form
from fieldstone.wire.signatures.credentials import scope

MOST_GATHERED = 16 << 20
"""Bytes of the largest body that is kept in memory."""
_BY_LINK: Final = frozenset(("confirm_subscription", "unsubscribe"))
"""What SNS puts links to into its messages: who has one may ask for it without a signature, as nobody in particular."""


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps, and what they work with."""

    settings: Settings
    catalog: Catalog
    keyring: Keyring
    dispatch: Dispatch
    clock: Clock

    def gather_early(self, exchange: Exchange) -> Awaitable[None] | None:
        """Read the body where it tells what is asked for: forms and targets. Uploads are left for later."""
        headers = exchange.request.headers
        form = exchange.request.method == "POST" and headers.get("content-type", "").startswith(
            "application/x-www-form-urlencoded"
        )
        return self._gather(exchange) if form or "x-amz-target" in headers else None

    def route(self, exchange: Exchange) -> None:
        """Find the operation."""
        settle(exchange.request)
        exchange.operation = self.catalog.route(exchange.request)

    def gather(self, exchange: Exchange) -> Awaitable[None] | None:
        """Read the body of everything that is no upload."""
        operation = _operation(exchange)
        return None if exchange.gathered or operation.streaming else self._gather(exchange)

    def authenticate(self, exchange: Exchange) -> None:
        """Find out who asks; with ``--auth off`` by the access key alone."""
        if self.settings.auth == "off":
            claimed = scope(exchange.request)
            access_key, region = (claimed.access_key, claimed.region) if claimed else (None, None)
            exchange.caller = self.keyring.unverified_caller(access_key, region)
            return
        operation = _operation(exchange)
        if operation.service == "sns" and operation.function in _BY_LINK and scope(exchange.request) is None:
            exchange.caller = _bearer(exchange.request)
            return
        signing_name = operation.signing_name
        verified = verify_caller(exchange.request, self.keyring, self.clock(), signing_name)
        key = verified.credential
        exchange.caller = Caller(key.account, verified.region, key.arn)
        exchange.payload_hash = verified.payload_hash
        exchange.seal = verified.seal

    def stage_upload(self, exchange: Exchange) -> Awaitable[None] | None:
        """Take an upload to disk; hold any other body against its signature."""
        if _operation(exchange).streaming:
            return self._stage(exchange)
        if _operation(exchange).signing_name == "s3":
            check_body(exchange.request, exchange.payload_hash, exchange.seal)
        return None

    def parse(self, exchange: Exchange) -> None:
        """Read the operation's input."""
        exchange.params = _operation(exchange).parse(exchange.request)

    def validate(self, exchange: Exchange) -> None:
        """Hold the input against the model's constraints."""
        _operation(exchange).validate(exchange.params, lenient=self.settings.validation == "lenient")

    async def perform(self, exchange: Exchange) -> None:
        """Do what is asked."""
        operation = _operation(exchange)
        assert exchange.caller is not None
        exchange.answer = await self.dispatch.perform(
            operation.service, operation.function, exchange.params, exchange.caller
        )
        exchange.staged = None  # the operation keeps it
        body = exchange.answer.get("Body")
        if isinstance(body, Content):  # opened at once: no write can come between the read and this
            exchange.file = self.dispatch.store.open(body.extents)

    def render(self, exchange: Exchange) -> None:
        """Write the response."""
        exchange.response = _operation(exchange).render(exchange.answer, exchange.request_id)
        if "ContentRange" in exchange.answer:
            exchange.response.status = 206

    async def _gather(self, exchange: Exchange) -> None:
        body = await read_body(exchange.read, MOST_GATHERED)
        if body is None:
            raise AwsError("RequestEntityTooLarge", f"The request has more than {MOST_GATHERED} bytes.", 413)
        exchange.request.body = body
        exchange.gathered = True

    async def _stage(self, exchange: Exchange) -> None:
        blobs, headers = self.dispatch.store.blobs, exchange.request.headers
        exchange.staged = await stage(exchange.read, blobs, headers, exchange.payload_hash, exchange.seal)
        exchange.request.body = exchange.staged


def _bearer(request: Request) -> Caller:
    """Nobody in particular, in the account and region of the topic that a link of SNS's names."""
    fields = read_form(request)
    try:
        named = parse_arn(fields.get("TopicArn") or fields.get("SubscriptionArn", ""))
    except ValueError:
        return Caller(DEFAULT_ACCOUNT, DEFAULT_REGION, "")
    return Caller(named.account, named.region, "")


def _operation(exchange: Exchange) -> Operation:
    assert exchange.operation is not None
    return exchange.operation
