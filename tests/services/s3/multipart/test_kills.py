"""The server killed in the midst of uploads in parts: what it acknowledged is there, and nothing is half there."""

import random
import threading
import time

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from tests.conftest import client, wait_until

ACCOUNT = "123456789012"
KILLS = 4
FIRST = b"1" * (5 << 20)


class Writer(threading.Thread):
    """Uploads objects in parts, one after the other, until its server is gone; every third is given up again."""

    def __init__(self, url, first_number):
        super().__init__()
        self.s3 = client(url, "s3", ACCOUNT)
        self.number = first_number
        self.completed, self.begun = {}, {}
        self.aborted = set()

    def run(self):
        while True:
            self.number += 1
            try:
                self.upload(f"key-{self.number}", b"end of %d" % self.number)
            except (BotoCoreError, ClientError):
                return

    def upload(self, key, body):
        at = {"Bucket": "bucket", "Key": key}
        upload = {**at, "UploadId": self.s3.create_multipart_upload(**at)["UploadId"]}
        bodies = [FIRST, body] if self.number % 5 == 0 else [body]
        told = []
        for number, part in enumerate(bodies, 1):
            answer = self.s3.upload_part(**upload, PartNumber=number, Body=part)
            told.append({"PartNumber": number, "ETag": answer["ETag"], "ChecksumCRC32": answer["ChecksumCRC32"]})
        self.begun[key] = (upload, told, b"".join(bodies))
        if self.number % 3 == 0:
            self.s3.abort_multipart_upload(**upload)
            self.aborted.add(key)
        else:
            self.s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": told})
            self.completed[key] = b"".join(bodies)


def check(s3, writer):
    """Hold what is there against what was acknowledged; finish what was begun."""
    for key, whole in writer.completed.items():
        assert s3.get_object(Bucket="bucket", Key=key)["Body"].read() == whole
    unfinished = {item["Key"] for item in s3.list_multipart_uploads(Bucket="bucket").get("Uploads", [])}
    assert not unfinished & (writer.completed.keys() | writer.aborted)
    present = {item["Key"] for item in s3.list_objects_v2(Bucket="bucket").get("Contents", [])}
    assert not present & writer.aborted
    for key in writer.begun.keys() - writer.completed.keys() - writer.aborted:
        upload, told, whole = writer.begun[key]  # killed in its complete, or in its abort: done, or not begun
        if key in unfinished:
            s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": told})
            present.add(key)
        if key in present:
            assert s3.get_object(Bucket="bucket", Key=key)["Body"].read() == whole
    for item in s3.list_multipart_uploads(Bucket="bucket").get("Uploads", []):
        s3.abort_multipart_upload(Bucket="bucket", Key=item["Key"], UploadId=item["UploadId"])


@pytest.mark.parametrize("seed", [1, 2])
def test_a_kill_in_the_midst_of_uploads_loses_nothing_acknowledged_and_leaves_nothing_behind(own_server, seed):
    """Completed ones are whole, aborted ones gone, the others can go on; in the end no file is without a name."""
    moments = random.Random(seed)
    number = 0
    server = own_server("--auth", "off")
    client(server.url, "s3", ACCOUNT).create_bucket(Bucket="bucket")
    for _ in range(KILLS):
        writer = Writer(server.url, number)
        writer.start()
        time.sleep(moments.uniform(0.1, 0.6))
        server.kill()
        writer.join()
        number = writer.number
        server = own_server("--auth", "off")
        check(client(server.url, "s3", ACCOUNT), writer)

    s3 = client(server.url, "s3", ACCOUNT)
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket="bucket").get("Contents", [])]
    for key in keys:
        s3.delete_object(Bucket="bucket", Key=key)
    assert keys
    wait_until(lambda: not [path for path in (server.data_dir / "objects").rglob("*") if path.is_file()])
