"""What an interrupted training goes on from: a file for each pass, whole or not there at all."""

import io
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fieldstone.algorithms.amazon import log
from fieldstone.algorithms.amazon.peers import Peers

State = Mapping[str, NDArray[Any]]
"""Named arrays."""
KEPT = 2
"""How many checkpoints there are at most: the newest, and one should that be damaged on its way."""
_NAME = "linear-learner-checkpoint"
_UNFINISHED = ".sagemaker-ignore"
"""What the name of a file ends with that is still being written; the platform uploads none of them."""
_MAKER = "maker"
_DAMAGES = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)
"""What reading a file that is not whole may raise."""


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """The checkpoints in a folder.

    Attributes:
        folder: Where they are; None keeps none.
        maker: What they depend on. Those that were made of something else are passed over.
    """

    folder: Path | None
    maker: str = ""

    def save(self, number: int, state: State) -> None:
        """Keep a state, which is the newest."""
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / f"{_NAME}.{number}"
        growing = file.with_name(file.name + _UNFINISHED)
        with growing.open("wb") as target:
            np.savez(target, allow_pickle=False, **{_MAKER: np.array(self.maker), **state})
        growing.replace(file)
        for older in _newest_first(self.folder)[KEPT:]:
            older.unlink(missing_ok=True)

    def load(self, peers: Peers) -> dict[str, NDArray[Any]] | None:
        """The newest state that is whole, from the host that leads; None without one.

        Args:
            peers: All of them go on from it.
        """
        word = b""
        if self.folder is not None and peers.leads:
            word = self._find(_newest_first(self.folder))
        word = peers.exchange(word)[0]
        return _read(bytes(word)) if word else None

    def _find(self, files: Iterable[Path]) -> bytes:
        for file in files:
            try:
                data = file.read_bytes()
                maker = str(_read(data)[_MAKER])
            except _DAMAGES as error:
                log.warn(f"Checkpoint {file.name} is damaged and is passed over ({error})")
                continue
            if maker == self.maker:
                log.info(f"Resuming from checkpoint {file.name}")
                return data
            log.warn(f"Checkpoint {file.name} is of other hyperparameters or columns and is passed over")
        return b""


NOWHERE = Checkpoints(None)


def _read(data: bytes) -> dict[str, NDArray[Any]]:
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def _newest_first(folder: Path) -> list[Path]:
    found = [file for file in folder.glob(f"{_NAME}.*") if file.suffix[1:].isdigit()]
    return sorted(found, key=lambda file: int(file.suffix[1:]), reverse=True)
