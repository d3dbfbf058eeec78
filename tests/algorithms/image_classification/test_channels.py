"""Channels: which there must be, what they give, and what is wrong in their files, by name."""

import os
import threading

import numpy as np
import pytest
from tests.algorithms.image_classification.conftest import IMAGE, RECORDIO, draw_images, png, rec

from fieldstone.algorithms.amazon.recordio import frame
from fieldstone.algorithms.image_classification import records
from fieldstone.algorithms.image_classification.channels import check, find_source
from fieldstone.contract.training import Channel, UserError

OPTIONS = {"num_classes": 3, "multi_label": False}
SEVERAL = {"num_classes": 3, "multi_label": True}


@pytest.fixture
def channel(tmp_path):
    """Make a channel of some files."""

    def make(name, files, content_type=IMAGE, **more):
        for file, data in files.items():
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return Channel(name, tmp_path / name, content_type, **more)

    return make


def named(*channels):
    return {channel.name: channel for channel in channels}


def read(source, order=None):
    return [(sample.label.tolist(), sample.read(), sample.place) for sample in source.samples(order, 0)]


def test_records_of_several_files_are_read_in_any_order(channel):
    """By their numbers through the files, in the order of their names; other files are none."""
    files = {
        name: frame(records.pack([n], bytes([n]) * 5) for n in some)
        for name, some in {"b.rec": [2], "a.rec": [0, 1]}.items()
    }
    source = find_source("train", named(channel("train", files | {"a.idx": b"0\t0\n"}, RECORDIO)), OPTIONS)

    assert source.labels.tolist() == [[0], [1], [2]]
    assert read(source, [2, 0]) == [
        ([2], b"\2\2\2\2\2", "Record 1 of file b.rec"), ([0], b"\0\0\0\0\0", "Record 1 of file a.rec")
    ]  # fmt: skip
    assert len(read(source)) == 3


def test_a_list_names_images_below_its_channel(channel):
    """With labels; those of several classes are one column each."""
    images = {"cats/a.jpg": b"a", "dogs/b.png": b"b"}
    lists = {"train.lst": b"5\t1\tdogs/b.png\n7\t0\tcats/a.jpg\n"}
    several = {"many.lst": b"0\t1\t0\t1\tcats/a.jpg\n"}
    train = channel("train", images)

    source = find_source("train", named(train, channel("train_lst", lists)), OPTIONS)
    many = find_source("train", {"train": train, "train_lst": channel("many", several)}, SEVERAL)

    assert read(source) == [
        ([1], b"b", "File dogs/b.png, line 1 of train.lst"),
        ([0], b"a", "File cats/a.jpg, line 2 of train.lst"),
    ]
    assert [label for label, _, _ in read(many)] == [[1, 0, 1]]


def test_without_a_list_each_folder_is_a_class(channel, capsys):
    """In the order of their names, which the log tells."""
    files = {"dog/1.jpg": b"d", "ant/x.PNG": b"a", "cat/deep/2.jpeg": b"c", "cat/note.txt": b"", ".hidden/1.jpg": b""}
    source = find_source("train", named(channel("train", files)), OPTIONS)

    assert [(label, data) for label, data, _ in read(source)] == [([0], b"a"), ([1], b"c"), ([2], b"d")]
    assert "Classes of the train channel: ant, cat, dog" in capsys.readouterr().out


def test_pipes_give_records_epoch_after_epoch(channel, tmp_path):
    """Each from a pipe of its own; an augmented manifest's are pairs of an image and a label."""
    plain = frame([records.pack([1], b"one")])
    pairs = frame([b"one", b"[0, 2]", b"two", b"[1]"])
    for number, data in enumerate((plain, plain)):
        os.mkfifo(tmp_path / f"train_{number}")
        threading.Thread(target=(tmp_path / f"train_{number}").write_bytes, args=(data,)).start()
    os.mkfifo(tmp_path / "pairs_0")
    threading.Thread(target=(tmp_path / "pairs_0").write_bytes, args=(pairs,)).start()
    by_number = channel("pairs", {}, f"{RECORDIO}; label-format=class-id", mode="Pipe", record_wrapper="RecordIO")
    source = find_source("train", named(channel("train", {}, RECORDIO, mode="Pipe")), OPTIONS)

    assert source.labels is None
    for epoch in range(2):
        assert read(source) == [([1], b"one", f"Image 1 of train_{epoch}")]
    assert read(find_source("pairs", named(by_number), SEVERAL)) == [
        ([1, 0, 1], b"one", "Image 1 of pairs_0"), ([0, 1, 0], b"two", "Image 2 of pairs_0")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "wrapper", "reason"),
    [
        (frame([b"x"]), "None", "Record 1 of train_0: it has 1 bytes, and the header of an image 24"),
        (frame([b"x", b"1", b"y"]), "RecordIO", "Record 3 of train_0: it is an image without a label"),
        (frame([b"1", b"\xff\xd8"]), "RecordIO", "AttributeNames must name the image first, then its label"),
        (frame([b"x", b"1", b"y", b"9"]), "RecordIO", "Image 2 of train_0: its label 9 is no number of a class"),
    ],
)
def test_what_is_wrong_in_a_pipe_is_named(channel, tmp_path, data, wrapper, reason):
    """By the number of the record or image."""
    (tmp_path / "train_0").write_bytes(data)
    source = find_source("train", named(channel("train", {}, RECORDIO, mode="Pipe", record_wrapper=wrapper)), OPTIONS)
    with pytest.raises(UserError, match="Unable to read data channel 'train'") as caught:
        read(source)

    assert reason in str(caught.value)


