"""How S3 walks over keys: page by page, leaping over what a delimiter folds into one common prefix."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Protocol, TypeVar
from urllib.parse import quote

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Request
from fieldstone.store.objects.stored import end_of_prefix

MOST: Final = 1000
_FIRST_BATCH: Final = 8


class Keyed(Protocol):
    """Something that stands under a key."""

    @property
    def key(self) -> bytes:
        """UTF-8."""
        ...


T = TypeVar("T", bound=Keyed)
Fetch = Callable[[bytes, bytes, int], Sequence[T]]
"""Gives up to so many entries with ``start <= key < end``, in order."""


@dataclass(frozen=True, slots=True)
class Walk:
    """What a list asks for.

    Attributes:
        prefix: With which keys begin.
        delimiter: Up to the first one after the prefix, keys are folded into one; empty for no folding.
        most: How many entries and common prefixes a page has at the most.
    """

    prefix: str
    delimiter: str
    most: int

    def fold(self, key: str) -> str | None:
        """The common prefix under which a key is folded."""
        if not self.delimiter:
            return None
        cut = key.find(self.delimiter, len(self.prefix))
        return None if cut < 0 else key[: cut + len(self.delimiter)]

    def past(self, after: str) -> bytes:
        """Where a page begins that follows ``after``, which may be a common prefix."""
        if not after:
            return b""
        folded = self.fold(after) if after.startswith(self.prefix) else None
        return end_of_prefix(after.encode()) if folded == after else after.encode() + b"\0"


@dataclass(slots=True)
class Found(Generic[T]):
    """One page.

    Attributes:
        entries: What is not folded.
        prefixes: The common prefixes.
        last: The last of both, where there is more.
    """

    entries: list[T] = field(default_factory=list[Any])
    prefixes: list[str] = field(default_factory=list[str])
    last: str | None = None

    def __len__(self) -> int:
        """Entries and common prefixes together."""
        return len(self.entries) + len(self.prefixes)


def walk_page(walk: Walk, start: bytes, fetch: Fetch[T], into: Found[T] | None = None) -> Found[T]:
    """Collect a page, or the rest of one, from ``start`` on.

    Everything below a common prefix is leapt over with one look-up; batches grow while nothing is folded.
    """
    found = Found[T]() if into is None else into
    start, end = max(start, walk.prefix.encode()), end_of_prefix(walk.prefix.encode())
    last = found.entries[-1].key.decode() if found.entries else ""
    size = _FIRST_BATCH if walk.delimiter else walk.most + 1
    while batch := fetch(start, end, size):
        leapt = False
        for item in batch:
            if len(found) == walk.most:
                found.last = last
                return found
            last = item.key.decode()
            folded = walk.fold(last)
            if folded is not None:
                last = folded
                found.prefixes.append(folded)
                start, leapt = end_of_prefix(folded.encode()), True
                break
            found.entries.append(item)
            start = item.key + b"\0"
        if not leapt and len(batch) < size:
            break
        size = 1 if leapt else min(size * 4, walk.most + 1)
    return found


def read_walk(request: Request, limit: str) -> Walk:
    """What a list's request asks for; ``limit`` is the member that holds the size of a page.

    Raises:
        AwsError: InvalidArgument: the limit is negative.
    """
    wanted: int = request.get(limit, MOST)
    if wanted < 0:
        name = limit[0].lower() + limit[1:]
        raise AwsError(
            "InvalidArgument",
            f"Argument {name} must be an integer between 0 and 2147483647",
            ArgumentName=name,
            ArgumentValue=wanted,
        )
    return Walk(request.get("Prefix", ""), request.get("Delimiter", ""), min(wanted, MOST))


def encoded(request: Request, text: Any) -> Any:
    """A key or a prefix as the request wants it written."""
    return quote(text, safe="/-_.~*") if text and request.get("EncodingType") == "url" else text


def common_prefixes(request: Request, prefixes: list[str]) -> list[dict[str, Any]] | None:
    """The common prefixes of a page."""
    return [{"Prefix": encoded(request, prefix)} for prefix in prefixes] or None
