"""Fashion-MNIST, as far as five minutes on two cores go: a small network tells its ten kinds of clothes apart."""

import json

from tests.algorithms.image_classification import fashion
from tests.algorithms.image_classification.conftest import RECORDIO, Folder, needs_torch, rec

pytestmark = [*needs_torch, fashion.needed]
IMAGES, CHECKS = 20_000, 2_000
LEARNS = {
    "num_classes": "10",
    "num_training_samples": str(IMAGES),
    "num_layers": "20",
    "image_shape": "1,28,28",
    "mini_batch_size": "64",
    "epochs": "6",
    "optimizer": "nag",
    "learning_rate": "0.1",
    "lr_scheduler_step": "4,5",
    "augmentation_type": "crop",
}
JUDGE = """
import json, sys
from pathlib import Path
from fieldstone.algorithms.image_classification import records
from fieldstone.algorithms.image_classification.serve import Predictor
from fieldstone.contract.serving import Invocation
predictor = Predictor(Path(sys.argv[1]))
with open(sys.argv[2], "rb") as file:
    checks = [records.parse(record) for record in records.read(file)]
right = 0
for start in range(0, len(checks), 500):
    some = checks[start : start + 500]
    replies = predictor.answer([Invocation(check.image, "image/png", "", {}) for check in some])
    for reply, check in zip(replies, some):
        said = json.loads(reply.body)
        right += said.index(max(said)) == check.labels[0]
print(right / len(checks))
"""


def test_a_third_of_fashion_mnist_teaches_a_small_network_nine_tenths_of_it(tmp_path, by_torch):
    """The best of six epochs by images held back; then 10,000 that it has not seen, asked for as an endpoint does."""
    images, labels = fashion.load("train")
    folder = Folder(tmp_path / "job")
    folder.write("train", "train.rec", rec(images[:IMAGES], labels[:IMAGES]), RECORDIO)
    folder.write("validation", "validation.rec", rec(images[-CHECKS:], labels[-CHECKS:]), RECORDIO)
    folder.hyperparameters = LEARNS
    folder.threads = "2"
    (tmp_path / "t10k.rec").write_bytes(rec(*fashion.load("t10k")))
    with folder.start() as process:
        _, errors = process.communicate(timeout=3600)

    assert (process.returncode, errors) == (0, "")
    assert by_torch(JUDGE, folder.root / "model", tmp_path / "t10k.rec") >= 0.90
    assert json.loads((folder.root / "model" / "model-shapes.json").read_text())[0]["shape"] == [1, 1, 28, 28]
