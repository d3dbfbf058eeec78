"""``fieldstone doctor``: what works on this machine, and what to type where something does not."""

import ctypes
import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import click

from fieldstone.cli.data_dir import answers, data_dir_option, find_server
from fieldstone.cli.findings import Finding
from fieldstone.cli.isolation import examine_isolation
from fieldstone.cli.namespace import can_show
from fieldstone.cli.surroundings import METADATA_FILE, option

_LEAST_FREE: Final = 1 << 30


@click.command()
@data_dir_option
def doctor(data_dir: Path) -> None:
    """Check this machine; exits with 1 if something needs mending."""
    findings = list(_examine(data_dir))
    for finding in findings:
        click.echo(f"{_mark(finding)} {finding.what}")
        if finding.mend and not finding.fine:
            click.echo(f"    {finding.mend}")
    if not all(finding.fine or not finding.needed for finding in findings):
        raise SystemExit(1)


def _mark(finding: Finding) -> str:
    if finding.fine:
        return click.style("✓", fg="green")
    return click.style("✗", fg="red") if finding.needed else click.style("!", fg="yellow")


def _examine(data_dir: Path) -> Iterator[Finding]:
    checks: tuple[Callable[[Path], Finding], ...] = (
        _python,
        _linux,
        _sqlite,
        _folder,
        _space,
        _xgboost,
        _server,
        _shell,
        _metadata,
        _openssl,
    )
    for check in checks:
        yield check(data_dir)
    yield from examine_isolation()


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
        fine,
        f"a server runs at {running.url}",
        f"It does not answer: `fieldstone down{option(data_dir)}`, then `fieldstone up{option(data_dir)}`.",
    )


def _shell(data_dir: Path) -> Finding:
    """Whether this shell's clients are pointed at the server that runs."""
    running, here = find_server(data_dir), os.environ.get("AWS_ENDPOINT_URL")
    if running is None or here == running.url:
        words = "are pointed at it" if running else "will be pointed at one by `fieldstone env` or `fieldstone run`"
        return Finding(True, f"this shell's AWS clients {words}")
    where = option(data_dir)
    mend = f'eval "$(fieldstone env{where})" points this shell at it, `fieldstone run{where} -- COMMAND` one command.'
    return Finding(False, f"this shell's AWS clients are pointed at {here or 'AWS'}", mend, needed=False)


def _metadata(_: Path) -> Finding:
    """Whether `fieldstone run` can show its program the file in which the SageMaker SDKs look for their role."""
    with tempfile.TemporaryDirectory() as folder:
        source, stage = Path(folder, "file"), Path(folder, "stage")
        source.write_text("{}")
        stage.mkdir()
        why = can_show(source, METADATA_FILE, stage)
    if why is None:
        return Finding(True, f"`fieldstone run` can show programs {METADATA_FILE}: get_execution_role() works there")
    mend = (
        "Give scripts a role's ARN instead of get_execution_role(). To allow it, start a container with\n"
        "    --cap-add SYS_ADMIN --security-opt apparmor=unconfined; on a machine of your own:\n"
        "    sudo sysctl -w kernel.unprivileged_userns_clone=1 kernel.apparmor_restrict_unprivileged_userns=0"
    )
    return Finding(False, f"`fieldstone run` cannot show programs {METADATA_FILE} ({why})", mend, needed=False)


def _openssl(_: Path) -> Finding:
    """Whether `fieldstone run --proxy` can make its certificates."""
    if shutil.which("openssl") is not None:
        return Finding(True, "`fieldstone run --proxy` can answer https://*.amazonaws.com with certificates of its own")
    mend = "Install the program openssl, for instance by `apt-get install openssl`."
    return Finding(False, "`fieldstone run --proxy` has no openssl to make certificates with", mend, needed=False)
