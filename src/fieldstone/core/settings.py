"""What a server is started with, and where its data folder keeps things."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Auth = Literal["strict", "off"]
Validation = Literal["strict", "lenient"]

DEFAULT_ACCOUNT = "123456789012"
DEFAULT_REGION = "us-east-1"
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 4566


def default_data_dir() -> Path:
    """The data folder when none is named: ``~/.fieldstone``."""
    return Path.home() / ".fieldstone"


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one server; the command line fills them in."""

    data_dir: Path
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    auth: Auth = "strict"
    validation: Validation = "strict"
    testing: bool = False

    @property
    def url(self) -> str:
        """The address clients on this machine use."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104  # compared, not bound
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


@dataclass(frozen=True, slots=True)
class DataDir:
    """The data folder: every file Fieldstone writes has its place here."""

    root: Path

    @property
    def database(self) -> Path:
        """Everything the server knows, but for the bytes of objects, logs and models."""
        return self.root / "fieldstone.db"

    @property
    def objects(self) -> Path:
        """The bytes of S3 objects, one immutable file each."""
        return self.root / "objects"

    @property
    def incoming(self) -> Path:
        """Uploads that have not been acknowledged; emptied at start."""
        return self.root / "incoming"

    @property
    def tasks(self) -> Path:
        """One folder for each process that Fieldstone runs: jobs and model servers."""
        return self.root / "tasks"

    @property
    def programs(self) -> Path:
        """Executables that the owner puts there, for images registered in ECR."""
        return self.root / "programs"

    @property
    def cache(self) -> Path:
        """Environments made for scripts with requirements, a folder for each account; can be deleted at any time."""
        return self.root / "cache"

    @property
    def captures(self) -> Path:
        """Captured predictions on their way into S3, a folder for each variant of an endpoint."""
        return self.root / "captures"

    @property
    def logs(self) -> Path:
        """Log events, one append-only file for each stream."""
        return self.root / "logs"

    @property
    def models(self) -> Path:
        """Models of more services, laid out as botocore's; the user's to make, read at start."""
        return self.root / "models"

    @property
    def owner_key(self) -> Path:
        """The access key made at first start, readable by its owner alone."""
        return self.root / "credentials.json"

    @property
    def server(self) -> Path:
        """Who serves this folder now: process id and address; its lock says whether that is still true."""
        return self.root / "server.json"

    @property
    def socket(self) -> Path:
        """Where the server listens for programs in networks of their own."""
        return self.root / "server.sock"

    @property
    def sdk_configuration(self) -> Path:
        """The SageMaker SDKs' configuration, which `fieldstone env` and `run` point them at."""
        return self.root / "sagemaker-sdk.yaml"

    @property
    def metadata(self) -> Path:
        """What `fieldstone run` shows its program as the metadata file of a SageMaker host."""
        return self.root / "resource-metadata.json"

    @property
    def stage(self) -> Path:
        """An empty folder that `fieldstone run` mounts on, in a namespace of its own."""
        return self.root / "stage"

    @property
    def proxy(self) -> Path:
        """The authority and certificates of `fieldstone run --proxy`."""
        return self.root / "proxy"

    def create(self) -> None:
        """Make the folders that are not there yet, closed to other users."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = (self.objects, self.incoming, self.tasks, self.programs, self.cache, self.captures, self.logs)
        for folder in made:
            folder.mkdir(exist_ok=True, mode=0o700)
