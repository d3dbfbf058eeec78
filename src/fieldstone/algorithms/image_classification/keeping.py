"""The weights that a job keeps: the best until now, or those of every so many epochs; and checkpoints to go on from."""

from dataclasses import dataclass
from pathlib import Path

from fieldstone.algorithms.amazon import log, ndarray
from fieldstone.algorithms.image_classification import artifact
from fieldstone.algorithms.image_classification.artifact import UNFINISHED, Weights


@dataclass(slots=True)
class Keeper:
    """Writes weights to the model's folder.

    Attributes:
        folder: The model's.
        every: After how many epochs; None for the best only.
        best: The best accuracy until now, below 0 before there is one.
        kept: The epochs after which the weights that are there were written; empty if there are none.
    """

    folder: Path
    every: int | None
    best: float = -1.0
    kept: tuple[int, ...] = ()

    def wants(self, accuracy: float, epochs: int, *, last: bool) -> bool:
        """Whether the weights after so many epochs are to be kept."""
        if self.every is None:
            return accuracy > self.best
        return epochs % self.every == 0 or (last and not self.kept)

    def keep(self, weights: Weights, accuracy: float | None, epochs: int) -> None:
        """Write them; where only the best are kept, those before them go.

        Args:
            weights: After so many epochs.
            accuracy: Theirs, None if it is not known.
            epochs: How many.
        """
        file = artifact.weights_file(self.folder, epochs)
        if self.every is None and accuracy is not None:
            log.info(f"Storing the best model with validation accuracy: {accuracy:.6f}")
        artifact.save_weights(file, weights)
        log.info(f'Saved checkpoint to "/opt/ml/model/{file.name}"')
        if self.every is None:
            for other in self.kept:
                if other != epochs:
                    artifact.weights_file(self.folder, other).unlink(missing_ok=True)
            self.kept = ()
        self.kept = (*self.kept, epochs)
        self.best = max(self.best, -1.0 if accuracy is None else accuracy)

    def take_over(self, folder: Path, checkpoint: "Checkpoint") -> None:
        """Have the weights in the model's folder that were kept before a checkpoint in another folder."""
        files = artifact.find_weights(folder)
        self.best = float(checkpoint.state["best"][0])
        for epochs in map(int, checkpoint.state["kept"]):
            if epochs in files:
                artifact.save_weights(artifact.weights_file(self.folder, epochs), ndarray.load(files[epochs]))
                self.kept = (*self.kept, epochs)

    def clean(self) -> None:
        """Remove what was not written to its end."""
        for file in self.folder.glob(f"*{UNFINISHED}"):
            file.unlink()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A job as it was after some epochs.

    Attributes:
        epochs: How many.
        weights: The network's.
        state: The optimizer's, and what else there was; by name.
    """

    epochs: int
    weights: Weights
    state: Weights


def save_checkpoint(folder: Path, checkpoint: Checkpoint, keeper: Keeper) -> None:
    """Write a checkpoint, with the weights that the job keeps until now; the checkpoint before it goes."""
    folder.mkdir(parents=True, exist_ok=True)
    for epochs in keeper.kept:
        kept = artifact.weights_file(folder, epochs)
        if not kept.exists() and epochs != checkpoint.epochs:
            artifact.save_weights(kept, ndarray.load(artifact.weights_file(keeper.folder, epochs)))
    artifact.save_weights(artifact.weights_file(folder, checkpoint.epochs), checkpoint.weights)
    artifact.save_weights(_state_file(folder, checkpoint.epochs), checkpoint.state)
    for epochs, file in artifact.find_weights(folder).items():
        if epochs not in {checkpoint.epochs, *keeper.kept}:
            file.unlink()
        if epochs != checkpoint.epochs:
            _state_file(folder, epochs).unlink(missing_ok=True)


def load_checkpoint(folder: Path | None) -> Checkpoint | None:
    """The newest checkpoint of a folder that can be read; None if there is none."""
    if folder is None or not folder.is_dir():
        return None
    for epochs, file in reversed(artifact.find_weights(folder).items()):
        try:
            return Checkpoint(epochs, ndarray.load(file), ndarray.load(_state_file(folder, epochs)))
        except (ndarray.NotArraysError, FileNotFoundError):
            continue
    return None


def _state_file(folder: Path, epochs: int) -> Path:
    return folder / f"{artifact.NAME}-{epochs:04}.states"
