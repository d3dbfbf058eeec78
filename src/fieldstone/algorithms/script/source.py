"""The user's code: fetched from where the job says, and laid out in `/opt/ml/code`."""

import shutil
import tarfile
import tempfile
from pathlib import Path

from fieldstone.algorithms.script.storage import download
from fieldstone.contract.paths import Layout
from fieldstone.contract.training import UserError


def lay_out(uri: str, layout: Layout, folder: Path) -> None:
    """Bring the code into a folder. What is there already, as in an image that brings its code, stays as it is.

    Args:
        uri: An archive in S3; or an archive, a file or a folder on this host.
        layout: The contract folder, below which paths in `/opt/ml` lie.
        folder: Where the code goes.

    Raises:
        UserError: There is no code there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        return
    if uri.startswith("s3://"):
        with tempfile.TemporaryDirectory() as scratch:
            archive = Path(scratch) / "sourcedir.tar.gz"
            download(uri, archive)
            _unpack(archive, folder, uri)
        return
    _copy(layout.rebase(uri.removeprefix("file://")), folder, uri)


def _copy(source: Path, folder: Path, uri: str) -> None:
    if source.is_dir():
        if source != folder:
            shutil.copytree(source, folder, dirs_exist_ok=True)
    elif not source.is_file():
        raise UserError(f"there is no code at {uri}, which sagemaker_submit_directory names")
    elif tarfile.is_tarfile(source):
        _unpack(source, folder, uri)
    else:
        shutil.copy2(source, folder)


def _unpack(archive: Path, folder: Path, uri: str) -> None:
    """Unpack an archive; names and links that lead out of the folder are refused."""
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
    except (tarfile.TarError, EOFError, OSError) as error:
        raise UserError(f"the code at {uri} cannot be unpacked: {error}") from None
