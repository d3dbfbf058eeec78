"""Which program stands behind a container image.

Each built-in algorithm brings a manifest, ``algorithm.toml``, beside its program; it is read, the program is not
imported. An image is told by its repository and tag: the registry's account and region do not matter.
"""

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from fieldstone.core.ports import UnknownImageError

_ALGORITHMS: Final = Path(__file__).parent.parent / "algorithms"
_URI: Final = re.compile(r"(?:[^/]*[.:][^/]*/)?(?P<repository>[^:@]+)(?::(?P<tag>[^@]+))?(?:@.*)?")
_PROCESS: Final = "process"


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
        home: The folder of the owner's executables, for one that is no program of ours: the first argument names one.
    """

    argv: tuple[str, ...]
    metrics: tuple[Metric, ...] = ()
    needs: tuple[str, ...] = ()
    home: Path | None = None

    def command(self, folder: Path, *arguments: str) -> list[str]:
        """The command for a task in ``folder``."""
        if self.home is not None:
            return [self._executable(arguments[0]), *arguments[1:]]
        return [part.format(folder=folder) for part in self.argv] + list(arguments)

    def entered(self, folder: Path, entry: Sequence[str], arguments: Sequence[str]) -> list[str]:
        """The command for a task in ``folder`` that has an entry point of its own in place of the image's.

        Of ours, the program prepares the place for it: a Python of the job's own, and the reason if it fails.
        """
        if self.home is not None:
            return self.command(folder, *entry, *arguments)
        return self.command(folder, "run", *entry, *arguments)

    def processing(self, folder: Path, arguments: Sequence[str]) -> list[str] | None:
        """The command for a processing job without an entry point; None where there is no program for it."""
        if self.home is None or not is_executable(self.home / _PROCESS):
            return None
        return self.command(folder, _PROCESS, *arguments)

    def _executable(self, name: str) -> str:
        """The executable of that name in the home; what is not there is looked for as any command is."""
        assert self.home is not None
        path = self.home / name
        return str(path) if is_executable(path) else name


def find_program(image: str) -> Program:
    """The program behind an image URI.

    Raises:
        UnknownImageError: With what runs here instead.
    """
    repository, given = parse_image(image)
    tag = given or "latest"
    manifest = _manifests().get(repository)
    if manifest is None:
        reason = _refusals().get(repository)
        said = (
            f"the image {image} does not run here: {reason}"
            if reason
            else f"no program runs here for the image {image}"
        )
        there = ", ".join(_manifests())
        raise UnknownImageError(f"{said}; there are {there}; fieldstone images add registers a program of your own")
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


def parse_image(image: str) -> tuple[str, str | None]:
    """The repository that an image URI names, without its registry, and the tag if it has one."""
    match = _URI.fullmatch(image)
    return (match["repository"], match["tag"]) if match else ("", None)


def is_executable(path: Path) -> bool:
    """Whether a path is a file that can be started."""
    return path.is_file() and os.access(path, os.X_OK)


def repositories() -> dict[str, list[str]]:
    """The repositories that programs of ours stand behind, with their versions; none for all there are."""
    return {name: list(manifest.get("versions", [])) for name, manifest in _manifests().items()}


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """One of AWS's built-in algorithms.

    Attributes:
        title: What AWS calls it.
        purpose: What it makes, in half a line.
        manifest: What its manifest says.
    """

    title: str
    purpose: str
    manifest: Mapping[str, Any]

    @property
    def repositories(self) -> list[str]:
        """Those of its images."""
        return self.manifest["repositories"]

    def hyperparameters(self) -> list[dict[str, Any]]:
        """Those that its newest version knows: `name`, `type`, `accepted`, `default` and `required` of each.

        Raises:
            subprocess.CalledProcessError: The program, which is asked for them, cannot be started.
        """
        program = find_program(f"{self.repositories[0]}:{self.manifest['versions'][-1]}")
        told = subprocess.run(program.command(Path(), "describe"), capture_output=True, check=True)
        return json.loads(told.stdout)


def built_ins() -> list[BuiltIn]:
    """The built-in algorithms, by title."""
    found = [BuiltIn(each["title"], each["purpose"], each) for each in _read_manifests() if "title" in each]
    return sorted(found, key=lambda each: each.title.lower())


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
