"""MXNet itself, its last release of 2022: it opens our models and answers alike; we read the records that it writes."""

import json

import numpy as np
import pytest
from tests.algorithms.image_classification.conftest import RECORDIO, TORCH, Folder, draw_images, needs_torch, rec
from tests.environments import python_of, run

from fieldstone.algorithms.image_classification import records

pytestmark = [*needs_torch, pytest.mark.client("mxnet")]

ASK = """
import json, sys, warnings
warnings.simplefilter("ignore")
import mxnet as mx, numpy as np
images = np.load(sys.argv[2])
network, arguments, averages = mx.model.load_checkpoint(sys.argv[1] + "/image-classification", int(sys.argv[3]))
module = mx.mod.Module(network, label_names=["softmax_label"])
module.bind(data_shapes=[("data", images.shape)], for_training=False)
module.set_params(arguments, averages)
module.forward(mx.io.DataBatch([mx.ndarray.array(images)]), is_train=False)
print(json.dumps(module.get_outputs()[0].asnumpy().tolist()))
"""

OURS = """
import json, sys
from pathlib import Path
import numpy as np, torch
from fieldstone.algorithms.image_classification.network import answer, place
from fieldstone.algorithms.image_classification.serve import Predictor
images = np.load(sys.argv[2])
predictor = Predictor(Path(sys.argv[1]))
with torch.inference_mode():
    print(json.dumps(answer(predictor._network, place(images.astype(np.uint8), torch.device("cpu"))).tolist()))
"""

WRITE = """
import sys
import mxnet as mx
writer = mx.recordio.MXRecordIO(sys.argv[1], "w")
magic = (0xCED7230A).to_bytes(4, "little")
for number, (label, image) in enumerate([(2.0, b"abc"), ([0.0, 1.0, 1.0], b"12345678" + magic + b"x" * 5 + magic * 2)]):
    writer.write(mx.recordio.pack(mx.recordio.IRHeader(0, label, number, 0), image))
writer.close()
"""


@pytest.mark.parametrize(
    "given",
    [
        {"num_layers": "20"},
        {"num_layers": "18", "image_shape": "3,40,40"},
        {"num_layers": "20", "multi_label": "1", "num_classes": "2"},
    ],
    ids=["small", "large", "several"],
)
def test_mxnet_gives_the_answers_that_we_give(tmp_path, given):
    """From the same files, to six digits."""
    folder = Folder(tmp_path / "job").with_records(16, 8, size=40)
    if "multi_label" in given:
        images, labels = draw_images(16, size=40)
        for name in ("train", "validation"):
            folder.write(name, f"{name}.rec", rec(images, np.column_stack([labels == 0, labels > 0])), RECORDIO)
    code, _, errors = folder.train(epochs="2", mini_batch_size="8", checkpoint_frequency="2", **given)
    assert (code, errors) == (0, "")
    size = 40 if "image_shape" in given else 16
    np.save(tmp_path / "images.npy", draw_images(6, size=size, seed=5)[0].transpose(0, 3, 1, 2).astype(np.float32))
    theirs = json.loads(run(python_of("mxnet"), ASK, folder.root / "model", tmp_path / "images.npy", 2))
    ours = json.loads(run(TORCH, OURS, folder.root / "model", tmp_path / "images.npy"))

    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


def test_records_that_mxnet_writes_are_read(tmp_path):
    """With one label or several, and cut into parts where the magic number is."""
    run(python_of("mxnet"), WRITE, tmp_path / "a.rec")
    magic = (0xCED7230A).to_bytes(4, "little")
    with (tmp_path / "a.rec").open("rb") as file:
        found = [records.parse(record) for record in records.read(file)]

    assert found == [((2.0,), b"abc"), ((0.0, 1.0, 1.0), b"12345678" + magic + b"x" * 5 + magic * 2)]
