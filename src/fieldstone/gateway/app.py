"""The app: a request comes in, an answer goes out."""

from collections.abc import Awaitable, Callable

from fieldstone.core.clock import Clock
from fieldstone.core.errors import AwsError
from fieldstone.core.prediction import Routes
from fieldstone.core.settings import DataDir, Settings
from fieldstone.gateway.admin import Admin
from fieldstone.gateway.answers import send
from fieldstone.gateway.conversation import ClientGoneError, Conversation
from fieldstone.gateway.cors import Cors
from fieldstone.gateway.exchange import Exchange
from fieldstone.gateway.failures import failure
from fieldstone.gateway.forms import Forms
from fieldstone.gateway.invocations import Invocations
from fieldstone.gateway.keyring import Keyring, owner_key
from fieldstone.gateway.steps import Steps
from fieldstone.services.catalog import SERVICES
from fieldstone.services.dispatch import Dispatch
from fieldstone.store.objects.reading import Reading
from fieldstone.wire.addressing import settle
from fieldstone.wire.catalog import Catalog
from fieldstone.wire.http import Response


def make_app(
    settings: Settings, dispatch: Dispatch, routes: Routes, clock: Clock, reset: Callable[[], Awaitable[None]] | None
) -> "App":
    """The app over a store and a routing table; ``reset`` clears everything, where that is allowed."""
    catalog = Catalog(list(SERVICES), DataDir(settings.data_dir).models)
    keyring = Keyring(dispatch.store, owner_key(DataDir(settings.data_dir).owner_key))
    steps = Steps(settings, catalog, keyring, dispatch, clock)
    return App(steps, Invocations(settings, catalog, keyring, routes, clock), Admin(reset))


class App:
    """Takes every request, by one of three ways."""

    def __init__(self, steps: Steps, invocations: Invocations, admin: Admin) -> None:
        self._invocations = invocations
        self._admin = admin
        self._catalog: Catalog = steps.catalog
        self._cors = Cors(steps.dispatch.store)
        self._release = steps.dispatch.store.release
        self._forms = Forms(steps)
        self._steps: tuple[Callable[[Exchange], Awaitable[None] | None], ...] = (
            steps.gather_early,
            steps.route,
            steps.gather,
            steps.authenticate,
            steps.stage_upload,
            steps.parse,
            steps.validate,
            steps.perform,
            steps.render,
        )

    async def converse(self, conversation: Conversation) -> None:
        """Answer one request."""
        try:
            if self._invocations.takes(conversation.request):
                await self._send(conversation, await self._invocations.answer(conversation), None)
            else:
                await self._converse(conversation)
        except ClientGoneError:
            return

    async def _converse(self, conversation: Conversation) -> None:
        exchange = Exchange(conversation.request, conversation.read)
        try:
            response = await self._respond(exchange)
            await self._send(conversation, response, exchange.file)
        finally:
            if exchange.file is not None:
                exchange.file.close()

    async def _send(self, conversation: Conversation, response: Response, file: Reading | None) -> None:
        request = conversation.request
        if "origin" in request.headers:
            self._cors.allow(request, response)
        await send(conversation, response, file)

    async def _respond(self, exchange: Exchange) -> Response:
        try:
            return await self._take_way(exchange)
        except AwsError as error:
            return self._render_error(exchange, error)
        except ClientGoneError:
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, the client gets an answer and no traceback
            return self._render_error(exchange, failure(error, exchange.request_id))

    async def _take_way(self, exchange: Exchange) -> Response:
        request = exchange.request
        if request.path.startswith("/_fieldstone/"):
            return await self._admin.answer(request)
        if request.method == "OPTIONS":
            return self._preflight(exchange)
        return await self._answer(exchange)

    def _preflight(self, exchange: Exchange) -> Response:
        settle(exchange.request)
        return self._cors.preflight(exchange.request)

    async def _answer(self, exchange: Exchange) -> Response:
        try:
            if self._forms.takes(exchange.request):
                await self._forms.perform(exchange)
            else:
                await self._take_steps(exchange)
        finally:
            if exchange.staged is not None:
                self._release(exchange.staged.id)
        assert exchange.response is not None
        return exchange.response

    async def _take_steps(self, exchange: Exchange) -> None:
        for step in self._steps:
            waiting = step(exchange)
            if waiting is not None:
                await waiting

    def _render_error(self, exchange: Exchange, error: AwsError) -> Response:
        if exchange.operation is None:
            return self._catalog.render_error(exchange.request, error, exchange.request_id)
        return exchange.operation.render_error(error, exchange.request_id)
