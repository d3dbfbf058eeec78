"""Data capture by boto3: what an endpoint was asked and what it answered, in S3 in AWS's layout."""

import base64
import json
import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from tests.conftest import Server, client, wait_until
from tests.journeys.endpoints import ANSWERING, ask, configure, create_model, deploy, in_service, variant
from tests.journeys.programs import install
from tests.services.conftest import refusal

TYPES = {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]}
KEY = re.compile(r"captured/endpoint/m/\d{4}/\d{2}/\d{2}/\d{2}/\d{2}-\d{2}-\d{3}-[0-9a-f-]{36}\.jsonl")


def capture(bucket: str, share: int = 100, modes: tuple[str, ...] = ("Input", "Output"), **members: Any) -> Any:
    """A DataCaptureConfig."""
    return {
        "EnableCapture": True,
        "InitialSamplingPercentage": share,
        "DestinationS3Uri": f"s3://{bucket}/captured/",
        "CaptureOptions": [{"CaptureMode": mode} for mode in modes],
        **members,
    }


def records(s3: Any, bucket: str) -> list[dict[str, Any]]:
    """What was captured so far, in its order."""
    found = s3.list_objects_v2(Bucket=bucket, Prefix="captured/").get("Contents", [])
    assert all(KEY.fullmatch(item["Key"]) for item in found), found
    bodies = [s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read() for item in found]
    return [json.loads(line) for body in bodies for line in body.splitlines()]


def captured(aws: Any, bucket: str, count: int) -> list[dict[str, Any]]:
    """So many records, once they have come."""

    def come() -> list[dict[str, Any]] | None:
        found = records(aws("s3"), bucket)
        return found if len(found) >= count else None

    return wait_until(come)


def serve(aws: Any, server: Server, config: dict[str, Any] | None, name: str = "config") -> None:
    """An endpoint of one variant, `m`."""
    sagemaker = aws("sagemaker")
    create_model(sagemaker, "m", {"Image": install(server.data_dir, "answering", ANSWERING)})
    configure(sagemaker, name, variant("m"), **({} if config is None else {"DataCaptureConfig": config}))
    deploy(sagemaker, name)


