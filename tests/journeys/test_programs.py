"""Programs of one's own behind images."""

import io
import json
import tarfile
from typing import Any

import pytest
from tests.conftest import Server
from tests.journeys.programs import install
from tests.journeys.test_training import train

PROGRAM = """
import http.server, json, os, pathlib, socketserver, sys

root = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
if COMMAND == "train":
    rows = sum(len(file.read_text().splitlines()) for file in (root / "input/data/train").iterdir())
    (root / "model" / "model.json").write_text(json.dumps({"rows": rows}))
    print("rows=%d;" % rows)
    sys.exit()

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(b"")

    def do_POST(self):
        asked = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer((root / "model" / "model.json").read_bytes() + asked)

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self):
        return ""

class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    pass

Server(os.environ["FIELDSTONE_BIND_TO_SOCKET"], Handler).serve_forever()
"""


@pytest.fixture
def image(aws: Any, server: Server) -> str:
    """The URI of an image whose repository stands for a program of the test's."""
    return install(server.data_dir, "counter", PROGRAM)


def test_a_program_trains_and_serves_for_its_image(
    aws: Any, bucket: str, training_job: dict[str, Any], image: str
) -> None:
    """Metrics that the request defines are found in what it prints."""
    training_job["AlgorithmSpecification"] |= {
        "TrainingImage": image,
        "MetricDefinitions": [{"Name": "rows", "Regex": "rows=([0-9]+)"}],
    }
    job = train(aws("sagemaker"), training_job)

    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert [(metric["MetricName"], metric["Value"]) for metric in job["FinalMetricDataList"]] == [("rows", 400)]
    archive = aws("s3").get_object(Bucket=bucket, Key="models/job/output/model.tar.gz")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        member = tar.extractfile("model.json")
        assert member is not None
        assert json.load(member) == {"rows": 400}
    assert serve(aws, job, image) == b'{"rows": 400}asked'


def serve(aws: Any, job: dict[str, Any], image: str) -> bytes:
    """Deploy the job's model and ask it once."""
    sagemaker = aws("sagemaker")
    container = {"Image": image, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]}
    sagemaker.create_model(ModelName="m", PrimaryContainer=container, ExecutionRoleArn=job["RoleArn"])
    variant = {"VariantName": "a", "ModelName": "m", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    waiter = sagemaker.get_waiter("endpoint_in_service")
    waiter.wait(EndpointName="e", WaiterConfig={"Delay": 0.1, "MaxAttempts": 300})
    answer = aws("sagemaker-runtime").invoke_endpoint(EndpointName="e", Body=b"asked")["Body"].read()
    sagemaker.delete_endpoint(EndpointName="e")
    return answer
