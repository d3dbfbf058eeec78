"""A second process that puts one large object after the other, for as long as it is let: what a busy server also does.

python uploads.py URL ACCESS_KEY SECRET_KEY
"""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

from account import BUCKET, Key, make_client
from servers import Server, stop

MEGABYTES = 64


@contextmanager
def uploading(server: Server) -> Generator[None]:
    """Have objects put, the first of them already on its way."""
    command = [sys.executable, __file__, server.url, server.key.access, server.key.secret]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        process.stdout.readline()
        yield
        assert process.poll() is None, "the uploads ended early"
    finally:
        stop(process)


def main(url: str, access_key: str, secret_key: str) -> None:
    """Put the same object again and again, into a bucket that is there."""
    s3 = make_client(url, Key(access_key, secret_key), "s3")
    body = bytes(MEGABYTES << 20)
    print("begin", flush=True)
    while True:
        s3.put_object(Bucket=BUCKET, Key="large", Body=body)


if __name__ == "__main__":
    main(*sys.argv[1:])
