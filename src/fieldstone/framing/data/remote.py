"""Data on S3: brought to a local folder.

The address and the credentials are those of every AWS client: ``AWS_ENDPOINT_URL`` (or ``AWS_ENDPOINT_URL_S3``),
``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``, ``AWS_REGION``, profiles and roles.
"""

from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session

from fieldstone.framing.data.names import suggest
from fieldstone.framing.mistakes import ProblemError

_MAGIC = frozenset("*?[")
_PIECE = 1 << 20


def fetch(address: str, folder: Path) -> list[Path]:
    """Download what the address names into the folder.

    Args:
        address: ``s3://bucket/key``; the key may be a pattern, or end in ``/`` for everything under it.
        folder: Where the files go, under their keys' last parts, numbered in the order of their keys.

    Raises:
        ProblemError: The address is incomplete, names nothing, or S3 cannot be asked.
    """
    bucket, _, key = address.removeprefix("s3://").partition("/")
    if not bucket or not key:
        raise ProblemError(f"data.path: {address!r} names no object. Write s3://bucket/key, such as s3://mine/a.csv.")
    try:
        client = get_session().create_client("s3")
        return [_download(client, bucket, each, folder) for each in _keys(client, bucket, key)]
    except (BotoCoreError, ClientError) as error:
        raise ProblemError(
            f"data.path: {address!r} cannot be read: {error}. Check the bucket's name, AWS_ENDPOINT_URL (where S3 is), "
            f"AWS_REGION and the credentials (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)."
        ) from error


def _keys(client: Any, bucket: str, key: str) -> list[str]:
    """The keys that a key, a folder or a pattern names, in order."""
    prefix = key[: next((place for place, letter in enumerate(key) if letter in _MAGIC), len(key))]
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    found = [each["Key"] for page in pages for each in page.get("Contents", []) if each["Size"]]
    wanted = [each for each in found if each == key or fnmatchcase(each, f"{key}*" if key.endswith("/") else key)]
    if not wanted:
        raise ProblemError(f"data.path: s3://{bucket} has no object {key!r}. {_nearest(client, bucket, key)}")
    return sorted(wanted)


def _nearest(client: Any, bucket: str, key: str) -> str:
    """What lies nearest to a key that is not there, of the bucket's first thousand."""
    first = client.list_objects_v2(Bucket=bucket).get("Contents", [])
    return suggest(key, [each["Key"] for each in first]) if first else "The bucket is empty: upload the data first."


def _download(client: Any, bucket: str, key: str, folder: Path) -> Path:
    """One object as a file."""
    place = folder / f"{len(list(folder.iterdir())):06d}-{Path(key).name}"
    body = client.get_object(Bucket=bucket, Key=key)["Body"]
    with place.open("wb") as file:
        for piece in body.iter_chunks(_PIECE):
            file.write(piece)
    return place
