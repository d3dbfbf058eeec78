"""Processing jobs, by boto3: what goes in, what comes out, what is said when it does not."""

import json
from typing import Any

import pytest
from tests.conftest import Server, wait_until
from tests.journeys.conftest import ROLE

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"

SUM = """
import csv, json, pathlib, sys
root = pathlib.Path("/opt/ml/processing")
rows = [row for path in sorted((root / "input").iterdir()) for row in csv.reader(path.open())]
(root / "output" / "deep").mkdir()
(root / "output" / "deep" / "sum.json").write_text(json.dumps(sum(int(row[0]) for row in rows) * int(sys.argv[1])))
pathlib.Path("/opt/ml/output/message").write_text(f"{len(rows)} rows")
print("summed", len(rows), "rows")
"""


def request(bucket: str, script: str = "sum.py", **members: Any) -> dict[str, Any]:
    """CreateProcessingJob's request: a script over what lies below ``data/``."""

    def given(name: str, key: str) -> dict[str, Any]:
        place = {"S3Uri": f"s3://{bucket}/{key}", "LocalPath": f"/opt/ml/processing/{name}"}
        return {"InputName": name, "S3Input": place | {"S3DataType": "S3Prefix", "S3InputMode": "File"}}

    output = {"S3Uri": f"s3://{bucket}/out", "LocalPath": "/opt/ml/processing/output", "S3UploadMode": "EndOfJob"}
    cluster = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
    return {
        "ProcessingJobName": "job",
        "RoleArn": ROLE,
        "AppSpecification": {
            "ImageUri": IMAGE,
            "ContainerEntrypoint": ["python3", f"/opt/ml/processing/code/{script}"],
            "ContainerArguments": ["10"],
        },
        "ProcessingResources": {"ClusterConfig": cluster},
        "ProcessingInputs": [given("input", "data/"), given("code", f"code/{script}")],
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "sums", "S3Output": output}]},
    } | members


@pytest.fixture
def inputs(aws: Any, bucket: str) -> str:
    """The bucket, with two files of rows and a script."""
    s3 = aws("s3")
    for key, body in {"data/a.csv": "1,a\n2,b\n", "data/b.csv": "3,c\n", "code/sum.py": SUM}.items():
        s3.put_object(Bucket=bucket, Key=key, Body=body)
    return bucket


def process(sagemaker: Any, wanted: dict[str, Any]) -> dict[str, Any]:
    """Run a job to its end; how Describe tells it."""
    sagemaker.create_processing_job(**wanted)

    return wait_until(lambda: ended(sagemaker, wanted["ProcessingJobName"]), 60)


def ended(sagemaker: Any, name: str = "job") -> dict[str, Any] | None:
    job = sagemaker.describe_processing_job(ProcessingJobName=name)
    return None if job["ProcessingJobStatus"] in {"InProgress", "Stopping"} else job


def printed(logs: Any) -> list[str]:
    """The log of the job's first host."""
    group = "/aws/sagemaker/ProcessingJobs"
    (stream,) = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix="job/algo-1-")["logStreams"]
    events = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
    return [event["message"] for event in events]


def test_what_a_script_makes_of_its_inputs_is_in_s3(aws: Any, inputs: str) -> None:
    """At absolute paths, as the script has them; folders keep their names."""
    job = process(aws("sagemaker"), request(inputs))

    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    made = aws("s3").get_object(Bucket=inputs, Key="out/deep/sum.json")["Body"].read()
    assert json.loads(made) == 60
    assert job["ExitMessage"] == "3 rows"
    assert job["CreationTime"] <= job["ProcessingStartTime"] <= job["ProcessingEndTime"]


def test_what_it_printed_is_in_its_log(aws: Any, inputs: str) -> None:
    """In the group and stream that the SDKs read."""
    process(aws("sagemaker"), request(inputs))

    assert printed(aws("logs"))[-1] == "summed 3 rows"


def test_a_script_that_fails_tells_its_traceback(aws: Any, inputs: str) -> None:
    """And leaves nothing in S3."""
    aws("s3").put_object(Bucket=inputs, Key="code/sum.py", Body="def f():\n    raise KeyError('tenure')\nf()\n")
    job = process(aws("sagemaker"), request(inputs))

    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("AlgorithmError: ")
    assert "KeyError: 'tenure'" in job["FailureReason"]
    assert job["FailureReason"].endswith("exit code: 1")
    assert "Contents" not in aws("s3").list_objects_v2(Bucket=inputs, Prefix="out/")


def test_an_input_that_is_not_there_fails_the_job(aws: Any, inputs: str) -> None:
    """By its address."""
    wanted = request(inputs)
    wanted["ProcessingInputs"][0]["S3Input"]["S3Uri"] = f"s3://{inputs}/nothing/"
    job = process(aws("sagemaker"), wanted)

    assert job["ProcessingJobStatus"] == "Failed"
    assert f"s3://{inputs}/nothing/" in job["FailureReason"]


def test_spark_is_refused_with_what_to_use(aws: Any, inputs: str) -> None:
    """There is no Spark here."""
    wanted = request(inputs)
    wanted["AppSpecification"]["ImageUri"] = (
        "173754725891.dkr.ecr.us-east-1.amazonaws.com/sagemaker-spark-processing:3.3-cpu"
    )
    job = process(aws("sagemaker"), wanted)

    assert job["ProcessingJobStatus"] == "Failed"
    assert "Spark does not run here" in job["FailureReason"]


