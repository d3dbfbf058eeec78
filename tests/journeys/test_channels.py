"""How data reach a training job, from boto3's side and from the job's."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.conftest import Server, client, wait_until
from tests.journeys.conftest import training_request
from tests.journeys.programs import register_runner, run_to_end, told, wait_for_end

MAGIC = (0xCED7230A).to_bytes(4, "little")
CLOSE_TWO = """
open(data / "train_0", "rb").close()
while not (data / "train_1").exists():
    time.sleep(0.01)
open(data / "train_1", "rb").close()
tell("closed")
"""


@pytest.fixture
def request_of(aws: Any, server: Server, bucket: str) -> Callable[..., dict[str, Any]]:
    """A request for a job that runs a script, with one channel."""
    image = register_runner(server.data_dir)

    def make(
        script: str, mode: str = "File", *, name: str = "job", source: dict[str, Any] | None = None, **channel: Any
    ):
        request = training_request(bucket, name)
        request["AlgorithmSpecification"] = {"TrainingImage": image, "TrainingInputMode": mode}
        request["HyperParameters"] = {"script": json.dumps(script)}
        request["InputDataConfig"] = request["InputDataConfig"][:1]
        request["InputDataConfig"][0] |= channel
        request["InputDataConfig"][0]["DataSource"]["S3DataSource"] |= source or {}
        return request

    return make


@pytest.fixture
def run(aws: Any, request_of: Callable[..., dict[str, Any]]) -> Callable[..., Any]:
    """Run such a job to its end; what it told."""

    def run(*args: Any, **kwargs: Any) -> Any:
        job = run_to_end(aws("sagemaker"), request_of(*args, **kwargs))
        assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
        return told(aws("s3"), job)

    return run


@pytest.fixture
def put(aws: Any, bucket: str) -> Callable[[str, bytes], None]:
    return lambda key, body: aws("s3").put_object(Bucket=bucket, Key=key, Body=body)


def wrapped(data: bytes) -> str:
    """A RecordIO record, as the job reads it."""
    return (MAGIC + len(data).to_bytes(4, "little") + data + bytes(-len(data) % 4)).decode("latin-1")


@pytest.mark.parametrize("mode", ["File", "FastFile"])
def test_a_channel_is_a_folder_of_its_objects(run: Any, put: Any, mode: str) -> None:
    """With folders as their keys have them, and nothing for the console's folders."""
    for key, body in (("a.csv", b"1"), ("deep/er/b.csv", b"2"), ("folder/", b"")):
        put(f"data/train/{key}", body)

    script = 'tell([files(data), json.loads((root / "input/config/inputdataconfig.json").read_text())])'
    found, described = run(script, mode)

    assert found == {"train/a.csv": "1", "train/deep/er/b.csv": "2"}
    assert described["train"] == {
        "TrainingInputMode": "File",
        "S3DistributionType": "FullyReplicated",
        "RecordWrapperType": "None",
        "ContentType": "text/csv",
    }


def test_a_manifest_says_which_objects_are_in_a_channel(run: Any, put: Any, bucket: str) -> None:
    """As record_set() of the SDK writes it."""
    for key in ("matrix_0.pbr", "deep/matrix_1.pbr", "other.pbr"):
        put(f"sets/{key}", key.encode())
    manifest = [{"prefix": f"s3://{bucket}/sets/"}, "matrix_0.pbr", "deep/matrix_1.pbr"]
    put("sets/.amazon.manifest", json.dumps(manifest).encode())
    source = {"S3DataType": "ManifestFile", "S3Uri": f"s3://{bucket}/sets/.amazon.manifest"}

    found = run("tell(files(data / 'train'))", source=source)

    assert found == {"matrix_0.pbr": "matrix_0.pbr", "deep/matrix_1.pbr": "deep/matrix_1.pbr"}


def test_a_channel_of_its_own_mode_comes_through_pipes(run: Any, put: Any) -> None:
    """Epoch after epoch, each a pipe that is there once the one before it was opened."""
    put("data/train/a.csv", b"1\n")
    put("data/train/b.csv", b"2\n" * 200_000)

    script = "tell([read(f'train_{epoch}') == '1\\n' + '2\\n' * 200_000 for epoch in range(3)])"
    assert run(script, InputMode="Pipe") == [True, True, True]


