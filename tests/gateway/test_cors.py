"""What browsers are told."""

import pytest
from tests.conftest import client
from tests.services.conftest import http_client  # noqa: F401  # a fixture

RULES = [
    {
        "AllowedMethods": ["GET", "PUT"],
        "AllowedOrigins": ["https://*.example.com"],
        "AllowedHeaders": ["x-amz-*"],
        "ExposeHeaders": ["ETag"],
        "MaxAgeSeconds": 60,
    },
    {"AllowedMethods": ["HEAD"], "AllowedOrigins": ["*"]},
]
SITE = "https://www.example.com"


@pytest.fixture
def shared(server, account, bucket):
    """A bucket that other sites may ask."""
    s3 = client(server.url, "s3", account)
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": RULES})
    s3.put_object(Bucket=bucket, Key="key", Body=b"data")
    return bucket


def preflight(send, bucket, method="PUT", **headers):
    asked = {"Origin": SITE, "Access-Control-Request-Method": method} | headers
    return send("OPTIONS", f"/{bucket}/key", headers={k: v for k, v in asked.items() if v is not None})


def test_a_site_is_told_what_it_may_ask(http_client, shared):  # noqa: F811
    """With the headers it names."""
    answer = preflight(http_client, shared, **{"Access-Control-Request-Headers": "X-Amz-Date, x-amz-meta-a"})

    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == SITE
    assert answer.headers["access-control-allow-methods"] == "GET, PUT"
    assert answer.headers["access-control-allow-headers"] == "x-amz-date, x-amz-meta-a"
    assert (answer.headers["access-control-max-age"], answer.headers["access-control-expose-headers"]) == ("60", "ETag")


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("DELETE", {}),
        ("PUT", {"Origin": "https://example.org"}),
        ("PUT", {"Access-Control-Request-Headers": "content-type"}),
    ],
)
def test_a_site_that_may_not_ask_is_refused(http_client, shared, method, headers):  # noqa: F811
    """By method, by origin, by header."""
    answer = preflight(http_client, shared, method, **headers)

    assert (answer.status, b"<Code>AccessForbidden</Code>" in answer.body) == (403, True)


def test_a_bucket_without_rules_is_closed_to_other_sites(http_client, bucket):  # noqa: F811
    """And says so."""
    answer = preflight(http_client, bucket)

    assert (answer.status, b"CORS is not enabled for this bucket" in answer.body) == (403, True)


@pytest.mark.parametrize("missing", ["Origin", "Access-Control-Request-Method"])
def test_a_preflight_request_must_say_who_asks_and_how(http_client, shared, missing):  # noqa: F811
    """Else there is nothing to answer."""
    assert preflight(http_client, shared, **{missing: None}).status == 400


def test_an_answer_tells_the_browser_who_may_read_it(http_client, shared):  # noqa: F811
    """Where a rule lets the site; the answer is the same."""
    allowed = http_client("GET", f"/{shared}/key", headers={"Origin": SITE})
    strange = http_client("GET", f"/{shared}/key", headers={"Origin": "https://example.org"})
    anybody = http_client("HEAD", f"/{shared}/key", headers={"Origin": "https://example.org"})

    assert (allowed.body, allowed.headers["access-control-allow-origin"]) == (b"data", SITE)
    assert (strange.body, strange.headers["access-control-allow-origin"]) == (b"data", None)
    assert anybody.headers["access-control-allow-origin"] == "*"


def test_an_error_can_be_read_too(http_client, shared):  # noqa: F811
    """A script wants to know what went wrong."""
    answer = http_client("GET", f"/{shared}/none", headers={"Origin": SITE})

    assert (answer.status, answer.headers["access-control-allow-origin"]) == (404, SITE)
