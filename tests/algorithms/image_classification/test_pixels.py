"""Images on their way to the network: decoded, brought to its size, changed by chance."""

import numpy as np
from tests.algorithms.image_classification.conftest import needs_torch

pytestmark = needs_torch

DECODE = """
import io, json
import numpy as np
from PIL import Image
from fieldstone.algorithms.image_classification.decoding import ImageError, decode, resize_shorter, squeeze, to_pixels
from fieldstone.algorithms.image_classification.graph import Shape

def encode(image, form, **options):
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()

def refuse(data):
    try:
        return decode(data, 3).mode
    except ImageError as error:
        return str(error)

ramp = np.arange(0, 240, 10, dtype=np.uint8).reshape(4, 6)
grey = Image.fromarray(ramp)
colour = Image.merge("RGB", [grey, grey.point(lambda v: 255 - v), grey.point(lambda v: 7)])
clear = colour.convert("RGBA")
deep = Image.fromarray(ramp.astype(np.uint16) * 257)
forms = {
    "png": encode(colour, "PNG"), "alpha": encode(clear, "PNG"), "palette": encode(colour.quantize(64), "PNG"),
    "grey": encode(grey, "PNG"), "deep": encode(deep, "PNG"), "jpeg": encode(colour, "JPEG", quality=95),
    "cmyk": encode(colour.convert("CMYK"), "JPEG"),
}
noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3)).astype(np.uint8))
whole = encode(noise, "PNG"), encode(noise, "JPEG")
print(json.dumps({
    "shapes": {name: [list(to_pixels(decode(data, n)).shape) for n in (1, 3)] for name, data in forms.items()},
    "exact": to_pixels(decode(forms["png"], 3)).tolist(),
    "deep": to_pixels(decode(forms["deep"], 1)).tolist(),
    "jpeg": int(np.abs(to_pixels(decode(forms["jpeg"], 1)).astype(int) - to_pixels(decode(forms["png"], 1))).max()),
    "large": decode(encode(noise.resize((640, 480)), "JPEG"), 3, (60, 60)).size,
    "sizes": [resize_shorter(colour, 8).size, squeeze(colour, Shape(3, 10, 5)).size],
    "refused": [refuse(data) for data in (
        b"", b"hello", encode(colour, "GIF"), *(one[: len(one) // 2] for one in whole), whole[1][:100]
    )],
}))
"""


def test_images_of_every_kind_become_numbers_of_one_kind(by_torch):
    """Grey or coloured as the network wants them, whatever the file has: transparency, a palette, 16 bits, inks."""
    told = by_torch(DECODE)

    assert set(map(str, told["shapes"].values())) == {"[[1, 4, 6], [3, 4, 6]]"}
    assert told["exact"][0] == np.arange(0, 240, 10).reshape(4, 6).tolist()
    assert told["deep"] == told["exact"][:1]
    assert told["jpeg"] < 60
    assert told["large"] == [80, 60]
    assert told["sizes"] == [[12, 8], [5, 10]]


def test_what_is_no_whole_jpeg_or_png_is_told(by_torch):
    """Empty, words, another kind of image, and each kind cut off."""
    told = by_torch(DECODE)["refused"]

    assert told[:3] == ["it is empty", "it is no JPEG or PNG image", "it is no JPEG or PNG image"]
    assert all(reason.startswith("it is broken: image file is truncated") for reason in told[3:5])
    assert told[5].startswith("it is ")


AUGMENT = """
import io, json
import numpy as np
from PIL import Image
from fieldstone.algorithms.image_classification.augmenting import Preparation
from fieldstone.algorithms.image_classification.graph import Shape

def encode(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()

draws = np.random.default_rng(0)
places = np.arange(20 * 20, dtype=np.uint16).reshape(20, 20)
numbered = np.dstack([places // 20, places % 20, places * 0]).astype(np.uint8)
data, shape = encode(numbered), Shape(3, 16, 16)
middle = Preparation(shape).prepare(data, draws)
crops = [Preparation(shape, crops=True).prepare(data, draws) for _ in range(200)]
corners = sorted({(int(c[0].min()), int(c[1].min())) for c in crops})
mirrored = sum(bool(c[1, 0, 0] > c[1, 0, -1]) for c in crops)
flat = encode(np.full((20, 20, 3), [200, 100, 50], np.uint8))
colours = np.stack([Preparation(shape, crops=True, colours=True).prepare(flat, draws)[:, 0, 0] for _ in range(300)])
away = (np.arange(40) - 19.5) ** 2
wheel = encode(np.where(np.add.outer(away, away) < 81, 255, 0).astype(np.uint8))
turned = [Preparation(Shape(1, 40, 40), transforms=True).prepare(wheel, draws)[0] > 127 for _ in range(100)]
sides = [(int(t[:, 8:32].any(axis=0).sum()), int(t[8:32].any(axis=1).sum())) for t in turned]
print(json.dumps({
    "middle": [int(middle[0, 0, 0]), int(middle[1, 0, 0]), int(middle[1, 0, -1])],
    "corners": corners, "mirrored": mirrored, "flat": colours.std(axis=0).tolist(),
    "resized": list(Preparation(shape, resize=16).prepare(encode(np.zeros((40, 60, 3), np.uint8)), draws).shape),
    "least": np.min(sides, axis=0).tolist(), "most": np.max(sides, axis=0).tolist(),
    "centre": [float(np.mean([np.argwhere(t[5:35, 5:35]).mean(axis=0) for t in turned]))],
}))
"""


def test_augmentation_crops_mirrors_colours_and_turns(by_torch):
    """Each as far as AWS's table says; without it, the middle is taken."""
    told = by_torch(AUGMENT)

    assert told["middle"] == [2, 2, 17]
    assert told["corners"] == [[top, left] for top in range(5) for left in range(5)]
    assert 70 < told["mirrored"] < 130
    assert all(spread > 15 for spread in told["flat"])
    assert told["resized"] == [3, 16, 16]
    assert all(12 <= side < 18 for side in told["least"])
    assert all(18 < side <= 24 for side in told["most"])
    assert abs(told["centre"][0] - 14.5) < 0.5
