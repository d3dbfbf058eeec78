"""Uploads in parts."""

from collections.abc import Callable
from typing import Any

import pytest

MEGABYTE = 1 << 20
FIRST, SECOND, LAST = b"a" * (5 * MEGABYTE), b"b" * (5 * MEGABYTE + 7), b"the end"


class Uploading:
    """An upload in parts, and what is to be told of it at its end."""

    def __init__(self, s3: Any, bucket: str, key: str, **begun_with: Any) -> None:
        self._s3 = s3
        self.at = {"Bucket": bucket, "Key": key}
        self.begun = s3.create_multipart_upload(**self.at, **begun_with)
        self.id = self.begun["UploadId"]
        self.told: dict[int, dict[str, Any]] = {}

    def send(self, number: int, body: bytes, **members: Any) -> dict[str, Any]:
        """Send a part."""
        answer = self._s3.upload_part(**self.at, UploadId=self.id, PartNumber=number, Body=body, **members)
        checksums = {name: value for name, value in answer.items() if name.startswith("Checksum")}
        self.told[number] = {"PartNumber": number, "ETag": answer["ETag"], **checksums}
        return answer

    def complete(self, *numbers: int, **members: Any) -> dict[str, Any]:
        """Complete it with these parts, or with all."""
        listed = [self.told[number] for number in numbers or sorted(self.told)]
        return self.complete_with(listed, **members)

    def complete_with(self, listed: list[dict[str, Any]], **members: Any) -> dict[str, Any]:
        """Complete it with a list of the test's own."""
        return self._s3.complete_multipart_upload(
            **self.at, UploadId=self.id, MultipartUpload={"Parts": listed}, **members
        )

    def abort(self) -> None:
        """Give it up."""
        self._s3.abort_multipart_upload(**self.at, UploadId=self.id)


@pytest.fixture
def begin(s3: Any, bucket: str) -> Callable[..., Uploading]:
    """Begin an upload in parts."""

    def begin(key: str = "key", **members: Any) -> Uploading:
        return Uploading(s3, bucket, key, **members)

    return begin


@pytest.fixture
def three_parts(begin: Callable[..., Uploading]) -> Uploading:
    """An upload with its three parts sent, the second one first."""
    uploading = begin(ContentType="text/csv", Metadata={"a": "1"})
    uploading.send(2, SECOND)
    uploading.send(1, FIRST)
    uploading.send(3, LAST)
    return uploading
