"""`fieldstone backup`."""

import pytest
from tests.conftest import client, start_server


def put(url, body):
    s3 = client(url, "s3", "123456789012")
    if "bucket" not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="key", Body=body)


def got(folder):
    server = start_server(folder, "--auth", "off")
    body = client(server.url, "s3", "123456789012").get_object(Bucket="bucket", Key="key")["Body"].read()
    server.stop()
    return body


@pytest.mark.parametrize("ended", ["running", "stopped", "killed"])
def test_a_copy_is_all_there_was_whether_the_server_runs_or_not(own_server, run, tmp_path, ended):
    """What comes later is not in it; it has the owner's key and the owner's programs."""
    server = own_server("--auth", "off")
    (server.data_dir / "programs" / "mine").write_text("#!/bin/sh")
    (server.data_dir / "captures" / "some").mkdir()
    (server.data_dir / "captures" / "some" / "1.jsonl").write_text("it has no address, so it waits")
    put(server.url, b"then")
    if ended != "running":
        server.stop() if ended == "stopped" else server.kill()
    said = run("backup", str(tmp_path / "copy"), folder=server.data_dir)
    if ended == "running":
        put(server.url, b"now")

    assert (said.returncode, said.stderr) == (0, "")
    assert "with 1 files of objects (4 bytes)" in said.stdout
    assert got(tmp_path / "copy") == b"then"
    for name in ("credentials.json", "programs/mine", "captures/some/1.jsonl"):
        assert (tmp_path / "copy" / name).read_bytes() == (server.data_dir / name).read_bytes()
    assert (tmp_path / "copy").stat().st_mode & 0o77 == 0


def test_a_copy_does_not_go_over_what_is_there(run, tmp_path, detached):
    """Nor is one made of no data folder, nor does half a one stay."""
    there = tmp_path / "there"
    there.mkdir()
    said = run("backup", str(there))
    assert (said.returncode, said.stderr) == (1, f"Error: {there} is there already. Name a folder that is not.\n")
    said = run("backup", str(tmp_path / "copy"), folder=there)
    assert (said.returncode, said.stderr) == (1, f"Error: {there} is no data folder: it has no fieldstone.db.\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["it's a folder", "there"]


def test_a_copy_whose_bytes_are_gone_is_not_made(own_server, run, tmp_path):
    """It says what is missing, and no half a copy stays."""
    server = own_server("--auth", "off")
    put(server.url, b"data")
    (blob,) = server.data_dir.glob("objects/*/*")
    blob.unlink()
    said = run("backup", str(tmp_path / "copy"), folder=server.data_dir)

    assert (said.returncode, said.stderr) == (1, f"Error: {blob} is gone, though an object is made of it.\n")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
