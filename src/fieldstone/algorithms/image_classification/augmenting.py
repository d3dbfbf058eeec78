# pyright: reportMissingImports=false
"""What is done to an image before it is learnt from: it is brought to the network's size, and changed by chance.

The changes and how far they go are AWS's, whose ranges are those of MXNet's example of image classification.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from fieldstone.algorithms.image_classification import colours
from fieldstone.algorithms.image_classification.decoding import ImageError, Pixels, decode, resize_shorter, to_pixels
from fieldstone.algorithms.image_classification.graph import Shape

ROTATION, SHEAR, ASPECT = 10, 0.1, 0.25
"""Degrees, and parts of the size, that an image may be turned, sheared and stretched by, either way."""
_GREY = 127
"""What is seen where a turned image ends."""


@dataclass(frozen=True, slots=True)
class Preparation:
    """How images become what the network looks at.

    Attributes:
        shape: The size of its images.
        resize: What the shorter side of an image is made first; None leaves it.
        crops: Whether a part is taken, and mirrored, by chance; else it is the middle.
        colours: Whether the colours are changed.
        transforms: Whether the image is turned, sheared and stretched.
    """

    shape: Shape
    resize: int | None = None
    crops: bool = False
    colours: bool = False
    transforms: bool = False

    def without_chance(self) -> "Preparation":
        """The same for images that are not learnt from."""
        return Preparation(self.shape, self.resize)

    def prepare(self, data: bytes, draws: np.random.Generator) -> Pixels:
        """The pixels of an image.

        Args:
            data: Its bytes.
            draws: Chance.

        Raises:
            ImageError: It is no image, or smaller than the network's.
        """
        image = decode(data, self.shape.channels, None if self.resize is None else (self.resize, self.resize))
        if self.resize is not None:
            image = resize_shorter(image, self.resize)
        if image.width < self.shape.width or image.height < self.shape.height:
            size = f"{image.height} x {image.width}"
            raise ImageError(f"it has {size} pixels and is smaller than image_shape {self.shape}")
        if self.transforms:
            image = _transform(image, draws)
        pixels = to_pixels(self._crop(image, draws))
        if self.crops and draws.random() < 0.5:
            pixels = np.ascontiguousarray(pixels[:, :, ::-1])
        if self.colours:
            shifts = draws.uniform(-1, 1, 3) * [colours.HUE, colours.SATURATION, colours.LIGHTNESS]
            pixels = colours.shift(pixels, *shifts)
        return pixels

    def _crop(self, image: Any, draws: np.random.Generator) -> Any:
        free = image.width - self.shape.width, image.height - self.shape.height
        left, top = (int(draws.integers(0, room + 1)) if self.crops else room // 2 for room in free)
        return image.crop((left, top, left + self.shape.width, top + self.shape.height))


def _transform(image: Any, draws: np.random.Generator) -> Any:
    """The image turned, sheared and stretched about its middle; its size stays."""
    angle, shear, aspect = draws.uniform(-1, 1, 3) * [math.radians(ROTATION), SHEAR, ASPECT]
    tall = 2 / (2 + aspect)
    wide = (1 + aspect) * tall
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    back = np.linalg.inv(np.diag([wide, tall]) @ np.array([[1, shear], [0, 1]]) @ turn)
    middle = np.array(image.size) / 2
    shift = middle - back @ middle
    matrix = (*back[0], shift[0], *back[1], shift[1])
    fill = _GREY if image.mode == "L" else (_GREY,) * 3
    return image.transform(image.size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR, fillcolor=fill)
