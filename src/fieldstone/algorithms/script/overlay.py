"""Virtual environments on top of the one that this program runs in: what is there need not be installed again."""

import sys
import venv
from collections.abc import Iterable
from pathlib import Path


def make_overlay(home: Path, *first: str, with_pip: bool = False) -> None:
    """Make an environment that looks into these folders, then its own libraries, then those of this program."""
    venv.create(home, symlinks=True, with_pip=with_pip)
    if first:
        lines = "".join(f"import sys; {folder!r} in sys.path or sys.path.insert(0, {folder!r})\n" for folder in first)
        (libraries_of(home) / "0-first.pth").write_text(lines)
    look_into(home, "9-below", library_folders())


def look_into(home: Path, name: str, folders: Iterable[str]) -> None:
    """Have an environment look into more folders of libraries; the order is that of the names."""
    lines = "".join(f"import site; site.addsitedir({folder!r})\n" for folder in folders)
    (libraries_of(home) / f"{name}.pth").write_text(lines)


def libraries_of(home: Path) -> Path:
    """The folder of an environment's own libraries."""
    return home / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"


def library_folders() -> list[str]:
    """The folders of libraries that this program looks into."""
    return [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