def test_questions_and_answers_come_to_s3(aws: Any, server: Server, bucket: str) -> None:
    """As text where their types are listed, else in base 64; what the model refused is not captured."""
    runtime = aws("sagemaker-runtime")
    serve(aws, server, capture(bucket, CaptureContentTypeHeader=TYPES))
    ask(runtime, "1,2", ContentType="text/csv; charset=utf-8", InferenceId="id-1", CustomAttributes="a=b")
    refusal(ask, runtime=runtime, body="500", ContentType="text/csv")
    ask(runtime, "\u00e4", ContentType="application/x-other")
    first, second = captured(aws, bucket, 2)

    assert first["captureData"] == {
        "endpointInput": {
            "observedContentType": "text/csv; charset=utf-8",
            "mode": "INPUT",
            "data": "1,2",
            "encoding": "CSV",
        },
        "endpointOutput": {
            "observedContentType": "text/csv; charset=utf-8",
            "mode": "OUTPUT",
            "data": "(1,2)",
            "encoding": "CSV",
        },
    }
    assert first["eventVersion"] == "0"
    assert (first["eventMetadata"]["inferenceId"], first["eventMetadata"]["customAttributes"]) == ("id-1", ["a=b"])
    assert re.fullmatch(r"[0-9a-f-]{36}", first["eventMetadata"]["eventId"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", first["eventMetadata"]["inferenceTime"])
    given = second["captureData"]["endpointInput"]
    assert (given["encoding"], base64.b64decode(given["data"]).decode()) == ("BASE64", "\u00e4")


def test_a_share_of_one_side_is_captured(aws: Any, server: Server, bucket: str) -> None:
    """Each question by chance; updates tell what is captured from then on, or leave that as it was."""
    sagemaker, runtime = aws("sagemaker"), aws("sagemaker-runtime")
    serve(aws, server, capture(bucket, 50, ("Input",)))
    described = sagemaker.describe_endpoint(EndpointName="endpoint")["DataCaptureConfig"]
    for _ in range(200):
        ask(runtime)
    configure(sagemaker, "off", variant("m"), DataCaptureConfig=capture(bucket, EnableCapture=False))
    sagemaker.update_endpoint(EndpointName="endpoint", EndpointConfigName="off")
    stopped = in_service(sagemaker)["DataCaptureConfig"]
    for _ in range(50):
        ask(runtime)
    configure(sagemaker, "none", variant("m"))
    sagemaker.update_endpoint(EndpointName="endpoint", EndpointConfigName="none", RetainAllVariantProperties=True)
    kept = in_service(sagemaker)["DataCaptureConfig"]
    found = captured(aws, bucket, 1)

    assert described == {
        "EnableCapture": True,
        "CaptureStatus": "Started",
        "CurrentSamplingPercentage": 50,
        "DestinationS3Uri": f"s3://{bucket}/captured/",
        "KmsKeyId": "",
    }
    assert (stopped["EnableCapture"], stopped["CaptureStatus"], kept) == (False, "Stopped", stopped)
    assert 60 <= len(found) <= 140  # of 200; one run in a hundred million is outside
    assert all(set(record["captureData"]) == {"endpointInput"} for record in found)


def test_what_cannot_be_delivered_waits_and_hurts_nobody(aws: Any, server: Server, bucket: str, account: str) -> None:
    """The bucket is not there: the model answers all the same."""
    serve(aws, server, capture(f"later-{account}"))

    assert [ask(aws("sagemaker-runtime"), str(n)) for n in range(3)] == ["(0)", "(1)", "(2)"]


def reached(answered: list[str], count: int) -> bool:
    """Whether there are so many answers."""
    return len(answered) >= count


def test_a_kill_loses_and_doubles_nothing(own_server: Any, account: str) -> None:
    """Everything that was answered is in S3 in the end, once, and nothing else but what was being answered."""
    server: Server = own_server("--auth", "off")

    def aws(service: str) -> Any:
        return client(server.url, service, account)

    bucket = f"bucket-{account}"
    aws("s3").create_bucket(Bucket=bucket)
    serve(aws, server, capture(bucket))
    answered: list[str] = []
    asked: set[str] = set()

    def insist(worker: int, turn: int) -> None:
        runtime = aws("sagemaker-runtime")
        for number in range(10_000):
            asked.add(body := f"{turn}-{worker}-{number}")
            try:
                answered.append(ask(runtime, body)[1:-1])
            except (BotoCoreError, ClientError):
                return

    for turn in range(2):
        with ThreadPoolExecutor(4) as workers:
            asking = [workers.submit(insist, worker, turn) for worker in range(4)]
            wait_until(partial(reached, answered, 300 * (turn + 1)))
            server.kill()
        for one in asking:
            one.result()
        for file in server.data_dir.glob("captures/*/*.jsonl"):
            file.write_bytes(file.read_bytes() + b'{"captureData":{"endp')  # as far as a kill may let a write come
        server = own_server("--auth", "off")
    last = captured(aws, bucket, len(answered))
    found = [base64.b64decode(record["captureData"]["endpointInput"]["data"]).decode() for record in last]

    assert len(set(found)) == len(found)
    assert set(answered) <= set(found) <= asked


def test_large_payloads_are_captured_whole(aws: Any, server: Server, bucket: str) -> None:
    """They are made into records aside, and written down before the answer all the same."""
    body = "x" * 200_000
    serve(aws, server, capture(bucket, CaptureContentTypeHeader=TYPES))
    answer = ask(aws("sagemaker-runtime"), body, ContentType="application/json")
    (record,) = captured(aws, bucket, 1)

    assert record["captureData"]["endpointInput"]["data"] == body
    assert record["captureData"]["endpointOutput"] == {
        "observedContentType": "application/json",
        "mode": "OUTPUT",
        "data": answer,
        "encoding": "JSON",
    }
