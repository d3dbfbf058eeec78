"""The GPUs of this machine, and other accelerators."""

from pathlib import Path
from typing import Final

_DEVICES: Final = ("nvidia[0-9]*", "neuron[0-9]*")
_NODES: Final = Path("/dev")


def count_accelerators(nodes: Path = _NODES) -> int:
    """How many of NVIDIA's GPUs and of AWS's chips there are.

    Args:
        nodes: The folder of the device files.
    """
    return sum(len(list(nodes.glob(pattern))) for pattern in _DEVICES)
