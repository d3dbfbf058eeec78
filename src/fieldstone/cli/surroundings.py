"""What points AWS clients here: variables, the SageMaker SDKs' configuration, and the metadata file of their hosts."""

import json
import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from fieldstone.core.settings import DEFAULT_REGION, DataDir, Settings, default_data_dir

METADATA_FILE: Final = Path("/opt/ml/metadata/resource-metadata.json")
"""Where both SageMaker SDKs look for their role before they ask STS at an address of their own."""

ROLE: Final = "FieldstoneRole"

# What would point a client elsewhere, or sign as somebody else.
STALE: Final = ("AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE")

_IGNORED: Final = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
_HERE: Final = ("127.0.0.1", "localhost")

_SDK_CONFIGURATION: Final = """\
SchemaVersion: '1.0'
SageMaker:
  PythonSDK:
    Modules:
      TelemetryOptOut: true
      Session:
        DefaultS3Bucket: sagemaker-{region}-{account}
"""


class NoKeyError(Exception):
    """The data folder has no access key yet: no server was ever started on it."""


def variables(data_dir: Path, url: str | None) -> dict[str, str]:
    """The variables that point boto3, the AWS CLI and the SageMaker SDKs at a server; ``url`` if it runs.

    Writes the SDKs' configuration file, which these variables name.

    Raises:
        NoKeyError: There is no access key.
    """
    key = _owner_key(data_dir)
    configuration = DataDir(data_dir).sdk_configuration
    _write(configuration, _SDK_CONFIGURATION.format(region=DEFAULT_REGION, account=key["Account"]))
    return {
        "AWS_ENDPOINT_URL": url or Settings(data_dir).url,
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        "AWS_REGION": DEFAULT_REGION,
        "AWS_DEFAULT_REGION": DEFAULT_REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(configuration.absolute()),
        "SAGEMAKER_SUPPRESS_V2_WARNING": "1",
    }


def write_metadata(data_dir: Path) -> Path:
    """Write what a SageMaker host's metadata file says, with the role of this server's owner; its path.

    Raises:
        NoKeyError: There is no access key.
    """
    role = f"arn:aws:iam::{_owner_key(data_dir)['Account']}:role/service-role/{ROLE}"
    _write(DataDir(data_dir).metadata, json.dumps({"ResourceName": "fieldstone", "ExecutionRoleArn": role}))
    return DataDir(data_dir).metadata


def unproxied(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that keep requests to this machine out of a proxy, where one is set."""
    if not any(name.lower() in {"http_proxy", "https_proxy", "all_proxy"} for name in environment):
        return {}
    listed = [host for host in environment.get("NO_PROXY", environment.get("no_proxy", "")).split(",") if host]
    hosts = ",".join(dict.fromkeys((*listed, *_HERE)))
    return {"NO_PROXY": hosts, "no_proxy": hosts}


def stale(environment: Mapping[str, str]) -> list[str]:
    """The variables that would point a client elsewhere: some in any case, others where they are set."""
    found = (name for name in environment if name.startswith("AWS_ENDPOINT_URL_") or name == _IGNORED)
    return [*STALE, *sorted(found)]


def pointed_here(environment: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    """An environment with the variables, and without those that would point elsewhere."""
    gone = stale(environment)
    kept = {name: text for name, text in environment.items() if name not in gone}
    return {**kept, **wanted, **unproxied(environment)}


def option(data_dir: Path) -> str:
    """What names a data folder on a command line that is to be pasted; nothing for the usual one."""
    return "" if data_dir == default_data_dir() else f" --data-dir {shlex.quote(str(data_dir))}"


def _owner_key(data_dir: Path) -> dict[str, str]:
    try:
        return json.loads(DataDir(data_dir).owner_key.read_bytes())
    except FileNotFoundError:
        raise NoKeyError from None


def _write(path: Path, text: str) -> None:
    """Write a file whole, or leave it as it is where it says so already."""
    if path.exists() and path.read_text() == text:
        return
    growing = path.with_name(f"{path.name}.{os.getpid()}")
    growing.write_text(text)
    growing.rename(path)
