"""Image Classification as a program: folders as the contract says, images made here, and a Python with PyTorch.

The tests' own environment has neither PyTorch nor Pillow: what needs them runs in that of ``make torch``.
"""

import json
import os
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from tests.algorithms import folder
from tests.environments import python_of, run

from fieldstone.algorithms.amazon.recordio import frame
from fieldstone.algorithms.image_classification import graph, records

TORCH = python_of("torch")
RECORDIO = "application/x-recordio"
IMAGE = "application/x-image"
needs_torch = [
    pytest.mark.slow,
    pytest.mark.skipif(not TORCH.exists(), reason=f"{TORCH} is missing: make torch"),
]
"""The marks of what trains a network, or asks one."""
HYPERPARAMETERS = {
    "num_classes": "3",
    "num_training_samples": "48",
    "num_layers": "20",
    "image_shape": "3,16,16",
    "mini_batch_size": "16",
    "epochs": "2",
    "learning_rate": "0.05",
}


def png(pixels):
    """The bytes of a PNG of (height, width) grey or (height, width, 3) coloured numbers."""
    height, width = pixels.shape[:2]
    rows = np.insert(pixels.reshape(height, -1).astype(np.uint8), 0, 0, axis=1).tobytes()
    header = struct.pack(">IIBBBBB", width, height, 8, 2 if pixels.ndim == 3 else 0, 0, 0, 0)
    parts = (b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def draw_images(count, size=16, classes=3, seed=0):
    """Images whose class is the colour that they have most of, and their labels."""
    draw = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    pixels = draw.integers(0, 120, (count, size, size, 3))
    pixels[np.arange(count), :, :, labels] += 90
    return pixels, labels


def rec(images, labels):
    """The bytes of a .rec file."""
    rows = np.reshape(labels, (len(images), -1)).tolist()
    return frame(
        records.pack(row, png(image), number) for number, (image, row) in enumerate(zip(images, rows, strict=True))
    )


def draw_weights(nodes, seed=0):
    """Weights for a network of coloured images, by their names, such that answers are neither alike nor huge."""
    draw, weights = np.random.default_rng(seed), {}
    for name, size in graph.shapes(nodes, 3).items():
        plain = np.ones(size) if name.endswith(("gamma", "var")) else np.zeros(size)
        drawn = draw.normal(size=size) / np.sqrt(np.prod(size[1:]))
        weights[name] = (drawn if name.endswith("weight") else plain + 0.1 * draw.random(size)).astype(np.float32)
    weights["aux:bn_data_moving_mean"][:], weights["aux:bn_data_moving_var"][:] = 127, 5000
    weights["arg:fc1_weight"] /= 10
    return weights


class Folder(folder.Folder):
    """A contract folder, and the program in it, which runs where PyTorch is unless a test says otherwise."""

    algorithm = "image_classification"
    hyperparameters = HYPERPARAMETERS
    python = str(TORCH)
    threads = "1"

    def start(self, **hyperparameters):
        return subprocess.Popen(
            (self.python, "-m", "fieldstone.algorithms.image_classification", "--image-version", "1", "train"),
            env={**os.environ, **self.lay_out(**hyperparameters), "OMP_NUM_THREADS": self.threads},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def with_records(self, count=48, checks=24, **images):
        """The same folder, with images to learn from and to judge by."""
        self.write("train", "train.rec", rec(*draw_images(count, **images)), RECORDIO)
        self.write("validation", "validation.rec", rec(*draw_images(checks, seed=1, **images)), RECORDIO)
        return self

    @property
    def reason(self):
        return self.failure.read_text()

    @property
    def files(self):
        return sorted(file.name for file in (self.root / "model").iterdir())


class WithoutTorch(Folder):
    """A folder whose program runs where the tests do."""

    python = sys.executable


@pytest.fixture(name="folder")
def a_folder(tmp_path):
    """A folder with records."""
    return Folder(tmp_path / "job").with_records()


@pytest.fixture
def by_torch():
    """Run some lines where PyTorch is; what they say, which they print as JSON in their last line."""
    return lambda lines, *arguments: json.loads(run(TORCH, lines, *arguments))
