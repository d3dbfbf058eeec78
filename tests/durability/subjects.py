"""Things that a client changes: what it was told of each, and what may be found of it after a kill.

A subject's ``state`` is what was acknowledged last. While a call is on its way, ``pending`` is what it would make of
it: a server killed meanwhile may have done it or not, and nothing in between.
"""

import hashlib
import threading
import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

UNKNOWN = "unknown"
"""An id that the server made and could not tell any more."""

Step = tuple[Any, Callable[[], Any]]
"""What the state will be, and the call that makes it so."""


def body_of(rng, largest):
    """Bytes without sense, of any size; most are small."""
    return rng.randbytes(rng.choice([0, 1, rng.randrange(1000), rng.randrange(largest)]))


def digest(data):
    return f"{len(data)}:{hashlib.sha256(data).hexdigest()[:16]}"


def found(ask, refused):
    """What a call gives; None where it is refused in these words."""
    try:
        return ask()
    except ClientError as error:
        if refused not in str(error):
            raise
        return None


class Subject:
    """One thing, changed by one client."""

    def __init__(self, client, name, initial=None):
        self.client = client
        self.name = name
        self.state = initial
        self.pending: Any = initial
        self._passed = [initial]
        self._lock = threading.Lock()

    def step(self, rng):
        """Change it by one call."""
        self._pass(self.plan(rng))
        self._call()
        self._pass((self.pending, None))
        self.state = self.pending

    def _pass(self, step):
        with self._lock:
            self.pending, self._call = step
            self._passed.append(self.pending)

    def begin_copy(self):
        """From now on it may be found in a copy as it is, or as it will become."""
        with self._lock:
            self._passed = [self.state, self.pending]

    def end_copy(self):
        """The states that the copy may have found it in."""
        with self._lock:
            return list(self._passed)

    def check_copy(self, passed):
        """Hold what is in a copy against the states that it may have found."""
        seen = self.observe()
        assert any(self.fits(seen, state) for state in passed), (
            f"{type(self).__name__} {self.name}: {seen!r} is none of {passed!r}"
        )

    def check(self):
        """Hold what is there against what was acknowledged, and go on from there."""
        seen = self.observe()
        assert any(self.fits(seen, state) for state in (self.state, self.pending)), (
            f"{type(self).__name__} {self.name}: {seen!r} is neither {self.state!r} nor {self.pending!r}"
        )
        self.state = self.pending = seen

    def fits(self, found, state):
        return found == state

    def plan(self, rng) -> Step:
        raise NotImplementedError

    def observe(self):
        raise NotImplementedError


class PlainObject(Subject):
    """A key: put, put again, copied from another one, deleted."""

    def __init__(self, client, name, other=None):
        super().__init__(client, name)
        self.other = other
        self.at = {"Bucket": "plain", "Key": name}

    def plan(self, rng):
        choice = rng.random()
        if choice < 0.25:
            return None, lambda: self.client.delete_object(**self.at)
        if choice < 0.45 and self.other is not None and self.other.state is not None:
            return self.other.state, lambda: self.client.copy_object(**self.at, CopySource=self.other.at)
        body = body_of(rng, 300_000)
        return digest(body), lambda: self.client.put_object(**self.at, Body=body)

    def observe(self):
        try:
            answer = self.client.get_object(**self.at)
        except self.client.exceptions.NoSuchKey:
            return None
        body = answer["Body"].read()
        assert answer["ETag"].strip('"') == hashlib.md5(body).hexdigest()
        return digest(body)


class VersionedObject(Subject):
    """A key of a bucket that keeps versions: the contents of its versions, newest first; None is a delete marker."""

    def __init__(self, client, name):
        super().__init__(client, name, ())
        self.at = {"Bucket": "versioned", "Key": name}
        self.ids = []

    def plan(self, rng):
        choice = rng.random()
        if self.ids and (choice < 0.3 or len(self.ids) > 5):
            chosen = rng.randrange(len(self.ids))
            left = self.state[:chosen] + self.state[chosen + 1 :]
            return left, lambda: self._forget(chosen)
        if choice < 0.5:
            return (None, *self.state), lambda: self._add(self.client.delete_object(**self.at))
        body = body_of(rng, 100_000)
        return (digest(body), *self.state), lambda: self._add(self.client.put_object(**self.at, Body=body))

    def _add(self, answer):
        self.ids.insert(0, answer["VersionId"])

    def _forget(self, chosen):
        self.client.delete_object(**self.at, VersionId=self.ids[chosen])
        del self.ids[chosen]

    def observe(self):
        answer = self.client.list_object_versions(Bucket="versioned", Prefix=self.name)
        entries = [*answer.get("Versions", []), *answer.get("DeleteMarkers", [])]
        assert sum(entry["IsLatest"] for entry in entries) == bool(entries)
        contents = {entry["VersionId"]: self._content(entry) for entry in entries}
        self.ids = self._in_order(answer)
        return tuple(contents[version] for version in self.ids)

    def _content(self, entry):
        if "Size" not in entry:
            return None
        return digest(self.client.get_object(**self.at, VersionId=entry["VersionId"])["Body"].read())

    def _in_order(self, answer):
        """The ids as they stand in the list, where versions and markers come one after the other by age."""
        both = [*answer.get("Versions", []), *answer.get("DeleteMarkers", [])]
        latest = [entry["VersionId"] for entry in both if entry["IsLatest"]]
        pages = self.client.get_paginator("list_object_versions")
        order = []
        for page in pages.paginate(Bucket="versioned", Prefix=self.name, PaginationConfig={"PageSize": 1}):
            order += [entry["VersionId"] for entry in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]]
        assert order[:1] == latest
        return order


