"""Browsers' forms, multipart/form-data: the fields first, then one file, which is read as it comes.

What follows the file is ignored, as S3 does.
"""

import re
from typing import Final

from fieldstone.core.errors import AwsError

MEDIA_TYPE: Final = "multipart/form-data"

_BOUNDARY: Final = re.compile(r'boundary=(?:"([^"]{1,70})"|([^\s;,"]{1,70}))', re.IGNORECASE)
_MOST_BEFORE_FILE: Final = 20480
"""Bytes of the longest fields before the file."""
_PARAMETER: Final = re.compile(r';\s*(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))')
_ESCAPED: Final = re.compile(r'\\(["\\])')
_FOLDERS: Final = re.compile(r".*[/\\]", re.DOTALL)


class FormReader:
    """Takes a form apart, whatever pieces it comes in.

    Attributes:
        fields: By name in lower case; what was sent under one name several times is joined by commas.
        filename: What the client calls the file, without folders; None where it says nothing.
    """

    def __init__(self, content_type: str) -> None:
        found = _BOUNDARY.search(content_type)
        if found is None:
            raise malformed_form()
        self.fields: dict[str, str] = {}
        self.filename: str | None = None
        self._delimiter = b"\r\n--" + (found[1] or found[2]).encode("latin-1")
        self._read = 0
        self._pending = b"\r\n"  # a delimiter begins with the end of the line before, the first one has none

    def read_fields(self, data: bytes) -> bool:
        """Read on; True once the file's own bytes are next.

        Raises:
            AwsError: It is no form, its fields are too long, or it ends without a file.
        """
        self._pending += data
        while (part := self._part()) is not None:
            name, filename, start = part
            if name == "file":
                self.filename = filename
                self._drop(start)
                return True
            end = self._pending.find(self._delimiter, start)
            if end < 0:
                break
            self._keep(name, self._pending[start:end])
            self._drop(end)
        self._check_length(len(self._pending))
        return False

    def read_file(self, data: bytes) -> tuple[bytes, bool]:
        """The file's next bytes, as far as they are known, and whether these were the last."""
        rest = self._pending + data
        end = rest.find(self._delimiter)
        if end >= 0:
            return rest[:end], True
        kept = len(self._delimiter) - 1
        self._pending = rest[-kept:]
        return rest[:-kept], False

    def _part(self) -> tuple[str, str | None, int] | None:
        """The next part's name, its file's name and where its content begins; None where its head is not whole."""
        found = self._pending.find(self._delimiter)
        after = found + len(self._delimiter)
        if found >= 0 and self._pending[after : after + 2] == b"--":
            raise no_file()
        begin = self._pending.find(b"\r\n", after)
        end = self._pending.find(b"\r\n\r\n", begin)
        if found < 0 or begin < 0 or end < 0:
            return None
        return (*_read_disposition(_text(self._pending[begin:end])), end + 4)

    def _drop(self, size: int) -> None:
        """Leave the bytes behind that were read."""
        self._check_length(size)
        self._read += size
        self._pending = self._pending[size:]

    def _check_length(self, more: int) -> None:
        if self._read + more > _MOST_BEFORE_FILE:
            words = "Your POST request fields preceding the upload file were too large."
            shown = {"MaxPostPreDataLengthBytes": _MOST_BEFORE_FILE}
            raise AwsError("MaxPostPreDataLengthExceeded", words, 400, **shown)

    def _keep(self, name: str, content: bytes) -> None:
        text = _text(content)
        self.fields[name] = f"{self.fields[name]},{text}" if name in self.fields else text


def _read_disposition(headers: str) -> tuple[str, str | None]:
    """The name of a part, in lower case, and its file's, of which only the last step of a path is kept."""
    line = next((line for line in headers.split("\r\n") if line.lower().startswith("content-disposition:")), "")
    found = {name.lower(): _ESCAPED.sub(r"\1", quoted) or plain for name, quoted, plain in _PARAMETER.findall(line)}
    if "name" not in found:
        raise malformed_form()
    filename = found.get("filename")
    return found["name"].lower(), None if filename is None else _FOLDERS.sub("", filename)


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise malformed_form() from None


def malformed_form() -> AwsError:
    """The error for a form that cannot be read."""
    words = "The body of your POST request is not well-formed multipart/form-data."
    return AwsError("MalformedPOSTRequest", words)


def no_file() -> AwsError:
    """The error for a form without a file."""
    words = "POST requires exactly one file upload per request."
    return AwsError("InvalidArgument", words, ArgumentName="file", ArgumentValue="0")