def test_pipes_unzip_and_wrap(run: Any, put: Any) -> None:
    """Each object becomes one RecordIO record of its plain bytes."""
    put("data/train/a.gz", gzip.compress(b"first") + gzip.compress(b", still first"))
    put("data/train/b.gz", gzip.compress(b"second"))

    channel = {"CompressionType": "Gzip", "RecordWrapperType": "RecordIO"}
    found = run("tell(read('train_0'))", "Pipe", **channel)

    assert found == wrapped(b"first, still first") + wrapped(b"second")


def test_an_augmented_manifest_streams_objects_and_what_is_said_of_them(run: Any, put: Any, bucket: str) -> None:
    """The attributes asked for, in that order, each a record."""
    put("cats/1.jpg", b"\xff\xd8 tom")
    put("cats/2.jpg", b"\xff\xd8 rex")
    lines = [
        {"about": "x", "is-a-cat": 1, "image-ref": f"s3://{bucket}/cats/1.jpg", "name": "Tom"},
        {"is-a-cat": 0, "image-ref": f"s3://{bucket}/cats/2.jpg", "name": "Rex"},
    ]
    put("cats/all.manifest", "\n".join(map(json.dumps, lines)).encode())
    source = {
        "S3DataType": "AugmentedManifestFile",
        "S3Uri": f"s3://{bucket}/cats/all.manifest",
        "AttributeNames": ["image-ref", "is-a-cat", "name"],
    }

    found = run("tell(read('train_0'))", "Pipe", source=source, RecordWrapperType="RecordIO")

    expected = (b"\xff\xd8 tom", b"1", b"Tom", b"\xff\xd8 rex", b"0", b"Rex")
    assert found == "".join(map(wrapped, expected))


def test_pipes_shuffle_anew_for_every_epoch(run: Any, put: Any) -> None:
    """By the seed, so that it can be done again."""
    for number in range(20):
        put(f"data/train/{number:02}", f"{number:02} ".encode())

    script = "tell([read(f'train_{epoch}') for epoch in range(3)])"
    first = run(script, "Pipe", ShuffleConfig={"Seed": 5})
    again = run(script, "Pipe", name="again", ShuffleConfig={"Seed": 5})

    assert first == again
    assert len(set(first)) == 3
    assert all(sorted(epoch.split()) == [f"{number:02}" for number in range(20)] for epoch in first)


@pytest.mark.parametrize(
    "script",
    [
        "tell('never opened any')",
        "pipe = open(data / 'train_0', 'rb'); tell(pipe.read(10).decode())",
        CLOSE_TWO,
    ],
    ids=["none", "half", "closed"],
)
def test_a_program_need_not_read_its_pipes(run: Any, put: Any, script: str) -> None:
    """The job ends all the same."""
    put("data/train/a.csv", b"1\n" * 500_000)

    assert run(script, "Pipe")


