"""Which program stands behind a container image.

Each built-in algorithm brings a manifest, ``algorithm.toml``, beside its program; it is read, the program is not
imported. An image is told by its repository and tag: the registry's account and region do not matter.
"""

import os
import re
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from fieldstone.core.ports import UnknownImageError

_ALGORITHMS: Final = Path(__file__).parent.parent / "algorithms"
_NAME: Final = re.compile(r"[A-Za-z0-9][\w.-]{0,127}")
_URI: Final = re.compile(r"(?:(?P<registry>[^/]+)/)?(?P<repository>[^:@]+)(?::(?P<tag>[^@]+))?(?:@.*)?")


@dataclass(frozen=True, slots=True)
class Metric:
    """A number that a program prints: its name and the pattern that finds it in a log line."""

    name: str
    regex: str


@dataclass(frozen=True, slots=True)
class Program:
    """What runs for an image.

    Attributes:
        argv: The command that takes ``train`` or ``serve`` as its last argument; ``{folder}`` stands for the folder of
            the task, which so can be seen on the command line.
        metrics: What it prints of its progress.
        needs: Files and folders of the owner's that it reads.
        own: Whether it is an executable of the owner's, which takes any arguments.
    """

    argv: tuple[str, ...]
    metrics: tuple[Metric, ...] = ()
    needs: tuple[str, ...] = ()
    own: bool = False

    def command(self, folder: Path, *arguments: str) -> list[str]:
        """The command for a task in ``folder``."""
        return [part.format(folder=folder) for part in self.argv] + list(arguments)

    def entered(self, folder: Path, entry: Sequence[str], arguments: Sequence[str]) -> list[str]:
        """The command for a task in ``folder`` that has an entry point of its own in place of the image's.

        Of ours, the program prepares the place for it: a Python of the job's own, and the reason if it fails.
        """
        command = [*entry, *arguments]
        return command if self.own else self.command(folder, "run", *command)


def find_program(image: str) -> Program:
    """The program behind an image URI.

    Raises:
        UnknownImageError: With what runs here instead.
    """
    match = _URI.fullmatch(image)
    repository, tag = (match["repository"], match["tag"] or "latest") if match else ("", "")
    manifest = _manifests().get(repository)
    if manifest is None:
        reason = _refusals().get(repository)
        said = (
            f"the image {image} does not run here: {reason}"
            if reason
            else f"no program runs here for the image {image}"
        )
        raise UnknownImageError(f"{said}; there are {', '.join(_manifests())}")
    version = _version(manifest, tag)
    if version is None:
        known = ", ".join(manifest["versions"])
        raise UnknownImageError(f"{repository} has no version {tag} here; there are {known}")
    own = manifest.get("arguments", {}).get(repository, ())
    start = (sys.executable, "-P", "-X", "task={folder}", "-m", manifest["module"])
    return Program(
        (*start, *own, "--image-version", version),
        tuple(Metric(metric["name"], metric["regex"]) for metric in manifest.get("metrics", [])),
    )


def local_program(folder: Path, name: str) -> Program:
    """The program that is the executable of a name in a folder.

    Raises:
        UnknownImageError: There is none of that name.
    """
    path = folder / name
    if not _NAME.fullmatch(name) or not path.is_file() or not os.access(path, os.X_OK):
        raise UnknownImageError(f"there is no executable {name} in {folder}")
    linked = (str(path.resolve().parent),) if path.is_symlink() else ()
    needs = (str(path), *linked)
    return Program((str(path).replace("{", "{{").replace("}", "}}"),), needs=needs, own=True)


def preloads() -> list[str]:
    """The modules that programs of ours import, as their manifests name them."""
    return [name for manifest in _read_manifests() for name in manifest.get("preload", [])]


@cache
def _read_manifests() -> list[dict[str, Any]]:
    return [tomllib.loads(path.read_text()) for path in sorted(_ALGORITHMS.glob("*/algorithm.toml"))]


def _manifests() -> dict[str, dict[str, Any]]:
    return {repository: manifest for manifest in _read_manifests() for repository in manifest["repositories"]}


def _refusals() -> dict[str, str]:
    return {name: reason for manifest in _read_manifests() for name, reason in manifest.get("refused", {}).items()}


def _version(manifest: dict[str, Any], tag: str) -> str | None:
    """The version a tag names: ``1.7-1`` of ``1.7-1-cpu-py3``, or what an alias such as ``latest`` stands for.

    A program without versions takes every tag as it is.
    """
    if "versions" not in manifest:
        return tag.replace("{", "").replace("}", "")  # braces are read as fields of the command
    aliases: dict[str, str] = manifest.get("aliases", {})
    for version in (*manifest["versions"], *aliases):
        if tag == version or tag.startswith(f"{version}-"):
            return aliases.get(version, version)
    return None