class ObjectInParts(Subject):
    """A key that is uploaded in parts: the parts of what stands under it, and those of the upload that is open."""

    first = b"1" * (5 << 20)

    def __init__(self, client, name):
        super().__init__(client, name, (None, None))
        self.at = {"Bucket": "plain", "Key": name}
        self.upload: dict[str, str] = {}

    def plan(self, rng):
        whole, parts = self.state
        if parts is None:
            return (whole, ()), lambda: self._begin(self.client.create_multipart_upload(**self.at))
        if rng.random() < 0.2:
            return (whole, None), lambda: self.client.abort_multipart_upload(**self.at, **self.upload)
        if parts and (len(parts) == 3 or rng.random() < 0.5):
            return (parts, None), lambda: self._complete(parts)
        return self._add_part(rng, whole, parts)

    def _add_part(self, rng, whole, parts):
        if parts and parts[-1] != self._mark(self.first):  # nothing may follow a small one: put it anew
            parts = parts[:-1]
        body = self.first if rng.random() < 0.3 and len(parts) < 2 else body_of(rng, 200_000)
        number = len(parts) + 1
        return (whole, (*parts, self._mark(body))), lambda: self.client.upload_part(
            **self.at, **self.upload, PartNumber=number, Body=body
        )

    @staticmethod
    def _mark(body):
        return f"{len(body)}:{hashlib.md5(body).hexdigest()}"

    def _begin(self, answer):
        self.upload = {"UploadId": answer["UploadId"]}

    def _complete(self, parts):
        told = [{"PartNumber": number, "ETag": mark.partition(":")[2]} for number, mark in enumerate(parts, 1)]
        self.client.complete_multipart_upload(**self.at, **self.upload, MultipartUpload={"Parts": told})

    def observe(self):
        return self._whole(), self._parts()

    def _whole(self):
        """The marks of the parts, each read by its number."""
        count = found(lambda: self.client.head_object(**self.at, PartNumber=1)["PartsCount"], "Not Found")
        if count is None:
            return None
        parts = [self.client.get_object(**self.at, PartNumber=n)["Body"].read() for n in range(1, count + 1)]
        assert self.client.get_object(**self.at)["Body"].read() == b"".join(parts)
        return tuple(map(self._mark, parts))

    def _parts(self):
        """The marks of the parts of the open upload, as they are listed."""
        found = self.client.list_multipart_uploads(Bucket="plain", Prefix=self.name).get("Uploads", [])
        assert len(found) <= 1
        if not found:
            return None
        self.upload = {"UploadId": found[0]["UploadId"]}
        listed = self.client.list_parts(**self.at, **self.upload).get("Parts", [])
        return tuple("{}:{}".format(part["Size"], part["ETag"].strip('"')) for part in listed)


class Model(Subject):
    """A model of SageMaker with its tags."""

    def __init__(self, client, name):
        super().__init__(client, name)
        self.arn = f"arn:aws:sagemaker:us-east-1:123456789012:model/{name}"

    def plan(self, rng):
        choice, tag = rng.random(), {"Key": f"k{rng.randrange(4)}", "Value": str(rng.randrange(1000))}
        if self.state is None:
            return {}, self._create
        if choice < 0.3:
            return None, lambda: self.client.delete_model(ModelName=self.name)
        if choice < 0.5 and self.state:
            key = rng.choice(sorted(self.state))
            left = {name: value for name, value in self.state.items() if name != key}
            return left, lambda: self.client.delete_tags(ResourceArn=self.arn, TagKeys=[key])
        tags = self.state | {tag["Key"]: tag["Value"]}
        return tags, lambda: self.client.add_tags(ResourceArn=self.arn, Tags=[tag])

    def _create(self):
        image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
        role = "arn:aws:iam::123456789012:role/FieldstoneRole"
        self.client.create_model(ModelName=self.name, PrimaryContainer={"Image": image}, ExecutionRoleArn=role)

    def observe(self):
        if found(lambda: self.client.describe_model(ModelName=self.name), "Could not find model") is None:
            return None
        return {tag["Key"]: tag["Value"] for tag in self.client.list_tags(ResourceArn=self.arn)["Tags"]}


