"""Jobs of every sort, asked for one after the other, and what must have become of each."""

import hashlib
import io
import itertools
import random
import tarfile
import threading
import time
from collections import Counter
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError
from tests.conftest import client, wait_until
from tests.journeys.programs import install

ACCOUNT = "111122223333"
ROLE = "arn:aws:iam::123456789012:role/service-role/FieldstoneRole"
BUCKET = "works"
SETTLED = {"Completed", "Failed", "Stopped"}
ROWS = 30
PROGRAM = """
import json, os, pathlib, random, sys, time

root = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])


def work(name, host, size, seconds, folder):
    time.sleep(float(seconds) / 2)
    with open(folder / f"part-{host}", "wb") as file:
        content = random.Random(f"{name}/{host}").randbytes(int(size))
        for start in range(0, len(content), 1 << 18):
            file.write(content[start : start + (1 << 18)])
    time.sleep(float(seconds) / 2)


if COMMAND == "train":
    host = json.loads((root / "input/config/resourceconfig.json").read_text())["current_host"]
    told = json.loads((root / "input/config/hyperparameters.json").read_text())
    work(told["name"], host, told["size"], told["seconds"], root / "model")
elif COMMAND == "process":
    host = json.loads((root / "config/resourceconfig.json").read_text())["current_host"]
    work(sys.argv[1], host, sys.argv[2], sys.argv[3], root / "processing/output")
else:
    from fieldstone.contract.serving import Reply, serve

    class Model:
        def answer(self, requests, /):
            time.sleep(0.005)
            return [Reply(b"did " + request.body.strip()) for request in requests]

    sys.exit(serve(lambda layout: Model()))
"""


@dataclass
class Kind:
    """A sort of job, by the members and operations that boto3 has for it."""

    noun: str

    def __post_init__(self):
        self.operation = f"{self.noun.lower()}_job"
        self.name, self.status = f"{self.noun}JobName", f"{self.noun}JobStatus"


KINDS = {noun: Kind(noun) for noun in ("Training", "Processing", "Transform")}


@dataclass
class Job:
    """A job that was asked for.

    Attributes:
        kind: Its sort.
        name: Its name.
        size: Bytes that each host leaves.
        hosts: How many it has.
        seconds: How long each works.
        instance: The type of each.
        stopped: Whether somebody has asked for its end.
        kills: How often a process of it was killed.
    """

    kind: Kind
    name: str
    size: int
    hosts: int
    seconds: float
    instance: str = "ml.m5.large"
    stopped: bool = False
    kills: int = 0

    def parts(self):
        """What its hosts leave, by name."""
        names = [f"algo-{number}" for number in range(1, self.hosts + 1)]
        return {f"part-{name}": random.Random(f"{self.name}/{name}").randbytes(self.size) for name in names}

    def request(self, image):
        """Its members beyond its name and role."""
        cluster = {"InstanceType": self.instance, "InstanceCount": self.hosts, "VolumeSizeInGB": 1}
        if self.kind.noun == "Training":
            return {
                "RoleArn": ROLE,
                "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
                "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
                "ResourceConfig": cluster,
                "StoppingCondition": {"MaxRuntimeInSeconds": 600},
                "HyperParameters": {"name": self.name, "size": str(self.size), "seconds": str(self.seconds)},
            }
        if self.kind.noun == "Processing":
            place = {"S3Uri": f"s3://{BUCKET}/processed/{self.name}", "LocalPath": "/opt/ml/processing/output"}
            arguments = [self.name, str(self.size), str(self.seconds)]
            output = {"OutputName": "out", "S3Output": place | {"S3UploadMode": "EndOfJob"}}
            return {
                "RoleArn": ROLE,
                "AppSpecification": {"ImageUri": image, "ContainerArguments": arguments},
                "ProcessingResources": {"ClusterConfig": cluster},
                "ProcessingOutputConfig": {"Outputs": [output]},
            }
        source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/batch/"}}
        del cluster["VolumeSizeInGB"]
        return {
            "ModelName": "model",
            "BatchStrategy": "SingleRecord",
            "TransformInput": {"DataSource": source, "SplitType": "Line"},
            "TransformOutput": {"S3OutputPath": f"s3://{BUCKET}/scored/{self.name}", "AssembleWith": "Line"},
            "TransformResources": cluster,
        }


