"""Mixed load: clients that change things of every sort, one call after the other, until their server is gone."""

import json
import random
import threading

from botocore.exceptions import BotoCoreError, ClientError
from tests.durability import subjects
from tests.gateway.conftest import signing_client

from fieldstone.core.settings import DataDir

SERVICES = ("s3", "sagemaker", "logs", "iam", "cloudwatch", "sts")
BUSY = (
    *(["objects"] * 6),
    *(["versions"] * 4),
    *(["parts"] * 3),
    *(["logs"] * 3),
    "models",
    "models",
    "keys",
    "metrics",
)
"""How often each sort of thing is changed."""


class Client:
    """One client with things of its own.

    Attributes:
        calls: How many of its calls were answered.
        wrong: What it was answered that it should not have been.
        enough: Set when it shall stop.
    """

    def __init__(self, number, seed):
        self.number = number
        self.calls = 0
        self.wrong = None
        self.enough = False
        self._rng = random.Random(f"{seed}-{number}")
        self._aws = {}
        self._things = {}

    def connect(self, server):
        """Speak to a server from now on, with the owner's key."""
        key = json.loads(DataDir(server.data_dir).owner_key.read_text())
        self._aws = {service: signing_client(server.url, service, key, read_timeout=20) for service in SERVICES}
        self._url = server.url
        for thing in self.things():
            thing.client = self._aws[_SERVICE[type(thing)]]

    def begin(self):
        """Make the things; nothing of them is there yet."""
        name, aws = f"c{self.number}", self._aws
        self._aws["iam"].create_user(UserName=name)
        objects = [subjects.PlainObject(aws["s3"], f"{name}-{at}") for at in range(3)]
        for thing, other in zip(objects, objects[1:] + objects[:1], strict=True):
            thing.other = other
        self._things = {
            "objects": objects,
            "versions": [subjects.VersionedObject(aws["s3"], f"{name}-{at}") for at in range(2)],
            "parts": [subjects.ObjectInParts(aws["s3"], f"{name}-parts")],
            "models": [subjects.Model(aws["sagemaker"], f"{name}-{at}") for at in range(2)],
            "logs": [subjects.LogStream(aws["logs"], f"{name}-{at}") for at in range(2)],
            "keys": [subjects.UserKeys(aws["iam"], name, self._works)],
            "metrics": [subjects.Metric(aws["cloudwatch"], f"{name}-metric")],
        }

    def things(self):
        return [thing for things in self._things.values() for thing in things]

    def work(self):
        """Change one thing after the other until the server is gone; any other answer than a good one is wrong."""
        try:
            while not self.enough:
                self._rng.choice(self._things[self._rng.choice(BUSY)]).step(self._rng)
                self.calls += 1
        except ClientError as error:
            self.wrong = error
        except BotoCoreError:
            return

    def _works(self, key, secret):
        """Whether a key is taken for good."""
        sts = signing_client(self._url, "sts", {"AccessKeyId": key, "SecretAccessKey": secret})
        try:
            sts.get_caller_identity()
        except ClientError:
            return False
        return True


_SERVICE = {
    subjects.PlainObject: "s3",
    subjects.VersionedObject: "s3",
    subjects.ObjectInParts: "s3",
    subjects.Model: "sagemaker",
    subjects.LogStream: "logs",
    subjects.UserKeys: "iam",
    subjects.Metric: "cloudwatch",
}


class Load:
    """Several clients at once."""

    def __init__(self, clients, seed):
        self.clients = [Client(number, seed) for number in range(clients)]
        self._threads: list[threading.Thread] = []

    @property
    def calls(self):
        return sum(client.calls for client in self.clients)

    def begin(self, server):
        """Make what the clients share."""
        self.connect(server)
        s3 = self.clients[0]._aws["s3"]
        for bucket in ("plain", "versioned"):
            s3.create_bucket(Bucket=bucket)
        s3.put_bucket_versioning(Bucket="versioned", VersioningConfiguration={"Status": "Enabled"})
        self.clients[0]._aws["logs"].create_log_group(logGroupName="group")
        for client in self.clients:
            client.begin()

    def connect(self, server):
        for client in self.clients:
            client.connect(server)

    @property
    def things(self):
        return [thing for client in self.clients for thing in client.things()]

    def start(self):
        for client in self.clients:
            client.enough = False
        self._threads = [threading.Thread(target=client.work) for client in self.clients]
        for thread in self._threads:
            thread.start()

    def stop(self):
        """Have the clients finish what they are at."""
        for client in self.clients:
            client.enough = True
        self.join()

    def join(self):
        for thread in self._threads:
            thread.join()
        assert [client.wrong for client in self.clients if client.wrong] == []

    def check(self):
        """Hold everything that is there against what was acknowledged."""
        for thing in self.things:
            thing.check()