class LogStream(Subject):
    """A stream of log events, put in batches."""

    def __init__(self, client, name):
        super().__init__(client, name)
        self.at = {"logGroupName": "group", "logStreamName": name}
        self.number = 0

    def plan(self, rng):
        if self.state is None:
            return (), lambda: self.client.create_log_stream(**self.at)
        if rng.random() < 0.1 or len(self.state) > 400:
            return None, lambda: self.client.delete_log_stream(**self.at)
        self.number += 1
        width = rng.choice([10, 10, 1000, 8000])
        batch = [f"{self.number}-{at} " + "x" * rng.randrange(width) for at in range(rng.randrange(1, 60))]
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": message} for message in batch]
        return (*self.state, *map(self._short, batch)), lambda: self.client.put_log_events(**self.at, logEvents=events)

    @staticmethod
    def _short(message):
        return f"{message.split(' ')[0]}:{len(message)}"

    def observe(self):
        found, token = [], None
        while True:
            more = {} if token is None else {"nextToken": token}
            try:
                page = self.client.get_log_events(**self.at, startFromHead=True, **more)
            except self.client.exceptions.ResourceNotFoundException:
                return None
            found += [self._short(event["message"]) for event in page["events"]]
            if page["nextForwardToken"] == token:
                return tuple(found)
            token = page["nextForwardToken"]


class UserKeys(Subject):
    """The access keys of a user, made before: the status of each by its id. Those that are active work, no others."""

    def __init__(self, client, name, works):
        super().__init__(client, name, {})
        self.secrets: dict[str, str] = {}
        self.works = works

    def plan(self, rng):
        named = {"UserName": self.name}
        if len(self.state) < 2 and rng.random() < 0.5:
            return self.state | {UNKNOWN: "Active"}, lambda: self._created(self.client.create_access_key(**named))
        if not self.state:
            return self.state, lambda: self.client.list_access_keys(**named)
        key = rng.choice(sorted(self.state))
        named["AccessKeyId"] = key
        if rng.random() < 0.4:
            left = {name: status for name, status in self.state.items() if name != key}
            return left, lambda: self.client.delete_access_key(**named)
        status = rng.choice(["Active", "Inactive"])
        return self.state | {key: status}, lambda: self.client.update_access_key(**named, Status=status)

    def _created(self, answer):
        key = answer["AccessKey"]
        self.secrets[key["AccessKeyId"]] = key["SecretAccessKey"]
        self.pending = {
            key["AccessKeyId"] if name == UNKNOWN else name: status for name, status in self.pending.items()
        }

    def fits(self, found, state):
        unknown = [name for name in found if name not in state]
        if UNKNOWN in state and len(unknown) == 1:
            state = {unknown[0] if name == UNKNOWN else name: status for name, status in state.items()}
        return found == state

    def observe(self):
        listed = self.client.list_access_keys(UserName=self.name)["AccessKeyMetadata"]
        found = {key["AccessKeyId"]: key["Status"] for key in listed}
        for key, secret in self.secrets.items():
            assert self.works(key, secret) == (found.get(key) == "Active")
        return found


class Metric(Subject):
    """A metric of CloudWatch: how many values it had, and their sum."""

    def __init__(self, client, name):
        super().__init__(client, name, (0, 0.0))
        self.began = time.time() - 60

    def plan(self, rng):
        values = [float(rng.randrange(100)) for _ in range(rng.randrange(1, 5))]
        count, total = self.state
        data = [{"MetricName": self.name, "Values": values}]
        put = {"Namespace": "Load", "MetricData": data}
        return (count + len(values), total + sum(values)), lambda: self.client.put_metric_data(**put)

    def observe(self):
        answer = self.client.get_metric_statistics(
            Namespace="Load",
            MetricName=self.name,
            StartTime=self.began,
            EndTime=time.time() + 60,
            Period=3600,
            Statistics=["SampleCount", "Sum"],
        )
        points = answer["Datapoints"]
        return int(sum(point["SampleCount"] for point in points)), sum(point["Sum"] for point in points)
