"""A model for the tests of the server, run as a program: it says how many requests came together, and repeats each."""

import sys
import time
from pathlib import Path

from fieldstone.contract.serving import Reply, serve


class Echo:
    def answer(self, requests, /):
        for request in requests:
            if request.body == b"fail":
                raise ValueError("told to fail")
            if request.body.startswith(b"wait for "):
                wait_for(Path(request.body.split()[2].decode()))
        return [
            Reply(f"{len(requests)} {request.accept} {request.body[:20].decode()}".encode()) for request in requests
        ]


def wait_for(file):
    while not file.exists():
        time.sleep(0.01)


def load(layout):
    if not layout.model.exists():
        raise FileNotFoundError(f"no folder {layout.model}")
    return Echo()


if __name__ == "__main__":
    sys.exit(serve(load))
