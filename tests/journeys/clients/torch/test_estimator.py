"""SDK v2's PyTorch estimator: a small network that really learns, on one host and on two, and answers."""

import json

import numpy as np
import pytest

pytestmark = pytest.mark.client("sdk2")

ESTIMATOR = """
import json, sys
import numpy as np
import sagemaker
from sagemaker.inputs import TrainingInput
from sagemaker.pytorch import PyTorch
from sagemaker.s3 import S3Downloader
session = sagemaker.Session()
estimator = PyTorch(
    entry_point="train.py",
    source_dir="code",
    role=sagemaker.get_execution_role(),
    framework_version="2.3",
    py_version="py311",
    instance_count=int(sys.argv[1]),
    instance_type="ml.m5.large",
    hyperparameters={"epochs": 120, "lr": 0.05, "hidden": 16},
    metric_definitions=[{"Name": name, "Regex": f"{name}=([0-9.]+)"} for name in ("loss", "accuracy")],
)
uploaded = {name: session.upload_data(name, key_prefix=f"torch-{sys.argv[1]}/{name}") for name in ("train", "held")}
spread = "ShardedByS3Key" if sys.argv[1] == "2" else "FullyReplicated"
estimator.fit({"train": TrainingInput(uploaded["train"], distribution=spread), "held": uploaded["held"]})
job = session.describe_training_job(estimator.latest_training_job.name)
S3Downloader.download(estimator.model_data, "model", sagemaker_session=session)
metrics = {metric["MetricName"]: metric["Value"] for metric in job["FinalMetricDataList"]}
"""

TELL = """
print()
print(json.dumps({"metrics": metrics}))
"""

DEPLOY = """
predictor = estimator.deploy(1, "ml.m5.large")
points = np.loadtxt("held/rows.csv", delimiter=",", dtype="float32")[:, 1:]
answered = predictor.predict(points)
predictor.delete_endpoint()
print()
print(json.dumps({"metrics": metrics, "answered": np.ravel(answered).tolist()}))
"""

TRAIN = """
import argparse, json, os
import torch
from network import load, network, read, save

def train(given):
    assert json.loads(os.environ["SM_HPS"]) == {"epochs": given.epochs, "lr": given.lr, "hidden": given.hidden}
    torch.manual_seed(0)
    (x, y), (held_x, held_y) = (read(os.environ[f"SM_CHANNEL_{name}"]) for name in ("TRAIN", "HELD"))
    model = network(given.hidden)
    optimizer, lossy = torch.optim.Adam(model.parameters(), given.lr), torch.nn.BCEWithLogitsLoss()
    for epoch in range(given.epochs):
        optimizer.zero_grad()
        loss = lossy(model(x), y)
        loss.backward()
        optimizer.step()
        if epoch % 20 == 0 or epoch == given.epochs - 1:
            print(f"epoch {epoch} loss={loss.item():.4f}")
    accuracy = ((model(held_x) > 0) == (held_y > 0)).float().mean()
    print(f"accuracy={accuracy:.4f} on {os.environ['SM_CURRENT_HOST']} of {os.environ['SM_HOSTS']}")
    save(model, os.environ["SM_MODEL_DIR"])

def model_fn(folder):
    return load(folder)

def predict_fn(points, model):
    with torch.no_grad():
        return torch.sigmoid(model(torch.as_tensor(points)))

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name, kind in {"epochs": int, "lr": float, "hidden": int}.items():
        parser.add_argument(f"--{name}", type=kind)
    train(parser.parse_args())
"""

TOGETHER = """
import argparse, json, os
import torch
import torch.distributed as dist
from network import network, read, save
from torch.nn.parallel import DistributedDataParallel

parser = argparse.ArgumentParser()
for name, kind in {"epochs": int, "lr": float, "hidden": int}.items():
    parser.add_argument(f"--{name}", type=kind)
given = parser.parse_args()
hosts, host = json.loads(os.environ["SM_HOSTS"]), os.environ["SM_CURRENT_HOST"]
os.environ["MASTER_ADDR"], os.environ["MASTER_PORT"] = hosts[0], "23456"
dist.init_process_group("gloo", rank=hosts.index(host), world_size=len(hosts))
torch.manual_seed(0)
(x, y), (held_x, held_y) = (read(os.environ[f"SM_CHANNEL_{name}"]) for name in ("TRAIN", "HELD"))
model = DistributedDataParallel(network(given.hidden))
optimizer, lossy = torch.optim.Adam(model.parameters(), given.lr), torch.nn.BCEWithLogitsLoss()
for epoch in range(given.epochs):
    optimizer.zero_grad()
    lossy(model(x), y).backward()
    optimizer.step()
count, total = torch.tensor(len(x)), [None] * len(hosts)
dist.all_reduce(count)
dist.all_gather_object(total, model.module[0].weight.tolist())
accuracy = ((model(held_x) > 0) == (held_y > 0)).float().mean()
print(f"{host} has {len(x)} of {count} rows, same weights: {total[0] == total[1]}, accuracy={accuracy:.4f}")
if host == hosts[0]:
    save(model.module, os.environ["SM_MODEL_DIR"])
dist.destroy_process_group()
"""


def losses(said):
    return [float(line.partition("loss=")[2]) for line in said.splitlines() if "loss=" in line]


def test_a_network_learns_is_deployed_and_answers(client_program, code, rows, forward, tmp_path):
    """Its loss falls, it tells points that it has not seen, and the endpoint says what the network does."""
    (code / "train.py").write_text(TRAIN)

    said = client_program(ESTIMATOR + DEPLOY, 1)
    told = json.loads(said.splitlines()[-1])
    expected = forward(tmp_path / "model" / "model.tar.gz", rows["held"][:, 1:]).ravel()
    accuracy = np.mean((expected > 0.5) == rows["held"][:, 0])

    first, *_, last = losses(said)
    assert first > 0.6
    assert last < 0.25
    assert accuracy > 0.92
    assert told["metrics"] == pytest.approx({"loss": last, "accuracy": accuracy}, abs=1e-4)
    assert told["answered"] == pytest.approx(expected.tolist(), abs=1e-5)


def test_two_hosts_learn_as_one(client_program, code, rows, forward, tmp_path):
    """They meet by the names of SM_HOSTS; each has half of the rows, and both end with the same weights."""
    (code / "train.py").write_text(TOGETHER)

    said = client_program(ESTIMATOR + TELL, 2)
    expected = forward(tmp_path / "model" / "model.tar.gz", rows["held"][:, 1:]).ravel()
    accuracy = np.mean((expected > 0.5) == rows["held"][:, 0])

    for host in ("algo-1", "algo-2"):
        assert f"{host} has 300 of 600 rows, same weights: True, accuracy={accuracy:.4f}" in said
    assert accuracy > 0.92
