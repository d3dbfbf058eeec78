"""The environment of a task: made anew, nothing of the server's own gets in."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from fieldstone.contract.paths import ROOT
from fieldstone.services.operation import Context
from fieldstone.services.sts.sessions import open_session
from fieldstone.store.resources import Row

_KEY_SECONDS: Final = 28 * 24 * 3600
"""A job's key ends with the job, and at the latest when the longest of AWS's jobs would."""
_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def task_environment(base: Path, cores: int, own: Mapping[str, str]) -> dict[str, str]:
    """What every program is told.

    Args:
        base: Where it sees its contract folder.
        cores: The cores it may use.
        own: The variables of the job or model, which come first.
    """
    scratch = "/tmp" if base == ROOT else str(base.parent / "tmp")  # noqa: S108  # private to it
    return {
        "PATH": f"{sys.prefix}/bin:{_PATH}",
        "HOME": scratch,
        "USER": "job",
        "TMPDIR": scratch,
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "OMP_NUM_THREADS": str(cores),
        "SAGEMAKER_BASE_DIR": str(base),
        **own,
    }


def client_environment(url: str, region: str, credentials: Mapping[str, Any]) -> dict[str, str]:
    """What points an AWS client of the program's here, as whom the credentials say."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def take_role(ctx: Context, row: Row) -> dict[str, Any]:
    """A session key for a row's role, in the row's own account: programs made for AWS name roles of other accounts."""
    return open_session(ctx, row.document["RoleArn"], "SageMaker", _KEY_SECONDS)


def socket_variable(socket: Path) -> dict[str, str]:
    """Has a built-in program serve on a Unix socket in its working folder rather than on a port."""
    return {"FIELDSTONE_BIND_TO_SOCKET": socket.name}
