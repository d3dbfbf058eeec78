"""Disks that are full, files that are gone, too few descriptors: clean errors, nothing half done, and on it goes."""

import os
import shutil
import socket
import sqlite3
import subprocess
import time
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import BotoCoreError, ClientError, ConnectionClosedError
from tests.conftest import FIELDSTONE, client, wait_until
from tests.durability.conftest import NAMESPACE, files, fill, named_files, seen_through, small_disk

ACCOUNT = "123456789012"
ROLE = "arn:aws:iam::123456789012:role/FieldstoneRole"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
BODY = os.urandom(300_000)
DISK = 16 << 20
FULL = (503, "ServiceUnavailable")
HUNG_UP = "hung up"


def with_limit(limit):
    return ("sh", "-c", f'ulimit {limit}; exec "$@"', "sh")


def outcome(call, **request):
    """``None`` where it was done, else the status and the code."""
    try:
        call(**request)
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]
    except ConnectionClosedError:
        return HUNG_UP
    return None


class House:
    """A server on a folder of its own, clients of it, and what it has to say of errors."""

    def __init__(self, start, tmp_path, before=()):
        self.log = tmp_path / "log"
        self.server = start("--auth", "off", before=before, log=self.log)
        self.data_dir = self.server.data_dir
        self.s3, self.sagemaker, self.logs = (
            client(self.server.url, name, ACCOUNT) for name in ("s3", "sagemaker", "logs")
        )

    def furnish(self):
        self.s3.create_bucket(Bucket="bucket")
        self.put("kept")
        self.logs.create_log_group(logGroupName="group")
        self.logs.create_log_stream(logGroupName="group", logStreamName="stream")
        self.put_event("kept")
        return self

    def put(self, key, body=BODY):
        return outcome(self.s3.put_object, Bucket="bucket", Key=key, Body=body)

    def get(self, key):
        return self.s3.get_object(Bucket="bucket", Key=key)["Body"].read()

    def keys(self):
        return [item["Key"] for item in self.s3.list_objects_v2(Bucket="bucket").get("Contents", [])]

    def create_model(self, name):
        request = {"ModelName": name, "PrimaryContainer": {"Image": IMAGE}, "ExecutionRoleArn": ROLE}
        return outcome(self.sagemaker.create_model, **request)

    def put_event(self, message):
        event = {"timestamp": int(time.time() * 1000), "message": message}
        return outcome(self.logs.put_log_events, logGroupName="group", logStreamName="stream", logEvents=[event])

    def events(self):
        found = self.logs.get_log_events(logGroupName="group", logStreamName="stream", startFromHead=True)
        return [event["message"][:10] for event in found["events"]]

    def files(self):
        """The files of bytes, those that are growing too."""
        return files(self.data_dir) | {path.name for path in (self.data_dir / "incoming").iterdir()}

    def is_tidy(self):
        return wait_until(lambda: self.files() == self.named())

    def named(self):
        """The files that rows name; looked up in a copy, as SQLite does not see through to another's disk."""
        with TemporaryDirectory() as copy:
            for path in self.data_dir.glob("fieldstone.db*"):
                shutil.copy(path, copy)
            return named_files(Path(copy))

    def complaints(self):
        return self.log.read_text()


@pytest.fixture
def furnished(own_server, tmp_path):
    return House(own_server, tmp_path).furnish()


@pytest.fixture
def on_small_disk(own_server, tmp_path):
    """A house whose data folder is a small disk of its own, seen by its server alone and through it."""
    house = House(own_server, tmp_path, small_disk(tmp_path / "data", DISK))
    house.data_dir = seen_through(house.server)
    return house.furnish()


def test_a_full_disk_is_told_and_costs_nothing_that_was_there(on_small_disk):
    """Writes are refused in each service's own envelope, reads go on, and once there is room all works again."""
    house = on_small_disk
    upload = {"Bucket": "bucket", "Key": "parts"}
    upload["UploadId"] = house.s3.create_multipart_upload(**upload)["UploadId"]
    filler = fill(house.data_dir)

    assert house.put("large") == FULL
    assert outcome(house.s3.upload_part, **upload, PartNumber=1, Body=BODY) == FULL
    models = [name for name in map(str, range(100)) if house.create_model(f"model-{name}") is None]
    assert house.create_model("model") == FULL  # what room there was in the database's own files is used up now
    assert house.put("small", b"x") == FULL
    assert house.put_event("lost" * 2000) == FULL
    assert outcome(house.s3.delete_object, Bucket="bucket", Key="kept") in (None, FULL)
    assert len(house.sagemaker.list_models(MaxResults=100)["Models"]) == len(models)
    assert set(house.keys()) <= {"kept"}
    assert house.events() == ["kept"]
    assert house.is_tidy()

    filler.unlink()
    assert [house.put("large"), house.create_model("model"), house.put_event("later")] == [None] * 3
    assert house.get("large") == BODY
    assert house.events() == ["kept", "later"]
    assert house.is_tidy()
    assert "Traceback" not in house.complaints()


def test_a_folder_that_turns_read_only_refuses_uploads_until_it_is_writable_again(on_small_disk):
    """What is there is read on."""
    house = on_small_disk
    incoming = house.server.data_dir / "incoming"
    inside = ["nsenter", f"--target={house.server.process.pid}", "--user", "--mount", "--preserve-credentials"]
    subprocess.run([*inside, "mount", "-t", "tmpfs", "-o", "ro", "none", str(incoming)], check=True)
    assert house.put("key") == (503, "ServiceUnavailable")
    assert house.get("kept") == BODY

    subprocess.run([*inside, "umount", str(incoming)], check=True)
    assert house.put("key") is None
    assert "Traceback" not in house.complaints()


