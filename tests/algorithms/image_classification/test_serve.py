"""Answers: images in, probabilities out, and refusals."""

import json
import subprocess

import numpy as np
import pytest
from tests.algorithms.image_classification.conftest import TORCH, draw_weights, needs_torch, png

from fieldstone.algorithms.amazon import ndarray
from fieldstone.algorithms.image_classification import artifact, graph
from fieldstone.algorithms.image_classification.graph import Shape

pytestmark = needs_torch

ASK = """
import io, json, sys
from pathlib import Path
import numpy as np
from PIL import Image
from fieldstone.algorithms.image_classification.serve import Predictor
from fieldstone.contract.serving import Invocation

pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3)).astype(np.uint8)
image = Image.fromarray(pixels)
def encode(image, form):
    file = io.BytesIO()
    image.save(file, form)
    return file.getvalue()
data = encode(image, "PNG")
wide = encode(image.resize((48, 32), Image.Resampling.NEAREST), "PNG")
jpeg = encode(image, "JPEG")
asked = [
    (data, "application/x-image", ""), (data, "image/png", "application/json"), (data, "", "*/*"),
    (data, "image/png", "application/jsonlines"), (jpeg, "image/jpeg", "text/html, application/json"),
    (wide, "application/x-image", ""), (encode(image.convert("L"), "PNG"), "image/png", ""),
    (b"hello", "application/x-image", ""), (data[:200], "image/png", ""), (b"", "image/png", ""),
    (data, "text/csv", ""), (data, "image/png", "text/csv"),
]
predictor = Predictor(Path(sys.argv[1]))
requests = [Invocation(body, content, accept, {}) for body, content, accept in asked]
together = predictor.answer(requests)
alone = [predictor.answer([request])[0] for request in requests]
print(json.dumps({
    "replies": [[reply.status, reply.content_type, reply.body.decode()] for reply in together],
    "alone": [[reply.status, reply.content_type, reply.body.decode()] for reply in alone],
}))
"""


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Two models with weights drawn here: of one class an image, and of several."""
    folders = {}
    for name in ("one", "several"):
        folder = folders[name] = tmp_path_factory.mktemp(name)
        nodes, shape = graph.build(20, Shape(3, 16, 16), 4, multi_label=name == "several"), Shape(3, 16, 16)
        artifact.save_network(folder, nodes, shape)
        artifact.save_weights(artifact.weights_file(folder, 7), draw_weights(nodes))
    return folders


def test_an_image_is_answered_with_a_probability_for_each_class(by_torch, models):
    """As a list, or as a line with a prediction; JPEG, PNG or unsaid, of any size, alone or together."""
    told = by_torch(ASK, models["one"])
    replies = told["replies"]
    lists = [json.loads(body) for _, _, body in replies[:3]]

    assert [status for status, _, _ in replies] == [200] * 7 + [400] * 3 + [415, 406]
    assert lists[0] == lists[1] == lists[2]
    assert len(lists[0]) == 4
    assert sum(lists[0]) == pytest.approx(1)
    assert replies[3][1:] == [
        "application/jsonlines",
        json.dumps({"prediction": lists[0]}, separators=(",", ":")) + "\n",
    ]
    assert {kind for _, kind, _ in replies[:3]} == {"application/json"}
    for (status, kind, body), (status_alone, kind_alone, body_alone) in zip(
        replies[:7], told["alone"][:7], strict=True
    ):
        assert (status, kind) == (status_alone, kind_alone)
        if kind == "application/json":
            np.testing.assert_allclose(json.loads(body), json.loads(body_alone), rtol=1e-4, atol=1e-6)


def test_what_cannot_be_answered_is_refused_with_what_is_wrong(by_torch, models):
    """No image, a part of one, nothing, and types that there are not."""
    refused = [body for _, _, body in by_torch(ASK, models["one"])["replies"][7:]]

    assert refused[0] == "unable to evaluate payload provided: it is no JPEG or PNG image"
    assert refused[1].startswith("unable to evaluate payload provided: it is broken: image file is truncated")
    assert refused[2] == "unable to evaluate payload provided: it is empty"
    assert refused[3:] == ["Content-type text/csv not supported", "Accept type text/csv not supported"]


def test_with_several_labels_each_class_has_a_probability_of_its_own(by_torch, models):
    """They need not sum to one."""
    one, several = (json.loads(by_torch(ASK, models[name])["replies"][0][2]) for name in ("one", "several"))

    assert all(0 < part < 1 for part in several)
    assert sum(one) == pytest.approx(1)
    assert abs(sum(several) - 1) > 1e-3


def replace(folder, old, new):
    file = folder / "image-classification-symbol.json"
    file.write_text(file.read_text().replace(old, new))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda folder: (folder / "model-shapes.json").write_text("{}"), "model-shapes.json does not say which shape"),
        (
            lambda folder: (folder / "image-classification-0007.params").write_bytes(b"x"),
            "is no file of MXNet's arrays",
        ),
        (
            lambda folder: ndarray.save(folder / "image-classification-0008.params", {}),
            "it has no weights arg:bn_data_",
        ),
        (
            lambda folder: (folder / "image-classification-symbol.json").unlink(),
            "There is no file image-classification-sym",
        ),
        (lambda folder: (folder / "image-classification-symbol.json").write_text("[]"), "it is no network of MXNet's"),
        (lambda folder: replace(folder, '"relu"', '"tanh"'), "its activation tanh is not known here"),
        (lambda folder: replace(folder, '"Flatten"', '"Crop"'), "its operation Crop is not known here"),
    ],
)
def test_what_is_no_model_is_not_served(models, tmp_path, change, reason):
    """And the log of the server says why."""
    folder = tmp_path / "model"
    folder.mkdir()
    for file in models["one"].iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    change(folder)
    done = subprocess.run(
        [str(TORCH), "-m", "fieldstone.algorithms.image_classification", "--image-version", "1", "serve"],
        env={"SAGEMAKER_BASE_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 1
    assert "Unable to load model: " in done.stdout
    assert reason in done.stdout


def test_png_made_here_is_what_pillow_reads(by_torch, tmp_path):
    """So the other tests speak of images."""
    pixels = np.random.default_rng(1).integers(0, 256, (5, 7, 3))
    (tmp_path / "a.png").write_bytes(png(pixels))
    lines = "import sys, json, numpy\nfrom PIL import Image\n"
    lines += "print(json.dumps(numpy.asarray(Image.open(sys.argv[1])).tolist()))"

    assert by_torch(lines, tmp_path / "a.png") == pixels.tolist()
