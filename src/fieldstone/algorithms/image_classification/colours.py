"""Shifts of hue, lightness and saturation, which all pixels of an image share."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

HUE, SATURATION, LIGHTNESS = 36 / 180, 50 / 255, 50 / 255
"""How far each may go either way: 36, 50 and 50 on the scales of OpenCV, as a part of the whole."""


def shift(pixels: NDArray[np.uint8], hue: float, saturation: float, lightness: float) -> NDArray[np.uint8]:
    """An image with other colours; one in grey gets lighter or darker.

    Args:
        pixels: (1 or 3, height, width).
        hue: A part of the circle of colours.
        saturation: A part of the way from grey to the purest colour.
        lightness: A part of the way from black to white.
    """
    numbers = pixels.astype(np.float32) / np.float32(255)
    if len(numbers) == 1:
        changed = np.clip(numbers + lightness, 0, 1)
    else:
        found = _to_hls(numbers)
        changed = _to_rgb(
            (found[0] + hue) % 1, np.clip(found[1] + lightness, 0, 1), np.clip(found[2] + saturation, 0, 1)
        )
    return np.rint(changed * 255).astype(np.uint8)


def _to_hls(rgb: Floats) -> tuple[Floats, Floats, Floats]:
    """Hue, lightness and saturation, each from 0 to 1 (G. H. Joblove, D. Greenberg, SIGGRAPH 1978)."""
    red, green, blue = rgb
    most, least = rgb.max(axis=0), rgb.min(axis=0)
    span = most - least
    lightness = (most + least) / 2
    divisor = np.where(span > 0, span, 1)
    hue = np.where(
        most == red,
        (green - blue) / divisor,
        np.where(most == green, 2 + (blue - red) / divisor, 4 + (red - green) / divisor),
    )
    reach = 1 - np.abs(2 * lightness - 1)
    return (hue / 6) % 1, lightness, span / np.where(reach > 0, reach, 1)


def _to_rgb(hue: Floats, lightness: Floats, saturation: Floats) -> Floats:
    reach = saturation * np.minimum(lightness, 1 - lightness)
    channels: list[Floats] = []
    for start in (0, 8, 4):
        turn = (start + 12 * hue) % 12
        channels.append(lightness - reach * np.clip(np.minimum(turn - 3, 9 - turn), -1, 1))
    return np.stack(channels).astype(np.float32)
