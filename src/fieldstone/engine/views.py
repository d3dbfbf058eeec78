"""The view of one task: which of our folders its program sees where, and which it does not."""

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from fieldstone.contract.paths import Layout
from fieldstone.engine.ability import BASE, Ability
from fieldstone.engine.sandbox import View, Window, outermost
from fieldstone.engine.task import Task, TaskFolder

_LOOPBACK: Final = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"


def make_view(task_id: str, task: Task, folder: TaskFolder, ability: Ability, data_dir: Path) -> View:
    """The view for a task, and its folder made ready to be seen.

    Args:
        task_id: The task, which decides on its user.
        task: What is to run.
        folder: The task's folder, in which the contract is laid out.
        ability: What works here.
        data_dir: The folder of everything that no program may see.
    """
    user = ability.user(task_id)
    folder.contract.mkdir(exist_ok=True)
    folder.hosts.write_text(_LOOPBACK + "".join(f"{address}\t{name}\n" for name, address in task.hosts.items()))
    folder.hosts.chmod(0o644)  # it is read by whoever looks up a name
    if user is not None:
        _hand_over((folder.run, folder.scratch, folder.contract), user)
    hidden = [os.path.realpath(data_dir), *_home()]
    read = (*_own(), *task.needs)
    needed = [place for path in read if Path(path).exists() for place in (path, os.path.realpath(path))]
    hidden += _closed_above(needed) if user is not None else []
    windows = [
        Window(str(folder.contract), BASE, writable=True),
        Window(str(folder.run), str(folder.run), writable=True),
        Window(str(folder.scratch), "/tmp", writable=True),  # noqa: S108  # a private one
        Window(str(folder.hosts), "/etc/hosts"),
        *(Window(path, path) for path in outermost(needed) if _is_in(path, (*hidden, "/tmp"))),  # noqa: S108
    ]
    if task.cache is not None:
        windows.append(Window(task.cache, task.cache, writable=True))
    if user is None:  # so it could write to stored files by their second names
        windows += [window for path in task.inputs for window in _linked(Layout(folder.contract).rebase(path), path)]
    return View(tuple(hidden), tuple(windows), user, task.host)


def _own() -> list[str]:
    """What our interpreter reads."""
    return [sys.prefix, sys.base_prefix, *(entry for entry in sys.path if Path(entry).is_absolute())]


def _home() -> list[str]:
    """The home of who runs the server, with keys of all kinds in it."""
    home = os.path.realpath(Path.home())
    return [home] if home != "/" and Path(home).is_dir() else []


def _closed_above(paths: Iterable[str]) -> list[str]:
    """The folders above these paths that other users cannot enter."""
    return [
        str(folder)
        for path in paths
        for folder in Path(os.path.realpath(path)).parents
        if not folder.stat().st_mode & stat.S_IXOTH
    ]


def _is_in(path: str, folders: Iterable[str]) -> bool:
    return any(Path(os.path.realpath(path)).is_relative_to(folder) for folder in folders)


def _linked(folder: Path, place: str) -> Iterator[Window]:
    """Windows, each read-only, on the files in a folder that are second names of others."""
    for parent, _, names in os.walk(folder):
        for file in (Path(parent, name) for name in names):
            if file.lstat().st_nlink > 1:
                yield Window(str(file), f"{place}/{file.relative_to(folder)}")


def _hand_over(folders: Iterable[Path], user: int) -> None:
    """Make folders and what is in them a user's, but for files that are linked to ones of ours."""
    for top in folders:
        os.chown(top, user, user)
        for folder, names, files in os.walk(top):
            for name in names:
                os.chown(Path(folder, name), user, user, follow_symlinks=False)
            for name in files:
                file = Path(folder, name)
                if file.lstat().st_nlink == 1:
                    os.chown(file, user, user, follow_symlinks=False)
