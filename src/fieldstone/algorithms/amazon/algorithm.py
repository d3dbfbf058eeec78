"""What one of Amazon's own algorithms is to the program that runs it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from numpy.typing import NDArray

from fieldstone.algorithms.amazon.batch import Batch
from fieldstone.algorithms.amazon.hyperparameters import Hyperparameter
from fieldstone.contract.messages import Model
from fieldstone.contract.training import Job

if TYPE_CHECKING:
    from fieldstone.algorithms.amazon.training import Run

ALL_TENSORS = frozenset({"Float32Tensor", "Float64Tensor", "Int32Tensor"})
ALL_FORMATS = frozenset({"csv", "json", "jsonlines", "recordio-protobuf"})

Options = Mapping[str, Any]
"""Parsed hyperparameters by name."""


class Answerer(NamedTuple):
    """A loaded model.

    Attributes:
        width: How many features a row has.
        collection: What the answers are called in JSON, such as `projections`.
        answer: Gives, for a batch of n rows, the named parts of its answers: (n,) numbers, or (n, k).
        formats: The formats of content types that it is asked in.
        verbose: Gives more of them, where a request's Accept has the parameter `verbose=true`; None if there are none.
    """

    width: int
    collection: str
    answer: Callable[[Batch], Mapping[str, NDArray[Any]]]
    formats: frozenset[str] = ALL_FORMATS
    verbose: Callable[[Batch], Mapping[str, NDArray[Any]]] | None = None


@dataclass(frozen=True, slots=True)
class Algorithm:
    """An algorithm.

    Attributes:
        name: What it is called in the dimensions of its metrics.
        hyperparameters: Those that it knows.
        train: Trains a model and leaves it in the job's folder.
        load: Reads a model from such a folder; what it raises ends the server.
        channels: The channels that it reads; the first must be there.
        formats: What these may hold.
        tensors: The types that the numbers of records may have.
    """

    name: str
    hyperparameters: tuple[Hyperparameter, ...]
    train: Callable[["Run"], None]
    load: Callable[[Path], Answerer]
    channels: tuple[str, ...] = ("train", "test")
    formats: frozenset[str] = frozenset({"csv", "recordio-protobuf"})
    tensors: frozenset[str] = ALL_TENSORS


@dataclass(frozen=True, slots=True)
class OwnAlgorithm:
    """An algorithm whose data are no rows of numbers: it reads hyperparameters, channels and requests itself.

    Attributes:
        hyperparameters: Those that it knows.
        train: Trains a model on the job's channels and leaves it in the job's folder.
        load: Reads a model from such a folder, ready to answer; what it raises ends the server.
        needs: The modules that come with the extra `torch`, without which it does neither, and what they are called.
    """

    hyperparameters: tuple[Hyperparameter, ...]
    train: Callable[[Job], None]
    load: Callable[[Path], Model]
    needs: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def lack(self) -> str | None:
        """What is not installed, and what to type; None where everything is."""
        missing = [name for module, name in self.needs.items() if find_spec(module) is None]
        if not missing:
            return None
        needed, are = " and ".join(self.needs.values()), "is" if len(missing) == 1 else "are"
        return (
            f"this image needs {needed}, and {' and '.join(missing)} {are} not installed in Fieldstone's environment: "
            "pip install 'fieldstone[torch]'"
        )
