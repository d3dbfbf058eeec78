"""Image classification against MXNet 1.9, which AWS's algorithm is built on, and against bare PyTorch.

All learn the same network from the same images, in batches of the same size, on one thread. MXNet loads the network
from the file that we write, and reads the images by its own `ImageRecordIter`; PyTorch alone finds them in memory.
Then we and MXNet answer lone images. It needs the environments of ``make torch`` and ``make clients``.
"""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from statistics import median

import pace
import tables

ROOT = Path(__file__).parents[1]
TORCH, MXNET = (ROOT / f".venv-{name}" / "bin" / "python" for name in ("torch", "mxnet"))
CASES = (
    {"layers": 20, "shape": [3, 28, 28], "batch": 64, "images": 2048},
    {"layers": 18, "shape": [3, 64, 64], "batch": 32, "images": 256},
)
EPOCHS = 2
ASKED = 50

MAKE = """
import io, json, sys
from pathlib import Path
import numpy as np
from PIL import Image
from fieldstone.algorithms.amazon.recordio import frame
from fieldstone.algorithms.image_classification import artifact, graph, records
from fieldstone.algorithms.image_classification.network import Network
case, folder = json.loads(sys.argv[1]), Path(sys.argv[2])
shape, draw = graph.Shape(*case["shape"]), np.random.default_rng(0)

def image(number):
    pixels = draw.integers(0, 60, (shape.height // 4, shape.width // 4, 3)) + 20 * (number % 10)
    file = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).resize((shape.width, shape.height)).save(file, "JPEG", quality=95)
    return records.pack([number % 10], file.getvalue(), number)

for name, count in (("train", case["images"]), ("validation", 64)):
    (folder / name).mkdir()
    (folder / name / "images.rec").write_bytes(frame(image(number) for number in range(count)))
nodes = graph.build(case["layers"], shape, 10)
network = Network(nodes, shape.channels)
network.draw(0)
artifact.save_network(folder, nodes, shape)
artifact.save_weights(artifact.weights_file(folder, 0), network.weights())
"""

OURS = """
import contextlib, io, json, sys, time
from pathlib import Path
import torch
from fieldstone.algorithms.image_classification import artifact, records
from fieldstone.algorithms.image_classification.augmenting import Preparation
from fieldstone.algorithms.image_classification.channels import find_source
from fieldstone.algorithms.image_classification.feeding import Feed
from fieldstone.algorithms.image_classification.hosts import Team
from fieldstone.algorithms.image_classification.hyperparameters import validate
from fieldstone.algorithms.image_classification.keeping import Keeper
from fieldstone.algorithms.image_classification.loading import Loader
from fieldstone.algorithms.image_classification.network import Network
from fieldstone.algorithms.image_classification.scoring import make_loss
from fieldstone.algorithms.image_classification.serve import Predictor
from fieldstone.algorithms.image_classification.training import Training
from fieldstone.contract.serving import Invocation
from fieldstone.contract.training import Channel
case, folder, epochs, asked = json.loads(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
torch.set_num_threads(1)
with contextlib.redirect_stdout(io.StringIO()):
    options = validate({
        "num_classes": "10", "num_training_samples": str(case["images"]), "num_layers": str(case["layers"]),
        "image_shape": ",".join(map(str, case["shape"])), "mini_batch_size": str(case["batch"]), "epochs": epochs,
    })
    saved = artifact.load(folder)
    network = Network(saved.nodes, saved.shape.channels)
    network.load(saved.weights)
    channels = {name: Channel(name, folder / name, "application/x-recordio") for name in ("train", "validation")}
    team, loader = Team(["here"], "here"), Loader(1)
    feeds = [
        Feed(find_source(name, channels, options), loader, Preparation(saved.shape), case["batch"], team)
        for name in channels
    ]
    loss = make_loss(multi_label=False, weighted=False, labels=None)
    training = Training(network, options, loss, team, Keeper(folder / "ours", None))
    begun = time.process_time()
    training.run(*feeds, None)
    learnt = time.process_time() - begun
    predictor = Predictor(folder)
    with (folder / "validation" / "images.rec").open("rb") as file:
        images = [records.parse(record).image for record in records.read(file)]
    requests = [Invocation(image, "image/jpeg", "", {}) for image in images]
    predictor.answer(requests[:1])
    begun = time.process_time()
    for number in range(asked):
        predictor.answer([requests[number % len(requests)]])
    answered = time.process_time() - begun
print(json.dumps([learnt, answered]))
"""

