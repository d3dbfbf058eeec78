"""Identifiers made here: request ids, access keys, secrets, names of files."""

import random
import secrets
import string
import uuid

_KEY_LETTERS = string.ascii_uppercase + "234567"
_SECRET_LETTERS = string.ascii_letters + string.digits


def request_id() -> str:
    """A fresh request id in AWS's form, a UUID; it is no secret, and from many of them the next could be foretold."""
    letters = f"{random.getrandbits(128):032x}"  # no secret; uuid's own way takes six times as long
    return f"{letters[:8]}-{letters[8:12]}-4{letters[13:16]}-a{letters[17:20]}-{letters[20:]}"


def secret_id() -> str:
    """A fresh UUID that nobody can foretell, for what opens something to whoever knows it."""
    return str(uuid.uuid4())


def opaque_id() -> str:
    """Thirty-two hexadecimal letters that were never given out before: a safe file name."""
    return uuid.uuid4().hex


def access_key_id(*, temporary: bool) -> str:
    """A fresh access key id: ``AKIA…`` for a key that lasts, ``ASIA…`` for a session's."""
    return ("ASIA" if temporary else "AKIA") + _letters(16, _KEY_LETTERS)


def secret_access_key() -> str:
    """A fresh secret of 40 letters, as long as AWS's."""
    return _letters(40, _SECRET_LETTERS)


def session_token() -> str:
    """A fresh session token."""
    return _letters(120, _SECRET_LETTERS)


def unique_id(prefix: str) -> str:
    """A fresh id of an IAM entity, such as ``AROA…`` for a role."""
    return prefix + _letters(17, _KEY_LETTERS)


def _letters(count: int, alphabet: str) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(count))
