"""Files joined: what a task gets of an object that was uploaded in parts."""

from pathlib import Path

from fieldstone.engine.placing import join


def test_files_are_joined_one_after_the_other(tmp_path: Path) -> None:
    """In their order; one alone is cloned."""
    for name, data in (("a", b"a" * 100_000), ("b", b""), ("c", b"end")):
        (tmp_path / name).write_bytes(data)
    join([tmp_path / "a", tmp_path / "b", tmp_path / "c"], tmp_path / "whole")
    join([tmp_path / "c"], tmp_path / "alone")

    assert (tmp_path / "whole").read_bytes() == b"a" * 100_000 + b"end"
    assert (tmp_path / "alone").read_bytes() == b"end"
