"""Training as a process where PyTorch is: files, log, modes, hosts, ends, and images that are wrong."""

import itertools
import json
import os
import re
import signal
import threading

import numpy as np
import pytest
from tests.algorithms.image_classification.conftest import (
    IMAGE,
    RECORDIO,
    Folder,
    draw_images,
    draw_weights,
    needs_torch,
    png,
    rec,
)

from fieldstone.algorithms.amazon import ndarray
from fieldstone.algorithms.amazon.recordio import frame
from fieldstone.algorithms.image_classification import artifact, graph, records
from fieldstone.algorithms.image_classification.graph import Shape

pytestmark = needs_torch
NETWORKS = itertools.count()


def accuracies(log, data="Validation"):
    return [float(found) for found in re.findall(rf"Epoch\[\d+\] {data}-accuracy=(\S+)", log)]


def weights(folder, epochs):
    return ndarray.load(artifact.weights_file(folder.root / "model", epochs))


def test_a_network_learns_and_its_best_weights_are_mxnets_files(folder):
    """With names and shapes of MXNet's network, and in the log AWS's lines."""
    code, log, errors = folder.train(epochs="8", top_k="2", mini_batch_size="2")
    seen = accuracies(log)
    best = int(np.argmax(seen)) + 1

    assert (code, errors) == (0, "")
    assert seen[best - 1] > 0.9
    assert folder.files == [
        f"image-classification-{best:04}.params",
        "image-classification-symbol.json",
        "model-shapes.json",
    ]
    expected = graph.shapes(graph.build(20, Shape(3, 16, 16), 3), 3)
    assert {name: array.shape for name, array in weights(folder, best).items()} == expected
    assert re.search(r"INFO \d+\] Epoch\[0\] Batch \[20\]\tSpeed: \S+ samples/sec\taccuracy=0\.\d{6}\n", log)
    for line in ("Train-accuracy=", "Train-top_k_accuracy_2=", "Time cost=", "Validation-accuracy="):
        assert log.count(f"Epoch[7] {line}") == 1
    assert f"Storing the best model with validation accuracy: {seen[best - 1]:.6f}" in log
    assert f'Saved checkpoint to "/opt/ml/model/image-classification-{best:04}.params"' in log


def test_the_same_job_gives_the_same_weights(tmp_path):
    """Chance is drawn from fixed seeds, that of augmentation too."""
    found = []
    for name in ("first", "second"):
        folder = Folder(tmp_path / name).with_records(size=18)
        _, _, errors = folder.train(augmentation_type="crop_color_transform", checkpoint_frequency="2")
        assert errors == ""
        found.append(weights(folder, 2))

    assert all(np.array_equal(array, found[1][name]) for name, array in found[0].items())


def test_images_that_a_list_names_are_resized_and_learnt_from(tmp_path):
    """Of several classes each, with weighted losses, in grey."""
    folder = Folder(tmp_path / "job")
    for name, count, seed in (("train", 48, 0), ("validation", 24, 1)):
        images, labels = draw_images(count, size=24, seed=seed)
        lines = []
        for number, (image, label) in enumerate(zip(images, labels, strict=True)):
            folder.write(name, f"{number}.png", png(image[:, :20]), IMAGE)
            lines.append(f"{number}\t{int(label == 0)}\t{int(label > 0)}\t{number}.png\n")
        folder.write(f"{name}_lst", f"{name}.lst", "".join(lines).encode(), IMAGE)
    code, log, errors = folder.train(
        num_classes="2", multi_label="1", use_weighted_loss="1", resize="16", epochs="6", mini_batch_size="8"
    )

    assert (code, errors) == (0, "")
    assert max(accuracies(log)) > 0.8
    document = json.loads((folder.root / "model" / "image-classification-symbol.json").read_text())
    assert document["nodes"][-1]["op"] == "LogisticRegressionOutput"


def feed(folder, name, epochs, data):
    """Make the pipes of a channel, as the platform does, and fill them when they are read."""
    channel = folder.root / "input" / "data"
    channel.mkdir(parents=True, exist_ok=True)
    for epoch in range(epochs):
        os.mkfifo(channel / f"{name}_{epoch}")
        threading.Thread(target=(channel / f"{name}_{epoch}").write_bytes, args=(data,), daemon=True).start()
    folder.channels[name] = {"TrainingInputMode": "Pipe", "ContentType": RECORDIO}


@pytest.mark.parametrize("augmented", [False, True])
def test_what_comes_through_pipes_is_learnt_from(tmp_path, augmented):
    """Image records, or the images and labels of an augmented manifest; the same as from files."""
    folder = Folder(tmp_path / "job")
    for name, count, seed in (("train", 48, 0), ("validation", 24, 1)):
        images, labels = draw_images(count, seed=seed)
        pairs = [
            part for image, label in zip(images, labels, strict=True) for part in (png(image), str(label).encode())
        ]
        feed(folder, name, 2, frame(pairs) if augmented else rec(images, labels))
        folder.channels[name]["RecordWrapperType"] = "RecordIO" if augmented else "None"
    code, log, errors = folder.train()

    assert (code, errors) == (0, "")
    assert len(accuracies(log)) == 2


