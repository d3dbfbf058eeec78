"""Putting stored bytes where a task finds them, without copying them where the system allows it."""

import fcntl
import os
import shutil
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_FICLONE: Final = 0x40049409  # ioctl_ficlone(2): share the bytes until one side is written to
_READABLE: Final = 0o444
_LARGE: Final = 1 << 20


def place(sources: Sequence[Path], target: Path, *, may_link: bool) -> None:
    """Make one file of several, one after the other.

    Args:
        sources: Files that nobody writes to any more.
        target: The file to make.
        may_link: Who reads the target cannot write to it. Then one source alone becomes a second name of itself, for
            everybody to read; its bytes stay as long as either name does.
    """
    if not (may_link and len(sources) == 1 and _is_large(sources[0]) and _link(sources[0], target)):
        join(sources, target)


def join(sources: Sequence[Path], target: Path) -> None:
    """Make one file of several, one after the other; of one alone it is a clone."""
    if len(sources) == 1:
        clone(sources[0], target)
        return
    with target.open("wb") as writing:
        for source in sources:
            with source.open("rb") as reading:
                _append(reading.fileno(), writing.fileno())


def clone(source: Path, target: Path) -> None:
    """Copy a file; where the file system can, both share their bytes until one of them is written to."""
    with source.open("rb") as reading, target.open("wb") as writing:
        try:
            fcntl.ioctl(writing, _FICLONE, reading.fileno())
        except OSError:
            shutil.copyfileobj(reading, writing, 1 << 20)


def _is_large(source: Path) -> bool:
    """Whether a copy would cost more than it is worth: a small file of its own can be changed, made executable too."""
    return source.stat().st_size >= _LARGE


def _link(source: Path, target: Path) -> bool:
    """Give a file a second name; False where the system refuses: another file system, too many names."""
    try:
        if stat.S_IMODE(source.stat().st_mode) != _READABLE:
            source.chmod(_READABLE)
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:
        return False
    return True


def _append(source: int, target: int) -> None:
    """Append a file in the kernel, where the file systems may share its bytes."""
    while os.copy_file_range(source, target, 1 << 30):
        pass
