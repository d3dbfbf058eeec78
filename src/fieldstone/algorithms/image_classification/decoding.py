# pyright: reportMissingImports=false
"""Images from the bytes of a JPEG or PNG."""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from fieldstone.algorithms.image_classification.graph import Shape

Pixels = NDArray[np.uint8]
"""(channels, height, width) numbers from 0 to 255."""

FORMATS = ("JPEG", "PNG")
_MODES = {1: "L", 3: "RGB"}


class ImageError(ValueError):
    """What is wrong with an image."""


def decode(data: bytes, channels: int, least: tuple[int, int] | None = None) -> Any:
    """The image in some bytes, in grey (1 channel) or in colour (3).

    Args:
        data: The bytes.
        channels: How many are wanted.
        least: The width and height that will do: a much larger JPEG is then read at half, a quarter or an eighth of its
            size, which takes so much less time.

    Raises:
        ImageError: They are no JPEG or PNG, or a part of one.
    """
    if not data:
        raise ImageError("it is empty")
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        if least is not None:
            image.draft(_MODES[channels], least)
        image.load()
    except UnidentifiedImageError as error:
        raise ImageError("it is no JPEG or PNG image") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ImageError(f"it is broken: {error}") from error
    if image.mode.startswith("I"):  # 16 bits a pixel, of which the upper ones are kept
        image = Image.fromarray((np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8))
    return image.convert(_MODES[channels])


def resize_shorter(image: Any, size: int) -> Any:
    """The image in such a size that its shorter side has so many pixels."""
    scale = size / min(image.size)
    width, height = (max(size, round(side * scale)) for side in image.size)
    return image.resize((width, height), Image.Resampling.BILINEAR)


def squeeze(image: Any, shape: Shape) -> Any:
    """The whole image in this size, whatever becomes of its proportions."""
    return image.resize((shape.width, shape.height), Image.Resampling.BILINEAR)


def to_pixels(image: Any) -> Pixels:
    """The numbers of an image."""
    pixels = np.asarray(image)
    return np.ascontiguousarray(pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1))
