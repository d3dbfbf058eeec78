"""CBOR, as much of it as Smithy's protocol has: plain values, and a tag for moments."""

from collections.abc import Callable
from typing import Any, Final

import cbor2

from fieldstone.wire.scalars import seconds

_MOMENT: Final = 1

# What the library would make objects of: texts, rationals, patterns, references, sets, addresses and their kin.
_STRANGE: Final = (0, 4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000, 55799)


def _plain(value: Any, immutable: bool) -> Any:  # noqa: ARG001, FBT001  # as the library calls it
    return value


def _refuse(value: Any, immutable: bool) -> Any:  # noqa: ARG001, FBT001  # the same
    raise ValueError("a tag that is no part of the protocol")


_DECODERS: Final[dict[int, Callable[[Any, bool], Any]]] = dict.fromkeys(_STRANGE, _refuse) | {_MOMENT: _plain}


def read(body: bytes) -> Any:
    """A body as a value; moments are numbers of seconds, names are text.

    Raises:
        ValueError: It is no CBOR, or more than the protocol has.
    """
    try:
        return cbor2.loads(body, tag_hook=_refuse, semantic_decoders=_DECODERS, strict_hashable_types=True)
    except (cbor2.CBORError, RecursionError) as error:
        raise ValueError(f"Could not parse request body into cbor: {error}") from None


write: Final = cbor2.dumps


def write_time(moment: Any) -> cbor2.CBORTag:
    """A moment, given as seconds or as an aware datetime."""
    return cbor2.CBORTag(_MOMENT, seconds(moment))
