"""Where everything lies below `/opt/ml`, the one folder that a job and the platform share."""

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/opt/ml")


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one job's folder; `root` is `/opt/ml` unless the environment moves it."""

    root: Path = ROOT

    @classmethod
    def from_environment(cls) -> "Layout":
        """The layout that this process was started with: SAGEMAKER_BASE_DIR, or `/opt/ml`."""
        return cls(Path(os.environ.get("SAGEMAKER_BASE_DIR", ROOT)))

    def rebase(self, path: str) -> Path:
        """The place of a path that a job document gives: what it puts below `/opt/ml` is below our root."""
        wanted = Path(path)
        return self.root / wanted.relative_to(ROOT) if wanted.is_relative_to(ROOT) else wanted

    @property
    def input_config(self) -> Path:
        """The folder of the documents that describe the job to its program."""
        return self.root / "input" / "config"

    @property
    def hyperparameters(self) -> Path:
        """The hyperparameters, a JSON object from string to string."""
        return self.input_config / "hyperparameters.json"

    @property
    def input_data_config(self) -> Path:
        """What each channel holds: content type, input mode, distribution over the hosts."""
        return self.input_config / "inputdataconfig.json"

    @property
    def resource_config(self) -> Path:
        """The hosts of the job, and which of them this one is."""
        return self.input_config / "resourceconfig.json"

    @property
    def checkpoint_config(self) -> Path:
        """Where checkpoints go; the file exists only when the job asked for checkpoints."""
        return self.input_config / "checkpointconfig.json"

    @property
    def debug_hook_config(self) -> Path:
        """What the debugger should record; the file exists only when the job asked for it."""
        return self.input_config / "debughookconfig.json"

    @property
    def input_data(self) -> Path:
        """The folder of all channels."""
        return self.root / "input" / "data"

    def channel(self, name: str) -> Path:
        """The folder with the files of one channel, in File and FastFile mode."""
        return self.input_data / name

    def pipe(self, name: str, epoch: int) -> Path:
        """The named pipe that delivers one channel for one epoch, in Pipe mode."""
        return self.input_data / f"{name}_{epoch}"

    @property
    def code(self) -> Path:
        """The user's own code, unpacked."""
        return self.root / "code"

    @property
    def model(self) -> Path:
        """The model: written by training, packed as `model.tar.gz`, unpacked again for serving."""
        return self.root / "model"

    @property
    def checkpoints(self) -> Path:
        """Checkpoints, when the job does not say where: kept in S3 and restored at the next start."""
        return self.root / "checkpoints"

    @property
    def output(self) -> Path:
        """The folder of everything that is not the model."""
        return self.root / "output"

    @property
    def output_data(self) -> Path:
        """What training wants kept beside the model, packed as `output.tar.gz`."""
        return self.output / "data"

    @property
    def intermediate(self) -> Path:
        """Output that is uploaded while the job still runs."""
        return self.output / "intermediate"

    @property
    def failure(self) -> Path:
        """Why the program failed; its first 1,024 characters become the job's FailureReason."""
        return self.output / "failure"

    @property
    def message(self) -> Path:
        """What a processing job has to say; its first 1,024 characters become the job's ExitMessage."""
        return self.output / "message"

    @property
    def processing(self) -> Path:
        """The folder below which the inputs and outputs of a processing job usually lie."""
        return self.root / "processing"

    @property
    def processing_job_config(self) -> Path:
        """The processing job as it was asked for."""
        return self.root / "config" / "processingjobconfig.json"

    @property
    def processing_resource_config(self) -> Path:
        """The hosts of a processing job, and which of them this one is."""
        return self.root / "config" / "resourceconfig.json"
