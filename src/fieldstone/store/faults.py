"""What the disk and the database refuse: told apart, and put into words for whoever has to mend it."""

import errno
import sqlite3
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Fault:
    """A failure of the machine, not of the program.

    Attributes:
        words: What is the matter, and what to do.
        passing: Whether the same request will do once it is mended; else what it asks for is damaged.
    """

    words: str
    passing: bool


FULL: Final = Fault(
    "The disk with the data folder is full: nothing was written. Make room, and try again.", passing=True
)
_CLOSED: Final = Fault(
    "The data folder cannot be written to: nothing was done. Let it be, and try again.", passing=True
)
_CROWDED: Final = Fault("The server has too many files and connections open. Try again in a moment.", passing=True)
_TIGHT: Final = Fault("The server has no memory for this. Try again in a moment.", passing=True)
_LOCKED: Final = Fault("Another process holds the database: nothing was written. Try again in a moment.", passing=True)
_LOST: Final = Fault("What is asked for cannot be read from the disk; the server's log names the file.", passing=False)

_BY_ERRNO: Final = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), FULL),
    errno.EROFS: _CLOSED,
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), _CROWDED),
    errno.ENOMEM: _TIGHT,
}
_BY_CODE: Final = {
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_READONLY: _CLOSED,
    sqlite3.SQLITE_CANTOPEN: _CROWDED,
    sqlite3.SQLITE_NOMEM: _TIGHT,
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
}


def fault_of(error: BaseException) -> Fault | None:
    """What is the matter with the machine, if an error comes from there; None for one of the program's own."""
    if isinstance(error, sqlite3.OperationalError):
        code: int | None = getattr(error, "sqlite_errorcode", None)
        return None if code is None else _BY_CODE.get(code & 0xFF, _LOST)
    if isinstance(error, MemoryError):
        return _TIGHT
    if isinstance(error, OSError):
        return _BY_ERRNO.get(error.errno or 0, _LOST)
    return None