def test_two_hosts_learn_one_network(tmp_path):
    """Each from its half of the images; the first alone leaves a model, and they say the same accuracy."""
    network = f"127.{128 + os.getpid() % 100}.{150 + next(NETWORKS)}"
    names = [f"{network}.{number}" for number in (1, 2)]
    hosts = [Folder(tmp_path / name).with_records(96) for name in names]
    for name, host in zip(names, hosts, strict=True):
        host.configure("resourceconfig", {"current_host": name, "hosts": names})
    processes = [host.start(epochs="6", mini_batch_size="8", kv_store="dist_sync") for host in hosts]
    logs = []
    for process in processes:
        with process:
            log, errors = process.communicate(timeout=300)
        assert (process.returncode, errors) == (0, "")
        logs.append(log)

    assert accuracies(logs[0]) == accuracies(logs[1])
    assert accuracies(logs[0], "Train") == accuracies(logs[1], "Train")
    assert max(accuracies(logs[0])) > 0.8
    assert len(hosts[0].files) == 3
    assert hosts[1].files == []


def test_a_job_that_is_stopped_leaves_the_best_model_and_ends_well(tmp_path):
    """Of the epochs that it had time for."""
    folder = Folder(tmp_path / "job").with_records()
    with folder.start(epochs="100000") as process:
        while "Epoch[1] Train" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        log, errors = process.communicate(timeout=60)

    assert (process.returncode, errors) == (0, "")
    assert len(folder.files) == 3
    assert "Epoch[2000]" not in log


def test_a_job_that_is_stopped_in_its_first_epoch_leaves_what_it_has(tmp_path):
    """A model that can be served, if not a good one."""
    folder = Folder(tmp_path / "job").with_records(3000)
    with folder.start(mini_batch_size="2", num_training_samples="3000") as process:
        while "Batch [20]" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)

    assert (process.returncode, errors) == (0, "")
    assert "image-classification-0001.params" in folder.files


@pytest.mark.parametrize("optimizer", ["nag", "adam"])
def test_a_job_goes_on_from_its_checkpoint_as_if_it_had_not_been_interrupted(tmp_path, optimizer):
    """With the optimizer's state, the learning rate of the epoch, and the best model until then."""
    given = {"optimizer": optimizer, "learning_rate": "0.02", "lr_scheduler_step": "3", "checkpoint_frequency": "2"}
    whole = Folder(tmp_path / "whole").with_records()
    whole.train(epochs="4", **given)
    parts = Folder(tmp_path / "first").with_records()
    parts.configure("checkpointconfig", {"LocalPath": "/opt/ml/checkpoints"})
    parts.train(epochs="2", **given)
    (parts.root / "model" / "image-classification-0002.params").unlink()
    code, log, errors = parts.train(epochs="4", **given)

    assert (code, errors) == (0, "")
    assert "Going on from the checkpoint after epoch 1" in log
    assert "Epoch[1]" not in log
    assert [name for name in parts.files if name.endswith("params")] == [
        "image-classification-0002.params", "image-classification-0004.params"
    ]  # fmt: skip
    for name, array in weights(whole, 4).items():
        np.testing.assert_allclose(weights(parts, 4)[name], array, rtol=1e-4, atol=1e-6)


def test_a_checkpoint_of_another_job_is_refused_by_name(tmp_path):
    """Rather than that it is thrown away."""
    folder = Folder(tmp_path / "job").with_records()
    folder.configure("checkpointconfig", {"LocalPath": "/opt/ml/checkpoints"})
    folder.train(epochs="1")
    code, _, errors = folder.train(num_layers="32")

    assert code == 2
    assert folder.reason.startswith(
        "ClientError: The checkpoint of epoch 1 does not fit this job: it has no weights arg:"
    )
    assert "Traceback" not in errors


def test_a_model_is_trained_further(tmp_path):
    """From the model channel: the first epoch begins where the other job ended."""
    first = Folder(tmp_path / "first").with_records()
    _, log, _ = first.train(epochs="8", mini_batch_size="2", learning_rate="0.02")
    second = Folder(tmp_path / "second").with_records()
    for name in first.files:
        second.write("model", name, (first.root / "model" / name).read_bytes(), "application/x-sagemaker-model")
    code, again, errors = second.train(epochs="1", learning_rate="0")

    assert (code, errors) == (0, "")
    assert max(accuracies(log)) > 0.8
    assert accuracies(again)[0] > 0.8


