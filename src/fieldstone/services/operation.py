"""What an operation is: a function, marked as reading or writing, that is given a Context."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

from fieldstone.core.errors import AwsError
from fieldstone.core.ports import Call, UnknownImageError
from fieldstone.core.settings import DEFAULT_HOST, DEFAULT_PORT
from fieldstone.store.logs import LogFiles
from fieldstone.store.objects.extents import Extent
from fieldstone.store.objects.stored import StoredObject
from fieldstone.store.transaction import Transaction

Request = dict[str, Any]
Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and where.

    Attributes:
        account: Twelve digits.
        region: Such as ``us-east-1``.
        arn: The principal, as GetCallerIdentity shows it.
    """

    account: str
    region: str
    arn: str


@dataclass(frozen=True, slots=True)
class Context:
    """What an operation works with.

    Attributes:
        caller: Who asks; ``account`` and ``region`` are its own.
        now: Seconds since the epoch: one moment for the whole operation.
        store: The rows, in the operation's transaction.
        logs: The files of log events.
        call: Runs another service's operation in the same transaction.
        images: Knows the programs behind container images.
        url: The address of this server, without a slash at its end.
    """

    caller: Caller
    now: float
    store: Transaction
    logs: LogFiles
    call: Call
    images: "Images"
    url: str

    @property
    def account(self) -> str:
        """The caller's account."""
        return self.caller.account

    @property
    def region(self) -> str:
        """The caller's region."""
        return self.caller.region

    def metrics_of(self, image: str) -> list[dict[str, str]]:
        """What the program behind an image prints of its progress, as MetricDefinitions.

        Raises:
            UnknownImageError: No program runs for it; says what does.
        """
        return self.images(image)


Images = Callable[[str], list[dict[str, str]]]
"""``Context.metrics_of``, for who plugs it in."""


def no_images(image: str) -> list[dict[str, str]]:
    """Knows no program at all."""
    raise UnknownImageError(f"no program runs here for the image {image}")


Function = Callable[[Context, Request], Answer]


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes in the store that an operation wants a copy of.

    Attributes:
        found: The object they are of.
        extents: Where they are.
        algorithms: The digests to compute of them besides the usual ones.
    """

    found: StoredObject
    extents: list[Extent]
    algorithms: tuple[str, ...]


SourceFinder = Callable[[Context, Request], Source | None]


@dataclass(frozen=True, slots=True)
class Pause:
    """There is nothing to answer yet.

    Attributes:
        uid: The resource of which the next change may bring something.
        seconds: After how long to look again if there is none.
    """

    uid: int
    seconds: float


Patience = Callable[[Context, Request, float], Pause | None]
"""Whether an operation that was asked for at a time should wait; None where it should be performed, or give up."""


@dataclass(frozen=True, slots=True)
class Handler:
    """An operation.

    Attributes:
        function: What it does.
        writes: Whether it writes.
        source: Says which bytes are to be copied before it is done; the request then has the copy as ``Body``, a Blob,
            and the object they are of as ``Source``. None where there is nothing to copy.
        documents: Whether it only keeps or shows documents: nothing else happens because of it.
        patience: Says whether to wait before it is performed, and again while it answers nothing.
    """

    function: Function
    writes: bool
    source: SourceFinder | None = None
    documents: bool = False
    patience: Patience | None = None


def read(function: Function) -> Handler:
    """Mark an operation that only reads."""
    return Handler(function, writes=False)


def write(function: Function) -> Handler:
    """Mark an operation that writes; it is answered after its commit."""
    return Handler(function, writes=True)


def copy(source: SourceFinder) -> Callable[[Function], Handler]:
    """Mark an operation that writes, and may need a copy of bytes that are in the store."""
    return lambda function: Handler(function, writes=True, source=source)


def patient(patience: Patience) -> Callable[[Function], Handler]:
    """Mark an operation that writes, and may wait until there is something to answer."""
    return lambda function: Handler(function, writes=True, patience=patience)


def document(handler: Handler) -> Handler:
    """Mark an operation, over ``read`` or ``write``, that only keeps or shows a document; ``coverage`` tells it so."""
    return replace(handler, documents=True)


class Registry:
    """Every operation there is, by service and function name.

    Args:
        services: Each service's modules; every ``Handler`` in them is an operation of that name.
        logs: The files of log events.
        images: Knows the programs behind container images.
        url: The address of this server.
    """

    def __init__(
        self,
        services: dict[str, tuple[ModuleType, ...]],
        logs: LogFiles,
        images: Images = no_images,
        url: str = f"http://{DEFAULT_HOST}:{DEFAULT_PORT}",
    ) -> None:
        self._url = url
        self._logs = logs
        self._images = images
        self._handlers = {
            (service, name): handler
            for service, modules in services.items()
            for module in modules
            for name, handler in vars(module).items()
            if isinstance(handler, Handler)
        }

    def find(self, service: str, function: str) -> Handler | None:
        """The operation, if it is built."""
        return self._handlers.get((service, function))

    def context(self, caller: Caller, now: float, store: Transaction) -> Context:
        """What an operation works with in a transaction."""

        def call(service: str, function: str, request: Request, /) -> Answer:
            called = self.find(service, function)
            if called is None:
                raise AwsError("NotImplemented", f"{service} {function} is not built yet.", 501)
            return store.attempt(lambda store: called.function(self.context(caller, now, store), request))

        return Context(caller, now, store, self._logs, call, self._images, self._url)
