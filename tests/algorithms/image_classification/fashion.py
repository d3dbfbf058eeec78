"""Fashion-MNIST (H. Xiao, K. Rasul, R. Vollgraf, 2017), which `make fashion-mnist` takes from Debian."""

import gzip
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path("/usr/share/datasets/fashion-mnist")
needed = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"{FOLDER} is missing: make fashion-mnist")


def load(part):
    """The (n, 28, 28) images and the (n,) labels of `train` or `t10k`."""
    images, labels = (
        np.frombuffer(gzip.decompress((FOLDER / f"{part}-{what}-ubyte.gz").read_bytes()), np.uint8, offset=offset)
        for what, offset in (("images-idx3", 16), ("labels-idx1", 8))
    )
    return images.reshape(-1, 28, 28), labels
