"""SDK v3's ModelTrainer with its Torchrun runner: the SDK's driver starts torchrun on every host."""

import json
import tarfile

import numpy as np
import pytest
from tests.algorithms.script.conftest import make_wheel

pytestmark = pytest.mark.client("sdk3")

TRAINER = """
import logging, sys
from sagemaker.core import image_uris
from sagemaker.core.s3 import S3Downloader
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, SourceCode
from sagemaker.train.distributed import Torchrun
logging.basicConfig(level=logging.INFO, stream=sys.stdout)
wanted = {"py_version": "py311", "instance_type": "ml.m5.large", "image_scope": "training"}
trainer = ModelTrainer(
    training_image=image_uris.retrieve("pytorch", "us-east-1", "2.3", **wanted),
    source_code=SourceCode(source_dir="code", entry_script="train.py", requirements="needs.txt"),
    distributed=Torchrun(process_count_per_node=2),
    compute=Compute(instance_type="ml.m5.large", instance_count=2),
    hyperparameters={"epochs": 120, "lr": 0.05, "hidden": 16},
)
trainer.train([InputData(channel_name=name, data_source=name) for name in ("train", "held")])
S3Downloader.download(trainer._latest_training_job.model_artifacts.s3_model_artifacts, "model")
"""

TRAIN = """
import argparse, json, os
import tiny, torch
import torch.distributed as dist
from network import network, read, save
from torch.nn.parallel import DistributedDataParallel

parser = argparse.ArgumentParser()
for name, kind in {"epochs": int, "lr": float, "hidden": int}.items():
    parser.add_argument(f"--{name}", type=kind)
given = parser.parse_args()
dist.init_process_group("gloo")
rank, size = dist.get_rank(), dist.get_world_size()
torch.manual_seed(0)
(x, y), (held_x, held_y) = (read(os.environ[f"SM_CHANNEL_{name}"]) for name in ("TRAIN", "HELD"))
x, y = x[rank::size], y[rank::size]
model = DistributedDataParallel(network(given.hidden))
optimizer, lossy = torch.optim.Adam(model.parameters(), given.lr), torch.nn.BCEWithLogitsLoss()
for epoch in range(given.epochs):
    optimizer.zero_grad()
    lossy(model(x), y).backward()
    optimizer.step()
everybody = [None] * size
here = {"host": os.environ["SM_CURRENT_HOST"], "rows": len(x), "tiny": tiny.WORD}
dist.all_gather_object(everybody, here | {"weights": model.module[0].weight.tolist()})
if rank == 0:
    save(model.module, os.environ["SM_MODEL_DIR"])
    with open(os.environ["SM_MODEL_DIR"] + "/everybody.json", "w") as file:
        json.dump(everybody, file)
dist.destroy_process_group()
"""


def test_torchrun_starts_two_processes_on_each_of_two_hosts(client_program, code, rows, forward, tmp_path):
    """All four learn one network, each with a quarter of the rows and with what the job has installed."""
    make_wheel(code)
    (code / "needs.txt").write_text("./tiny-1.0-py3-none-any.whl\n")
    (code / "train.py").write_text(TRAIN)

    client_program(TRAINER)
    archive = tmp_path / "model" / "model.tar.gz"
    with tarfile.open(archive) as tar:
        everybody = json.load(tar.extractfile("everybody.json"))
    accuracy = np.mean((forward(archive, rows["held"][:, 1:]).ravel() > 0.5) == rows["held"][:, 0])

    assert [one["host"] for one in everybody] == ["algo-1", "algo-1", "algo-2", "algo-2"]
    assert {(one["rows"], one["tiny"]) for one in everybody} == {(150, "small")}
    assert all(one["weights"] == everybody[0]["weights"] for one in everybody)
    assert accuracy > 0.92
