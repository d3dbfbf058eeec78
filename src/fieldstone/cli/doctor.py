"""``fieldstone doctor``: what works on this machine, and what to type where something does not."""

import ctypes
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from fieldstone.cli.data_dir import answers, data_dir_option, find_server

_LEAST_FREE: Final = 1 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: fine or not, what it looked at, and how to mend it."""

    fine: bool
    what: str
    mend: str = ""


@click.command()
@data_dir_option
def doctor(data_dir: Path) -> None:
    """Check this machine; exits with 1 if something needs mending."""
    findings = list(_examine(data_dir))
    for finding in findings:
        mark = click.style("✓", fg="green") if finding.fine else click.style("✗", fg="red")
        click.echo(f"{mark} {finding.what}" + (f"\n    {finding.mend}" if finding.mend and not finding.fine else ""))
    if not all(finding.fine for finding in findings):
        raise SystemExit(1)


def _examine(data_dir: Path) -> Iterator[Finding]:
    checks: tuple[Callable[[Path], Finding], ...] = (
        _python,
        _linux,
        _sqlite,
        _folder,
        _space,
        _xgboost,
        _server,
    )
    for check in checks:
        yield check(data_dir)


def _python(_: Path) -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(sys.version_info >= (3, 11), f"Python {version}", "Fieldstone needs 3.11 or later.")


def _linux(_: Path) -> Finding:
    try:
        os.close(os.pidfd_open(os.getpid()))
        ctypes.CDLL(None).prctl  # noqa: B018  # whether it is there
    except (AttributeError, OSError):
        return Finding(False, "the system cannot watch processes", "Fieldstone needs Linux 5.3 or later.")
    return Finding(True, "the system can watch processes by descriptor, and end a job with its supervisor")


def _sqlite(_: Path) -> Finding:
    version = sqlite3.sqlite_version
    return Finding(sqlite3.sqlite_version_info >= (3, 35), f"SQLite {version}", "Fieldstone needs 3.35 or later.")


def _folder(data_dir: Path) -> Finding:
    there = next(folder for folder in (data_dir, *data_dir.absolute().parents) if folder.exists())
    fine = os.access(there, os.W_OK | os.X_OK)
    return Finding(fine, f"{data_dir} can be written", f"You may not write to {there}; name another by --data-dir.")


def _space(data_dir: Path) -> Finding:
    there = next(folder for folder in (data_dir, *data_dir.absolute().parents) if folder.exists())
    free = shutil.disk_usage(there).free
    return Finding(free >= _LEAST_FREE, f"{free / (1 << 30):.1f} GiB free for data", "Less than 1 GiB is left there.")


def _xgboost(_: Path) -> Finding:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415  # only needed here

    try:
        found = version("xgboost-cpu")
    except PackageNotFoundError:
        return Finding(False, "xgboost-cpu is missing", "pip install 'xgboost-cpu>=3.0,<3.1'")
    fine = found.startswith("3.0.")
    return Finding(fine, f"xgboost-cpu {found}", "AWS's older models need 3.0: pip install 'xgboost-cpu>=3.0,<3.1'")


def _server(data_dir: Path) -> Finding:
    running = find_server(data_dir)
    if running is None:
        return Finding(True, f"no server runs on {data_dir} (`fieldstone up` starts one)")
    fine = answers(running.url)
    return Finding(
        fine, f"a server runs at {running.url}", "It does not answer: `fieldstone down`, then `fieldstone up`."
    )
