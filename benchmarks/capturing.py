"""What it costs an endpoint to write down all that it is asked and answers, against one that does not.

Both endpoints are on one server and take turns. CPU time is counted until two seconds after the load, so that what is
captured has gone to S3 by then; afterwards as many records must be there as there were answers, or more: those that
were on their way when the load ended.
"""

from collections.abc import Iterator
from typing import Any

from account import BUCKET, make_client
from endpoint import deploy, make_questions, serve
from pace import Pace, read_pace
from servers import Server, run_fieldstone
from tables import ratios, show, spread
from tries import Loaded, Tries, measure

_CONNECTIONS = 16
_SETTLING_SECONDS = 2.0
_CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": f"s3://{BUCKET}/captured",
    "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
}
_HEADER = ("endpoint", "per second", "p50 ms", "p99 ms", "server µs", "model µs", "wrk µs")


def run(pace: Pace) -> None:
    """Measure, and print the table."""
    plain, capturing = Tries(), Tries()
    with run_fieldstone() as server:
        questions = make_questions()
        deploy(server, questions)
        serve(server, "captured", DataCaptureConfig=_CAPTURE)
        asked = {"benchmark": plain, "captured": capturing}
        parts = ([server.pid], server.model_servers())
        for number in range(pace.tries):
            for endpoint in list(asked)[:: -1 if number % 2 else 1]:
                requests = questions.signed(server, endpoint)
                loaded = Loaded(server.url, requests, parts, _CONNECTIONS, pace.seconds, _SETTLING_SECONDS)
                measure(loaded, asked[endpoint])
        records = sum(_count_records(server))
    if records < capturing.answers:
        raise ValueError(f"{capturing.answers} answers were given, and {records} captured")
    print(f"{capturing.answers:,} answers were given, and {records:,} captured.")
    compared = [ratios(*pair) for pair in zip(capturing.columns(), plain.columns(), strict=True)]
    rows = [("without capture", plain.columns()), ("all captured", capturing.columns()), ("ratio", compared)]
    title = f"Data capture, {_CONNECTIONS} connections, {pace.tries} tries of {pace.seconds} s"
    show(title, _HEADER, [(label, *map(spread, columns)) for label, columns in rows])


def _count_records(server: Server) -> Iterator[int]:
    """How many records there are in each file of captured ones."""
    s3: Any = make_client(server.url, server.key, "s3")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="captured/"):
        for found in page.get("Contents", ()):
            yield s3.get_object(Bucket=BUCKET, Key=found["Key"])["Body"].read().count(b"\n")


if __name__ == "__main__":
    run(read_pace(__doc__))