def test_a_network_trained_on_other_images_is_a_beginning(tmp_path):
    """With use_pretrained_model=1 from MXNet's file: all weights but the last layer's are taken from it."""
    nodes, shape = graph.build(18, Shape(3, 40, 40), 1000), Shape(3, 40, 40)
    zoo = draw_weights(nodes)
    folder = Folder(tmp_path / "job").with_records(16, 8, size=40)
    ndarray.save(tmp_path / "resnet-18-0000.params", zoo)
    folder.write("model", "resnet-18-0000.params", (tmp_path / "resnet-18-0000.params").read_bytes())
    given = {"use_pretrained_model": "1", "num_layers": "18", "image_shape": str(shape), "mini_batch_size": "8"}
    code, _, errors = folder.train(epochs="1", learning_rate="0", **given)
    found = weights(folder, 1)

    assert (code, errors) == (0, "")
    assert found["arg:fc1_weight"].shape == (3, 512)
    assert np.array_equal(found["arg:stage4_unit2_conv2_weight"], zoo["arg:stage4_unit2_conv2_weight"])
    assert np.array_equal(found["arg:bn1_gamma"], zoo["arg:bn1_gamma"])
    assert (found["arg:bn_data_gamma"] == 1).all()


def test_early_stopping_ends_the_job(folder):
    """When the accuracy on the validation data has not risen for so many epochs."""
    _, log, _ = folder.train(
        epochs="50",
        learning_rate="0",
        early_stopping="true",
        early_stopping_min_epochs="2",
        early_stopping_patience="2",
    )

    assert len(accuracies(log)) == 3
    assert "Early stopping after epoch 2" in log


def test_numbers_that_have_left_all_bounds_end_the_job_with_what_may_help(folder):
    """Here because those that it begins with are none; instead of a model of no numbers."""
    nodes, shape = graph.build(20, Shape(3, 16, 16), 3), Shape(3, 16, 16)
    model = folder.root / "input" / "data" / "model"
    model.mkdir(parents=True)
    artifact.save_network(model, nodes, shape)
    broken = {name: np.full(size, np.nan, np.float32) for name, size in graph.shapes(nodes, 3).items()}
    artifact.save_weights(artifact.weights_file(model, 1), broken)
    folder.channels["model"] = {"TrainingInputMode": "File"}
    code, _, errors = folder.train()

    assert code == 2
    assert folder.reason == (
        "ClientError: The loss is not a number any more in epoch 0: a smaller learning_rate than 0.05 may help"
    )
    assert "Traceback" not in errors


FEW = "The number of input images must be bigger or equal to the mini_batch_size."
GOOD = png(draw_images(1)[0][0])
UNFIT = (
    "Unable to read data channel 'train'. Requested content-type is 'application/x-recordio'. Please verify the data "
)


@pytest.mark.parametrize(
    ("images", "given", "reason"),
    [
        ([GOOD] * 3 + [GOOD[:-30]], {}, "(Record 4 of file train.rec: it is broken: "),
        ([GOOD] * 3 + [b"a,b\n1,2\n"], {}, "(Record 4 of file train.rec: it is no JPEG or PNG image)"),
        ([GOOD] * 3 + [b""], {}, "(Record 4 of file train.rec: it is empty)"),
        ([GOOD] * 3 + [png(np.zeros((15, 16, 3)))], {},
         "(Record 4 of file train.rec: it has 15 x 16 pixels and is smaller than image_shape 3,16,16)"),
        ([GOOD] * 3, {}, f"{FEW} (The train channel has 3, "),
        ([], {}, f"{FEW} (The train channel has 0, "),
    ],
    ids=["truncated", "text", "nothing", "small", "few", "none"],
)  # fmt: skip
def test_an_image_that_is_wrong_is_named(tmp_path, images, given, reason):
    """With its record and file, as the reason of the job, and without a traceback."""
    folder = Folder(tmp_path / "job").with_records()
    data = frame(records.pack([0], image) for image in images)
    folder.write("train", "train.rec", data, RECORDIO)
    code, log, errors = folder.train(mini_batch_size="4", **given)

    assert code == 2
    assert reason in folder.reason
    assert reason.startswith("The number") or folder.reason.startswith(f"ClientError: {UNFIT}")
    assert "Customer Error" in log
    assert "Traceback" not in errors


def test_an_empty_validation_channel_is_told(tmp_path):
    """And not divided by."""
    folder = Folder(tmp_path / "job").with_records()
    folder.write("validation", "validation.rec", b"", RECORDIO)
    code, _, _ = folder.train(epochs="1")

    assert (code, folder.reason) == (2, "ClientError: The validation channel has no images")


def test_a_number_of_samples_that_is_not_theirs_is_only_warned_of(folder):
    """As on AWS, where it changes when the learning rate falls; here it does not."""
    code, log, _ = folder.train(
        epochs="1", num_training_samples="5000", precision_dtype="float16", kv_store="dist_async"
    )

    assert code == 0
    assert "WARNING" in log
    assert "num_training_samples is 5000, and the train channel has 48 images" in log