def test_what_is_not_gzipped_fails_the_job_by_name(aws: Any, request_of: Any, put: Any, bucket: str) -> None:
    """Rather than that the program goes on with a part of the data."""
    put("data/train/a.csv", b"1,2\n")

    job = run_to_end(aws("sagemaker"), request_of("read('train_0'); time.sleep(99)", "Pipe", CompressionType="Gzip"))

    assert job["TrainingJobStatus"] == "Failed"
    assert (
        f"ClientError: Data download failed: channel train: s3://{bucket}/data/train/a.csv cannot be unzipped"
        in job["FailureReason"]
    )


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        (["a", "a/b"], "'a' cannot be a file and, for 'a/b', a folder"),
        (["/a"], "'/a' is no path inside a folder"),
        (["../../a"], "'../../a' is no path inside a folder"),
        (["b/./a"], "'b/./a' is no path inside a folder"),
        (["full/"], "'full/' is no path inside a folder"),
        (["long" * 64], "has a name of more than 255 bytes"),
    ],
    ids=["both", "empty", "out", "dot", "slash", "long"],
)
def test_keys_that_no_file_can_have_fail_the_job(
    aws: Any, request_of: Any, put: Any, keys: list[str], reason: str
) -> None:
    """With the name that is in the way; in Pipe mode they are read like any other."""
    for key in keys:
        put(f"data/train/{key}", b"x")

    job = run_to_end(aws("sagemaker"), request_of("tell(files(data))"))
    assert job["FailureReason"].startswith("ClientError: Data download failed: ")
    assert reason in job["FailureReason"]

    piped = run_to_end(aws("sagemaker"), request_of("tell(read('train_0'))", "Pipe", name="piped"))
    assert told(aws("s3"), piped) == "x" * len(keys)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "it is not JSON"),
        (b"[]", "it is not a JSON list"),
        (b'["a", "b"]', "'a' is no address of an S3 object"),
        (
            b'[{"prefix": "s3://no-such-bucket-at-all/"}, "a"]',
            'No S3 objects found under S3 URL "s3://no-such-bucket-at-all/a"',
        ),
    ],
    ids=["broken", "empty", "paths", "missing"],
)
def test_a_manifest_that_is_none_fails_the_job(
    aws: Any, request_of: Any, put: Any, bucket: str, body: bytes, reason: str
) -> None:
    """With what is wrong with it."""
    put("m", body)
    source = {"S3DataType": "ManifestFile", "S3Uri": f"s3://{bucket}/m"}

    job = run_to_end(aws("sagemaker"), request_of("tell(1)", source=source))

    assert reason in job["FailureReason"]


def test_data_that_are_deleted_meanwhile_stay_with_the_job(run: Any, put: Any, bucket: str) -> None:
    """In Pipe mode too, whose epochs are read one after the other."""
    put("data/train/a.csv", b"1")

    script = f"""import boto3
seen = [read("train_0")]
boto3.client("s3").delete_object(Bucket="{bucket}", Key="data/train/a.csv")
seen += [read(f"train_{{epoch}}") for epoch in range(1, 50)]
tell(seen)
"""
    assert run(script, "Pipe") == ["1"] * 50


def test_pipes_go_on_when_the_server_is_killed(own_server: Any) -> None:
    """They are the job's, as its process is."""
    server = own_server("--auth", "off")
    s3 = client(server.url, "s3", "123456789012")
    s3.create_bucket(Bucket="mine")
    s3.put_object(Bucket="mine", Key="data/train/a", Body=b"1")
    image = register_runner(server.data_dir)
    request = training_request("mine")
    script = (
        "seen = [read('train_0')]\nwhile not (root / 'go').exists(): time.sleep(0.01)\ntell([*seen, read('train_1')])"
    )
    request["AlgorithmSpecification"] = {"TrainingImage": image, "TrainingInputMode": "Pipe"}
    request["InputDataConfig"] = request["InputDataConfig"][:1]
    request["HyperParameters"] = {"script": json.dumps(script)}
    client(server.url, "sagemaker", "123456789012").create_training_job(**request)
    wait_until(lambda: list(server.data_dir.glob("tasks/training-*/ml/input/data/train_1")))
    server.kill()
    (root,) = server.data_dir.glob("tasks/training-*/ml")
    (root / "go").touch()

    again = own_server("--auth", "off")
    job = wait_for_end(client(again.url, "sagemaker", "123456789012"), "job")
    assert told(client(again.url, "s3", "123456789012"), job) == ["1", "1"]


def test_output_that_is_not_compressed_is_there_file_by_file(aws: Any, request_of: Any, bucket: str) -> None:
    """The model below one prefix, which is its address, and other output below another."""
    script = """
(root / "model" / "deep").mkdir()
(root / "model" / "deep" / "weights").write_text("1")
(root / "output" / "data").mkdir(exist_ok=True)
(root / "output" / "data" / "report").write_text("2")
"""
    request = request_of(script)
    del request["InputDataConfig"]
    request["OutputDataConfig"]["CompressionType"] = "NONE"
    job = run_to_end(aws("sagemaker"), request)
    found = aws("s3").list_objects_v2(Bucket=bucket, Prefix="models/")["Contents"]

    assert job["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://{bucket}/models/job/output/model/"
    assert [item["Key"].removeprefix("models/job/output/") for item in found] == ["model/deep/weights", "output/report"]