class Works:
    """An account with jobs, and the server that runs them."""

    def __init__(self, seed):
        self.jobs = []
        self.wrong = []
        self._rng = random.Random(f"works-{seed}")
        self._thread = None
        self._numbers = itertools.count()

    def begin(self, server):
        """Make what the jobs need."""
        self.connect(server)
        self.image = install(server.data_dir, "worker", PROGRAM)
        self.s3.create_bucket(Bucket=BUCKET)
        for number in range(2):
            rows = "".join(f"row {number} {row}\n" for row in range(ROWS))
            self.s3.put_object(Bucket=BUCKET, Key=f"batch/{number}", Body=rows)
        container = {"Image": self.image}
        self.sagemaker.create_model(ModelName="model", PrimaryContainer=container, ExecutionRoleArn=ROLE)

    def connect(self, server):
        """Speak to a server from now on."""
        self.s3, self.sagemaker = (client(server.url, name, ACCOUNT) for name in ("s3", "sagemaker"))

    def start(self, count):
        """Ask for some jobs, and stop one now and then, until that is done or the server is gone."""
        self._thread = threading.Thread(target=self._ask, args=(count,))
        self._thread.start()

    def join(self):
        """Wait until nobody asks any more."""
        if self._thread is not None:
            self._thread.join()
        assert self.wrong == []

    def _ask(self, count):
        try:
            for _ in range(count):
                self.create()
                if self._rng.random() < 0.3:
                    self.stop_one()
        except ClientError as error:
            self.wrong.append(error)
        except BotoCoreError:
            return

    def create(self, **members):
        """Ask for a job; it is known from the moment at which it may have been heard."""
        drawn = {
            "kind": KINDS[self._rng.choice(list(KINDS))],
            "size": self._rng.choice([1_000, 100_000, 6_000_000]),
            "hosts": self._rng.choice([1, 1, 2]),
            "seconds": round(self._rng.uniform(0, 0.6), 2),
        }
        job = Job(name=f"job-{next(self._numbers)}", **drawn | members)
        self.jobs.append(job)
        asked = {job.kind.name: job.name} | job.request(self.image)
        getattr(self.sagemaker, f"create_{job.kind.operation}")(**asked)
        return job

    def stop_one(self):
        """Ask for the end of a job that may run."""
        job = self._rng.choice(self.jobs[-4:])
        job.stopped = True
        try:
            getattr(self.sagemaker, f"stop_{job.kind.operation}")(**{job.kind.name: job.name})
        except ClientError as error:
            if "is in status" not in str(error) and "not found" not in str(error):
                raise

    def describe(self, job):
        """The job as it is now; None where the server never heard of it."""
        try:
            return getattr(self.sagemaker, f"describe_{job.kind.operation}")(**{job.kind.name: job.name})
        except ClientError as error:
            if "not found" not in str(error):
                raise
            return None

    def settle(self, seconds):
        """Wait until every job has ended; how many ended how."""
        outcomes = Counter()
        deadline = time.monotonic() + seconds
        for job in self.jobs:
            wait_until(lambda job=job: self._ended(job), max(1, deadline - time.monotonic()))
            found = self.describe(job)
            if found is not None:
                outcomes[job.kind.noun, found[job.kind.status]] += 1
                self._check(job, found)
        return outcomes

    def _ended(self, job):
        found = self.describe(job)
        return found is None or found[job.kind.status] in SETTLED

    def _check(self, job, found):
        """One job's status, its reason, and what of it is in S3."""
        status, reason = found[job.kind.status], found.get("FailureReason", "")
        assert status != "Stopped" or job.stopped, (job, found)
        assert status != "Failed" or (job.kills and is_of_a_kill(reason)), (job, reason)
        outputs = self._outputs(job)
        whole = EXPECTED[job.kind.noun](job)
        if status == "Completed":
            assert digests(outputs) == digests(whole), (job, sorted(outputs))
        elif job.kind.noun == "Transform" or status == "Failed":
            assert outputs.items() <= whole.items(), (job, sorted(outputs))

    def _outputs(self, job):
        """What of a job is in S3: unpacked, whole."""
        prefix = {"Training": "models/{}/", "Processing": "processed/{}/", "Transform": "scored/{}/"}[job.kind.noun]
        prefix = prefix.format(job.name)
        found = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
        bodies = {}
        for item in found:
            body = self.s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read()
            assert len(body) == item["Size"]
            assert hashlib.md5(body, usedforsecurity=False).hexdigest() == item["ETag"].strip('"')
            bodies[item["Key"].removeprefix(prefix)] = body
        return unpacked(bodies) if job.kind.noun == "Training" else bodies


def unpacked(bodies):
    """What is in a training job's archive."""
    assert set(bodies) <= {"output/model.tar.gz"}
    if not bodies:
        return {}
    with tarfile.open(fileobj=io.BytesIO(bodies["output/model.tar.gz"])) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


def scored(job):
    """What a transform job makes."""
    del job
    return {
        f"{number}.out": "".join(f"did row {number} {row}\n" for row in range(ROWS)).encode() for number in range(2)
    }


EXPECTED = {"Training": Job.parts, "Processing": Job.parts, "Transform": scored}


def digests(bodies):
    return {name: hashlib.sha256(body).hexdigest() for name, body in bodies.items()}


def is_of_a_kill(reason):
    """Whether a job failed as one does whose processes are killed."""
    words = (
        "AlgorithmError: the program ended without a word, exit code: 137",
        "InternalServerError: the job's process, or one that it needs, was lost 3 times",
        "Unable to get response from algorithm",
        "did not pass the ping health check: its process ended",
    )
    return any(word in reason for word in words)
