"""Keys, what a signature says it is for, and what is known of a request once its signature is found to be right."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Generic, NamedTuple, TypeVar
from urllib.parse import unquote

from fieldstone.core.settings import DEFAULT_REGION
from fieldstone.wire.http import Request

UNSIGNED: Final = "UNSIGNED-PAYLOAD"
EXPECTED_CREDENTIAL: Final = (
    'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
)

_CREDENTIAL: Final = re.compile(r"Credential=([^,\s]+)")
_CREDENTIAL_FIELD: Final = re.compile(r"(?:^|&)X-Amz-Credential=([^&]+)")
_OLD_KEY: Final = re.compile(r"AWS ([^:]+):")
_OLD_KEY_FIELD: Final = re.compile(r"(?:^|&)AWSAccessKeyId=([^&]+)")


@dataclass
class Credential:
    """A key a request may be signed with.

    Attributes:
        access_key: Its public part.
        secret_key: What signs.
        session_token: Has to be sent along, where there is one.
        account: Whose key it is, twelve digits.
        expires: When it stops working, in seconds since the epoch; None never.
    """

    access_key: str
    secret_key: str
    session_token: str | None
    account: str
    expires: float | None = None


C = TypeVar("C", bound=Credential)


class Scope(NamedTuple):
    """What a signature says it is for.

    Attributes:
        access_key: The key's public part.
        date: The day, ``YYYYMMDD``; empty in Version 2.
        region: Such as ``us-east-1``, which Version 2 is taken to mean.
        service: The signing name, such as ``sagemaker``; ``s3`` in Version 2.
    """

    access_key: str
    date: str
    region: str
    service: str


@dataclass(frozen=True, slots=True)
class Seal:
    """What the signatures of a body's chunks are made with, one after another.

    Attributes:
        access_key: The key's public part.
        key: The signing key of the day, region and service.
        time: As it was signed, ``YYYYMMDDTHHMMSSZ``.
        scope: ``day/region/service/aws4_request``.
        signature: The request's own, in hexadecimal: the first chunk's signature follows it.
    """

    access_key: str
    key: bytes
    time: str
    scope: str
    signature: str


class Verified(NamedTuple, Generic[C]):
    """A request whose signature is right.

    Attributes:
        credential: The key it was signed with.
        region: The region it was signed for.
        service: The signing name it was signed for.
        payload_hash: SHA-256 of the body in hexadecimal: of S3's as declared (it may be ``UNSIGNED-PAYLOAD`` or
            ``STREAMING-…``; who reads the body compares), of others as computed.
        seal: What a body in chunks is verified with, where there is one.
    """

    credential: C
    region: str
    service: str
    payload_hash: str
    seal: Seal | None = None


def scope(request: Request) -> Scope | None:
    """What a request says it is signed for, without verifying anything; None where it says nothing readable."""
    header = request.headers.get("authorization")
    if header is None:
        return _scope_of_query(request.query) if request.query else None
    found = _CREDENTIAL.search(header)
    if found is not None:
        return read_scope(found[1])
    old = _OLD_KEY.match(header)
    return Scope(old[1], "", DEFAULT_REGION, "s3") if old else None


def _scope_of_query(query: str) -> Scope | None:
    found = _CREDENTIAL_FIELD.search(query)
    if found is not None:
        return read_scope(unquote(found[1]))
    old = _OLD_KEY_FIELD.search(query)
    return Scope(unquote(old[1]), "", DEFAULT_REGION, "s3") if old else None


@lru_cache(maxsize=1024)
def read_scope(credential: str) -> Scope | None:
    """The parts of a credential; a key may hold slashes, so they are counted from the end."""
    parts = credential.rsplit("/", 4)
    return Scope(*parts[:4]) if len(parts) == 5 and parts[4] == "aws4_request" and parts[0] else None
