"""Environments with what a user's code wants: each made once, kept, and shared by all jobs that want the same."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from fieldstone.algorithms.script import log
from fieldstone.algorithms.script.overlay import make_overlay
from fieldstone.algorithms.script.reasons import describe, tail
from fieldstone.algorithms.script.requirements import Requirements
from fieldstone.contract.training import UserError

_READY: Final = ".ready"
_LAST_LINES: Final = 12
_QUICK: Final = {"PIP_RETRIES": "2", "PIP_DEFAULT_TIMEOUT": "15", "PIP_NO_INPUT": "1"}
"""Without a network pip would go on trying for a minute or more."""
_NO_NETWORK: Final = (
    "NewConnectionError",
    "Failed to establish",
    "name resolution",
    "ProxyError",
    "RemoteDisconnected",
)
_NO_NETWORK_WORDS: Final = (
    "pip could not reach its package index: there is no network, or PIP_INDEX_URL leads nowhere. "
    "Give the job's Environment a PIP_INDEX_URL that can be reached, or put the wheels beside requirements.txt"
)


def find_cache() -> Path:
    """The folder in which environments are kept."""
    return Path(os.environ.get("FIELDSTONE_CACHE") or Path.home() / ".cache" / "fieldstone")


def prepare(wanted: Requirements, cache: Path) -> Path:
    """The folder of an environment that has what is wanted; one that is there is used as it is.

    Raises:
        UserError: pip cannot install it; with its last words.
    """
    home = _home(cache, wanted.digest())
    if (home / _READY).exists():
        log.info(f"Using the environment that was made for {' '.join(wanted.arguments)}: {home}")
        return home
    with _locked(home):
        if not (home / _READY).exists():  # nobody else made it while this one waited
            _make(home, wanted, cache)
    return home


def _home(cache: Path, name: str) -> Path:
    folder = cache / "environments"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK)
    except OSError:
        writable = False
    if not writable and not (folder / name / _READY).exists():
        log.warn(f"The cache {cache} cannot be written to: the environment of this job is not kept")
        folder = Path(tempfile.mkdtemp(prefix="environments-"))
    return folder / name


@contextmanager
def _locked(home: Path) -> Generator[None]:
    """Hold the lock of an environment that is being made; the kernel takes it from a maker that dies."""
    descriptor = os.open(home.with_suffix(".lock"), os.O_RDONLY | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _make(home: Path, wanted: Requirements, cache: Path) -> None:
    """Make an environment. It counts as there when its last file is."""
    log.info(f"Installing {' '.join(wanted.arguments)} into a new environment: {home}")
    if home.exists():  # a maker that died left it behind; it may have been another user, whose files stay
        shutil.rmtree(home.rename(tempfile.mkdtemp(prefix="left-", dir=home.parent)), ignore_errors=True)
    make_overlay(home, with_pip=find_spec("pip") is None)
    try:
        _install(home, wanted, cache)
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        raise
    (home / _READY).touch()


def _install(home: Path, wanted: Requirements, cache: Path) -> None:
    command = ["-m", "pip", "install", *wanted.arguments]
    options = ["--disable-pip-version-check", "--progress-bar", "off", "--no-warn-script-location"]
    environment = _QUICK | {"PIP_CACHE_DIR": str(cache / "pip")} | os.environ
    environment.pop("PYTHONPATH", None)
    said: deque[str] = deque(maxlen=200)
    with subprocess.Popen(  # noqa: S603 - the user's own requirements, as the contract has it
        [str(home / "bin" / "python"), *command, *options],
        cwd=wanted.folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as pip:
        for line in pip.stdout or ():
            said.append(line)
            sys.stdout.write(line)
            sys.stdout.flush()
    if pip.returncode:
        kind = "InstallModuleError" if "." in wanted.arguments else "InstallRequirementsError"
        raise UserError(describe(kind, pip.returncode, _explain(said), ["python3", *command]))


def _explain(said: deque[str]) -> str:
    """The last words of pip; of a network that is not there it speaks long before."""
    offline = any(word in line for line in said for word in _NO_NETWORK)
    words = tail("".join(line for line in said if not line.startswith("WARNING:")), _LAST_LINES)
    return f"{words}\n{_NO_NETWORK_WORDS}" if offline else words
