"""Where things lie below /opt/ml."""

from pathlib import Path

from fieldstone.contract.paths import Layout


def test_the_root_is_opt_ml_unless_the_environment_moves_it(monkeypatch):
    """SAGEMAKER_BASE_DIR moves every path."""
    monkeypatch.delenv("SAGEMAKER_BASE_DIR", raising=False)
    assert Layout.from_environment().failure == Path("/opt/ml/output/failure")

    monkeypatch.setenv("SAGEMAKER_BASE_DIR", "/jobs/7")
    assert Layout.from_environment().failure == Path("/jobs/7/output/failure")


def test_a_channel_has_a_folder_and_a_pipe_for_each_epoch():
    """The names are those of the container contract."""
    layout = Layout()

    assert layout.channel("train") == Path("/opt/ml/input/data/train")
    assert layout.pipe("train", 2) == Path("/opt/ml/input/data/train_2")


def test_every_path_lies_below_the_root():
    """No property forgets that the root can move."""
    root = Path("/elsewhere")
    layout = Layout(root)
    names = [name for name, value in vars(Layout).items() if isinstance(value, property)]

    assert len(names) > 15
    assert all(getattr(layout, name).is_relative_to(root) for name in names)
    assert len({getattr(layout, name) for name in names}) == len(names)


def test_a_path_of_a_document_moves_with_the_root():
    """What a job places below /opt/ml is below our root; what it places elsewhere stays."""
    layout = Layout(Path("/jobs/7"))

    assert layout.rebase("/opt/ml/checkpoints") == Path("/jobs/7/checkpoints")
    assert layout.rebase("/tmp/checkpoints") == Path("/tmp/checkpoints")