def test_hosts_share_out_what_is_sharded_and_their_outputs_come_together(aws: Any, inputs: str) -> None:
    """Each of two hosts finds one file, knows who it is, and where the other."""
    script = """
import json, pathlib, socket
here = json.loads(pathlib.Path("/opt/ml/config/resourceconfig.json").read_text())
names = [path.name for path in pathlib.Path("/opt/ml/processing/input").iterdir()]
pathlib.Path("/opt/ml/processing/output", here["current_host"]).write_text(json.dumps([here["hosts"], names]))
print(*map(socket.gethostbyname, [*here["hosts"], "localhost"]))
"""
    aws("s3").put_object(Bucket=inputs, Key="code/sum.py", Body=script)
    wanted = request(inputs)
    wanted["ProcessingResources"]["ClusterConfig"]["InstanceCount"] = 2
    wanted["ProcessingInputs"][0]["S3Input"]["S3DataDistributionType"] = "ShardedByS3Key"
    job = process(aws("sagemaker"), wanted)
    s3 = aws("s3")
    made = [json.loads(s3.get_object(Bucket=inputs, Key=f"out/algo-{n}")["Body"].read()) for n in (1, 2)]

    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    assert made == [[["algo-1", "algo-2"], ["a.csv"]], [["algo-1", "algo-2"], ["b.csv"]]]
    first, second, here = printed(aws("logs"))[-1].split()
    assert first != second
    assert (first.split(".")[0], second.split(".")[0], here) == ("127", "127", "127.0.0.1")


def test_a_job_that_is_stopped_is_stopped(aws: Any, inputs: str) -> None:
    """Its program is asked to end."""
    aws("s3").put_object(Bucket=inputs, Key="code/sum.py", Body="import time\nprint('up')\ntime.sleep(600)\n")
    sagemaker = aws("sagemaker")
    sagemaker.create_processing_job(**request(inputs))
    wait_until(lambda: "ProcessingStartTime" in sagemaker.describe_processing_job(ProcessingJobName="job"))
    sagemaker.stop_processing_job(ProcessingJobName="job")

    def status() -> str:
        return sagemaker.describe_processing_job(ProcessingJobName="job")["ProcessingJobStatus"]

    wait_until(lambda: status() != "Stopping")
    assert status() == "Stopped"


def test_continuous_output_is_in_s3_while_the_job_runs(aws: Any, server: Server, inputs: str) -> None:
    """And stays there when the program takes it away; what it writes last comes at the end."""
    script = """
import pathlib, time
folder = pathlib.Path("/opt/ml/processing/output")
(folder / "early").write_text("1")
while not (folder.parent / "go").exists():
    time.sleep(0.02)
(folder / "early").unlink()
(folder / "late").write_text("2")
"""
    aws("s3").put_object(Bucket=inputs, Key="code/sum.py", Body=script)
    wanted = request(inputs)
    wanted["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3UploadMode"] = "Continuous"
    sagemaker, s3 = aws("sagemaker"), aws("s3")
    sagemaker.create_processing_job(**wanted)
    wait_until(lambda: s3.list_objects_v2(Bucket=inputs, Prefix="out/early").get("Contents"))
    early = sagemaker.describe_processing_job(ProcessingJobName="job")
    (written,) = server.data_dir.glob("tasks/processing-*/ml/processing/output/early")
    (written.parent.parent / "go").touch()
    job = wait_until(lambda: ended(sagemaker), 60)

    assert early["ProcessingJobStatus"] == "InProgress"
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    found = s3.list_objects_v2(Bucket=inputs, Prefix="out/")["Contents"]
    assert [item["Key"] for item in found] == ["out/early", "out/late"]


def test_a_job_without_a_network_reaches_its_other_host_alone(aws: Any, inputs: str) -> None:
    """The server, which listens on loopback as they do, is out of reach."""
    script = """
import json, os, pathlib, socket, time, urllib.request
here = json.loads(pathlib.Path("/opt/ml/config/resourceconfig.json").read_text())["current_host"]
try:
    urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"] + "/_fieldstone/health")
    told = "reached"
except OSError as error:
    told = str(error.reason)
if here == "algo-1":
    with socket.create_server(("algo-1", 5000)) as listening:
        told += " " + listening.accept()[0].recv(9).decode()
else:
    while True:
        try:
            with socket.create_connection(("algo-1", 5000)) as connection:
                connection.sendall(b"hello")
            break
        except ConnectionRefusedError:
            time.sleep(0.01)
pathlib.Path("/opt/ml/processing/output", here).write_text(told)
"""
    aws("s3").put_object(Bucket=inputs, Key="code/sum.py", Body=script)
    wanted = request(inputs, NetworkConfig={"EnableNetworkIsolation": True})
    wanted["ProcessingResources"]["ClusterConfig"]["InstanceCount"] = 2
    job = process(aws("sagemaker"), wanted)
    s3 = aws("s3")
    told = [s3.get_object(Bucket=inputs, Key=f"out/algo-{n}")["Body"].read() for n in (1, 2)]

    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    assert told == [b"[Errno 111] Connection refused hello", b"[Errno 111] Connection refused"]
