"""The Range header."""

import re
from typing import Final

from fieldstone.core.errors import AwsError

_RANGE: Final = re.compile(r"bytes=(\d{0,40})-(\d{0,40})")


def parse_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Where the range that is asked for begins, and its length; None where everything is to be sent.

    A header that is no range, or several, is ignored, as HTTP has it.

    Raises:
        AwsError: InvalidRange (416), where the range lies past the object's end.
    """
    match = _RANGE.fullmatch(header or "")
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if (first and start >= size) or (not first and int(last) == 0):
        raise AwsError(
            "InvalidRange", "The requested range is not satisfiable", 416, RangeRequested=header, ActualObjectSize=size
        )
    return (start, end - start + 1) if start <= end else None
