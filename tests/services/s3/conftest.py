"""A client and a bucket of a fresh account."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.conftest import Server


@pytest.fixture
def s3(aws: Callable[..., Any]) -> Any:
    return aws("s3")


@pytest.fixture
def put(s3: Any, bucket: str) -> Callable[..., dict[str, Any]]:
    """Put an object into the bucket."""

    def put(key: str = "key", body: bytes = b"0123456789", **members: Any) -> dict[str, Any]:
        return s3.put_object(Bucket=bucket, Key=key, Body=body, **members)

    return put


@pytest.fixture
def get(s3: Any, bucket: str) -> Callable[..., dict[str, Any]]:
    """Get an object of the bucket."""

    def get(key: str = "key", **members: Any) -> dict[str, Any]:
        return s3.get_object(Bucket=bucket, Key=key, **members)

    return get


@pytest.fixture
def keys(s3: Any, bucket: str) -> Callable[[], list[str]]:
    """The keys of all objects in the bucket."""
    return lambda: [item["Key"] for item in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


@pytest.fixture
def stored_files(server: Server) -> Callable[[], set[str]]:
    """The files that hold bytes of objects, whole or not."""

    def stored_files() -> set[str]:
        folders = (server.data_dir / "objects", server.data_dir / "incoming")
        return {path.name for folder in folders for path in folder.rglob("*") if path.is_file()}

    return stored_files
