"""Pages of what is at hand as a list."""

import base64
import binascii
from collections.abc import Sequence
from typing import Final, TypeVar

from fieldstone.store.resources import InvalidTokenError

T = TypeVar("T")

_LONGEST: Final = 24


def cut_page(items: Sequence[T], limit: int, token: str | None) -> tuple[list[T], str | None]:
    """The page of a list that a token asks for, and the token of the next one if there is one.

    Raises:
        InvalidTokenError: The token was not made here.
    """
    start = 0 if token is None else _parse(token)
    end = start + limit
    following = base64.urlsafe_b64encode(b"from:%d" % end).decode() if end < len(items) else None
    return list(items[start:end]), following


def _parse(token: str) -> int:
    try:
        word, _, number = base64.b64decode(token, b"-_", validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise InvalidTokenError(token) from None
    if word != "from" or not number.isdecimal() or len(number) > _LONGEST:
        raise InvalidTokenError(token)
    return int(number)