GOOD = rec(*draw_images(3, size=2))
LISTED = {"train": {"a.png": b"x"}}
BAD = [
    ({"train": {"a.rec": GOOD[:-2]}}, RECORDIO, "(Record 3 of file a.rec: the file ends within it)"),
    ({"train": {"a.rec": b"not a record at all"}}, RECORDIO, "(Record 1 of file a.rec: it does not begin with the"),
    ({"train": {"a.rec": GOOD + frame([b"tiny"])}}, RECORDIO, "(Record 4 of file a.rec: it has 4 bytes, and the"),
    ({"train": {"a.rec": frame([records.pack([3], b"")])}}, RECORDIO,
     "(Record 1 of file a.rec: its label 3 is no number of a class from 0 to 2)"),
    ({"train": {"a.rec": frame([records.pack([0, 1], b"")])}}, RECORDIO, "Record 1 of file a.rec: it has 2 labels,"),
    ({"train": {"a.txt": GOOD}}, RECORDIO, "No .rec files found in the train channel (/opt/ml/input/data/train)"),
    ({**LISTED, "train_lst": {}}, IMAGE, "No .lst files found in the train_lst channel"),
    ({**LISTED, "train_lst": {"a.lst": b"", "b.lst": b""}}, IMAGE, "There are 2 .lst files in the train_lst channel"),
    ({**LISTED, "train_lst": {"a.lst": b"0\t1\ta.png\n1\t1\tb.png\n"}}, IMAGE,
     "There is no file b.png in the train channel, which line 2 of a.lst names"),
    ({**LISTED, "train_lst": {"a.lst": b"0\t1\t../train/a.png\n"}}, IMAGE, "line 1 of a.lst names ../train/a.png"),
    ({**LISTED, "train_lst": {"a.lst": b"0\t3\ta.png\n"}}, IMAGE,
     "Invalid lst file in the train channel. (line 1 of a.lst: its label 3 is no number of a class from 0 to 2)"),
    ({"train": {"cat/a.png": b"", "dog/b.png": b""}}, IMAGE, "there are 2 folders, and num_classes is 3"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "content_type", "reason"), BAD)
def test_what_is_wrong_in_files_is_named(channel, files, content_type, reason):
    """The file, and its record or line."""
    channels = named(*(channel(name, some, content_type) for name, some in files.items()))
    for name in files:
        channels[name].path.mkdir(exist_ok=True)
    with pytest.raises(UserError) as caught:
        find_source("train", channels, OPTIONS)

    assert reason in str(caught.value)


def test_the_wrong_number_of_labels_is_told_in_awss_words(channel):
    """For images with several."""
    lists = channel("train_lst", {"a.lst": b"0\t1\t0\ta.png\n"})
    with pytest.raises(UserError) as caught:
        find_source("train", named(channel("train", {"a.png": b""}), lists), SEVERAL)

    assert str(caught.value) == (
        "Mismatch between number of labels in the multi-label data (2) and the num_classes parameter (3)."
    )


BOTH = ("train", "validation")


@pytest.mark.parametrize(
    ("names", "config", "hosts", "reason"),
    [
        (("train",), {}, 1, "Caused by: 'validation' is a required property"),
        ((*BOTH, "test"), {}, 1, "Additional properties are not allowed ('test' was unexpected)"),
        (BOTH, {"content_type": "text/csv"}, 1, "No iterator has been registered for ContentType ('text/csv', '1.0')"),
        (BOTH, {"content_type": f"{RECORDIO}; label-format=words"}, 1, "must be one of ['multi-hot', 'class-id']"),
        (BOTH, {"mode": "Pipe"}, 2, "Distributed training is not supported in Pipe mode"),
        (BOTH, {"mode": "Pipe", "content_type": IMAGE}, 1, "in Pipe mode, which needs an augmented manifest"),
    ],
)
def test_channels_that_do_not_fit_are_refused(tmp_path, names, config, hosts, reason):
    """Before anything is read."""
    channels = {name: Channel(name, tmp_path / name, **{"content_type": RECORDIO, **config}) for name in names}
    with pytest.raises(UserError) as caught:
        check(channels, hosts)

    assert reason in str(caught.value)


def test_all_of_awss_channels_are_taken(tmp_path):
    """Lists, and a model to begin with; an augmented manifest of images."""
    names = (*BOTH, "train_lst", "validation_lst", "model")
    check({name: Channel(name, tmp_path / name, IMAGE) for name in names}, 2)
    check({name: Channel(name, tmp_path / name, IMAGE, "Pipe", record_wrapper="RecordIO") for name in BOTH}, 1)


def test_images_made_here_are_what_they_say():
    """The tests' own PNGs begin and end as such, and no two of a kind are alike."""
    images, _ = draw_images(4)
    data = [png(image) for image in images]

    assert all(one.startswith(b"\x89PNG") and one.endswith(b"IEND\xaeB`\x82") for one in data)
    assert len(set(data)) == 4
    assert np.all(images < 256)