BARE = """
import json, sys, time
from pathlib import Path
import torch
from fieldstone.algorithms.image_classification import artifact
from fieldstone.algorithms.image_classification.network import Network
case, folder, epochs = json.loads(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(1)
saved = artifact.load(folder)
network = Network(saved.nodes, saved.shape.channels).to(memory_format=torch.channels_last)
optimizer = torch.optim.SGD(network.parameters(), 0.1, 0.9, weight_decay=1e-4)
images = torch.rand(case["images"], *case["shape"]).to(memory_format=torch.channels_last)
labels = torch.arange(case["images"]) % 10
begun = time.process_time()
for _ in range(epochs):
    for start in range(0, case["images"], case["batch"]):
        optimizer.zero_grad()
        said = network(images[start : start + case["batch"]])
        torch.nn.functional.cross_entropy(said, labels[start : start + case["batch"]]).backward()
        optimizer.step()
print(json.dumps([time.process_time() - begun, None]))
"""

THEIRS = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import mxnet as mx
case, folder, epochs, asked = json.loads(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
network, arguments, averages = mx.model.load_checkpoint(folder + "/image-classification", 0)

def read(name):
    return mx.io.ImageRecordIter(
        path_imgrec=f"{folder}/{name}/images.rec", data_shape=tuple(case["shape"]), batch_size=case["batch"],
        shuffle=name == "train", preprocess_threads=1, round_batch=False,
    )

feeds = read("train"), read("validation")
module = mx.mod.Module(network, context=mx.cpu())
begun = time.process_time()
module.fit(
    *feeds, eval_metric="acc", arg_params=arguments, aux_params=averages, num_epoch=epochs, optimizer="sgd",
    optimizer_params={"learning_rate": 0.1, "momentum": 0.9, "wd": 1e-4},
    epoch_end_callback=mx.callback.do_checkpoint(f"{folder}/theirs"),
)
mx.ndarray.waitall()
learnt = time.process_time() - begun
reader = mx.recordio.MXRecordIO(f"{folder}/validation/images.rec", "r")
images = [mx.recordio.unpack(reader.read())[1] for _ in range(60)]
alone = mx.mod.Module(network, context=mx.cpu(), label_names=["softmax_label"])
alone.bind(data_shapes=[("data", (1, *case["shape"]))], for_training=False)
alone.set_params(arguments, averages)

def ask(data):
    image = mx.image.imresize(mx.image.imdecode(data), case["shape"][2], case["shape"][1])
    alone.forward(mx.io.DataBatch([image.transpose((2, 0, 1)).expand_dims(0).astype("float32")]), is_train=False)
    return json.dumps(alone.get_outputs()[0].asnumpy()[0].tolist())

ask(images[0])
begun = time.process_time()
for number in range(asked):
    ask(images[number % len(images)])
print(json.dumps([learnt, time.process_time() - begun]))
"""
RIVALS = {"Fieldstone": (TORCH, OURS), "MXNet 1.9": (MXNET, THEIRS), "PyTorch alone": (TORCH, BARE)}


def _run(python, lines, *arguments):
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "MXNET_CPU_WORKER_NTHREADS"), "1")
    command = [str(python), "-c", lines, *map(str, arguments)]
    done = subprocess.run(command, env=os.environ | threads, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


def _measure(case, tries):
    """The seconds of CPU that each takes to learn and to answer, try by try."""
    found = {name: [] for name in RIVALS}
    for _ in range(tries):
        for name, (python, lines) in RIVALS.items():
            with tempfile.TemporaryDirectory() as folder:
                _run(TORCH, MAKE, json.dumps(case), folder)
                (Path(folder) / "ours").mkdir()
                said = _run(python, lines, json.dumps(case), folder, EPOCHS, ASKED)
                found[name].append(json.loads(said.splitlines()[-1]))
    return found


def run(pace: pace.Pace) -> None:
    """Print images a second of CPU in training, milliseconds of CPU an answer, and the ratios of theirs to ours."""
    if missing := [str(python) for python in (TORCH, MXNET) if not python.exists()]:
        print(f"\nimage classification: left out, {' and '.join(missing)} missing: make torch, make clients")
        return
    for case in CASES:
        found = _measure(case, min(pace.tries, 3))
        ours = found["Fieldstone"]
        rows = []
        for name, tries in found.items():
            learnt = [EPOCHS * case["images"] / seconds for seconds, _ in tries]
            answers = [1000 * seconds / ASKED for _, seconds in tries if seconds is not None]
            faster = median(tables.ratios((s for s, _ in tries), (s for s, _ in ours)))
            slower = f"{median(tables.ratios(answers, (1000 * s / ASKED for _, s in ours))):.2f}" if answers else ""
            rows.append(
                [name, tables.spread(learnt), f"{faster:.2f}", tables.spread(answers) if answers else "", slower]
            )
        title = f"ResNet of {case['layers']} layers, images of {case['shape']}, batches of {case['batch']}, one thread"
        header = ["", "images/s of CPU, learning", "its time / ours", "ms of CPU an answer", "its time / ours"]
        tables.show(title, header, rows)


if __name__ == "__main__":
    run(pace.read_pace(__doc__))
