"""Which channels and content types there are, and which files are read."""

import pytest

from fieldstone.algorithms.xgboost.channels import find_sources, parse_content_type, require_data
from fieldstone.contract.training import Channel, UserError


@pytest.fixture
def channel(tmp_path):
    """Make a channel with files of this content."""

    def channel(name="train", files=None, **config):
        for file, text in (files if files is not None else {"a.csv": "1,2\n"}).items():
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return {name: Channel(name, tmp_path / name, **{"content_type": "text/csv", **config})}

    return channel


@pytest.mark.parametrize(
    ("content_type", "meaning"),
    [
        (None, "libsvm"),
        ("csv", "csv"),
        ("text/csv", "csv"),
        ("Text/CSV; label_size=1 ;charset=utf8", "csv"),
        ("text/libsvm ;charset=utf8", "libsvm"),
        ("application/x-parquet", "parquet"),
    ],
)
def test_a_content_type_means_a_format(content_type, meaning):
    """Parameters and case do not matter."""
    assert parse_content_type(content_type) == meaning


@pytest.mark.parametrize(
    ("content_type", "reason"),
    [
        ("image/png", "image/png is not an accepted ContentType: csv, libsvm, parquet, recordio-protobuf, text/csv,"),
        ("text/csv;label_size=2", "text/csv;label_size=2 is not an accepted csv ContentType."),
    ],
)
def test_another_content_type_is_refused(content_type, reason):
    """In the container's words."""
    with pytest.raises(UserError, match=reason):
        parse_content_type(content_type)


@pytest.mark.parametrize(
    ("name", "config", "files", "reason"),
    [
        ("test", {}, None, "Missing required channel: train"),
        ("train", {"mode": "Pipe"}, None, "Pipe mode for CSV is no longer supported"),
        ("train", {"mode": "Pipe", "content_type": None}, None, "Pipe mode not supported for LibSVM"),
        ("train", {"mode": "Pipe", "content_type": "parquet"}, None, "Pipe mode for Parquet is no longer supported"),
        (
            "train",
            {"mode": "Pipe", "content_type": "application/x-recordio-protobuf"},
            None,
            "Pipe mode for RecordIO-Protobuf is no longer supported. Please use Fast File mode",
        ),
        ("train", {}, {}, "No data in training channel path"),
        ("train", {}, {"a.csv": ""}, "No data in training channel path"),
        ("train", {}, {"a.csv": "1,2", "b/.part": ""}, "Hidden file found in the data path!"),
    ],
)
def test_a_channel_that_cannot_be_read_is_refused(channel, name, config, files, reason):
    """Before any time is spent on reading."""
    with pytest.raises(UserError, match=reason):
        require_data(*find_sources(channel(name, files, **config)))


def test_an_unknown_channel_is_refused(channel):
    """It would be ignored in silence else."""
    with pytest.raises(UserError, match="Extraneous channel found: test"):
        find_sources(channel() | channel("test"))


def test_an_empty_validation_channel_is_refused(channel):
    """Whoever declares one wants it used."""
    with pytest.raises(UserError, match="No data in validation channel path"):
        require_data(*find_sources(channel() | channel("validation", {})))


def test_the_same_file_in_both_channels_is_suspicious(channel, capsys):
    """A score on the training data says nothing."""
    find_sources(channel() | channel("validation"))

    assert "WARNING] Suspected identical files found." in capsys.readouterr().out
