"""Counting GPUs."""

import pytest

from fieldstone.engine.accelerators import count_accelerators


@pytest.mark.parametrize(
    ("devices", "count"),
    [
        ([], 0),
        (["null", "nvidiactl", "nvidia-uvm", "nvidia-modeset"], 0),
        (["nvidia0", "nvidia1", "nvidiactl"], 2),
        (["neuron0"], 1),
    ],
    ids=str,
)
def test_device_files_tell_how_many_there_are(tmp_path, devices, count):
    """One for each; the driver's own do not count."""
    for name in devices:
        (tmp_path / name).touch()

    assert count_accelerators(tmp_path) == count