def test_a_read_only_data_folder_is_refused_in_a_sentence(tmp_path):
    """By `fieldstone up`, before anything is served."""
    if shutil.which("unshare") is None or subprocess.run([*NAMESPACE, "true"], check=False).returncode:
        pytest.skip("no namespaces here to mount a read-only folder in")
    folder = tmp_path / "data"
    script = f'mount -t tmpfs -o ro none {folder} && exec "$@"'
    for made in (False, True):
        folder.mkdir(exist_ok=True)
        if made:
            script = f'mount --bind {folder} {folder} && mount -o remount,ro,bind {folder} && exec "$@"'
            for name in ("objects", "incoming", "tasks", "programs", "logs"):
                (folder / name).mkdir()
        command = [*NAMESPACE, "sh", "-c", script, "sh", *FIELDSTONE, "up", "--port", "0", "--data-dir", str(folder)]
        said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert said.returncode == 1
        assert "Read-only file system" in said.stderr
        assert len(said.stderr.splitlines()) == 1


def test_a_file_that_may_not_grow_any_more_is_told_as_a_full_disk(own_server, tmp_path):
    """Smaller uploads go on; nothing stays of the large one."""
    house = House(own_server, tmp_path, with_limit("-f 2048")).furnish()
    assert house.put("large", b"x" * (3 << 20)) == FULL
    assert house.put("small") is None
    assert house.keys() == ["kept", "small"]
    assert house.is_tidy()
    assert "Traceback" not in house.complaints()


def blob_of(house, key):
    with closing(sqlite3.connect(house.data_dir / "fieldstone.db")) as rows:
        ((blob,),) = rows.execute("SELECT blob FROM objects WHERE key = ?", [key.encode()])
    return house.data_dir / "objects" / blob[:2] / blob


def lose(path):
    path.unlink()


def cut(path):
    os.truncate(path, 1000)


def replace(path):
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("damage", [lose, cut, replace])
def test_bytes_that_cannot_be_read_are_an_internal_error(furnished, damage):
    """Of that object alone; it can be put again, or deleted."""
    house = furnished
    house.put("damaged")
    damage(blob_of(house, "damaged"))
    upload = {"Bucket": "bucket", "Key": "parts"}
    upload["UploadId"] = house.s3.create_multipart_upload(**upload)["UploadId"]

    assert outcome(house.s3.get_object, Bucket="bucket", Key="damaged") == (500, "InternalError")
    copied = outcome(house.s3.upload_part_copy, **upload, PartNumber=1, CopySource="bucket/damaged")
    assert copied == (500, "InternalError")
    assert house.s3.head_object(Bucket="bucket", Key="damaged")["ContentLength"] == len(BODY)
    assert house.get("kept") == BODY
    assert house.put("damaged") is None
    assert house.get("damaged") == BODY
    assert "Traceback" not in house.complaints()


def test_an_object_whose_later_part_is_gone_is_broken_off(furnished):
    """Its client sees that it is not whole; the connection ends, the server goes on."""
    house = furnished
    at = {"Bucket": "bucket", "Key": "parts"}
    upload = at | {"UploadId": house.s3.create_multipart_upload(**at)["UploadId"]}
    first, second = os.urandom(5 << 20), os.urandom(1 << 20)
    etags = [
        house.s3.upload_part(**upload, PartNumber=number, Body=body)["ETag"]
        for number, body in ((1, first), (2, second))
    ]
    told = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]
    house.s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": told})
    gone = next(path for path in (house.data_dir / "objects").glob("*/*") if path.read_bytes() == second)
    gone.unlink()

    answer = house.s3.get_object(**at)["Body"]
    assert answer.read(len(first)) == first
    with pytest.raises(BotoCoreError):
        answer.read()
    assert house.get("kept") is not None
    assert "Traceback" not in house.complaints()


def test_a_server_out_of_descriptors_refuses_and_recovers(own_server, tmp_path):
    """It never hangs: who gets in is answered, who does not is hung up on; afterwards it is as before."""
    house = House(own_server, tmp_path, with_limit("-n 64")).furnish()
    before = descriptors(house)
    with ExitStack() as crowd:
        while heard(connect(house, crowd)) != HUNG_UP:
            assert house.put("key") in (None, FULL, HUNG_UP)
        for _ in range(3):
            assert house.put("key") in (None, FULL, HUNG_UP)
            assert heard(connect(house, crowd)) in (b"HTTP/1.1 503", HUNG_UP)

    wait_until(lambda: descriptors(house) <= before)
    assert house.put("later") is None
    assert house.get("kept") == house.get("later") == BODY
    assert house.is_tidy()
    assert "Traceback" not in house.complaints()


def descriptors(house):
    return sum(1 for _ in Path(f"/proc/{house.server.process.pid}/fd").iterdir())


def connect(house, crowd):
    """One more connection, that asks for something."""
    address = urlsplit(house.server.url)
    connection = crowd.enter_context(socket.create_connection((address.hostname, address.port), timeout=10))
    connection.sendall(b"GET /bucket/kept HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return connection


def heard(connection):
    """The beginning of what is said."""
    try:
        return connection.recv(12) or HUNG_UP
    except ConnectionResetError:
        return HUNG_UP


@pytest.mark.slow
def test_a_database_that_another_process_holds_is_waited_for_and_then_told(furnished):
    """Reads go on; nothing stays of the write that was refused."""
    house = furnished
    with closing(sqlite3.connect(house.data_dir / "fieldstone.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert house.put("key") == (503, "ServiceUnavailable")
        assert house.get("kept") == BODY
        other.execute("ROLLBACK")
    assert house.keys() == ["kept"]
    assert house.put("key") is None
    assert house.is_tidy()
    assert "Traceback" not in house.complaints()
