"""Services that a user's model files add."""

import json

import pytest
from tests.conftest import start_server
from tests.gateway.conftest import ask

MODEL = {
    "metadata": {
        "apiVersion": "2026-11-22",
        "endpointPrefix": "coffee",
        "protocol": "json",
        "jsonVersion": "1.1",
        "targetPrefix": "Coffee_20261122",
    },
    "operations": {
        "Brew": {"name": "Brew", "http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "BrewRequest"}}
    },
    "shapes": {
        "BrewRequest": {"type": "structure", "required": ["Cups"], "members": {"Cups": {"shape": "Count"}}},
        "Count": {"type": "integer", "min": 1, "max": 12},
    },
}


@pytest.fixture
def url(tmp_path):
    """A server whose data folder has a model of one more service."""
    place = tmp_path / "data" / "models" / "coffee" / "2026-11-22"
    place.mkdir(parents=True)
    (place / "service-2.json").write_text(json.dumps(MODEL))
    server = start_server(tmp_path / "data", "--auth", "off")
    yield server.url
    server.stop()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [(b'{"Cups": 2}', 501, "NotImplemented"), (b'{"Cups": 99}', 400, "ValidationException")],
)
def test_its_requests_are_read_and_checked(url, body, status, code):
    """Until its operations are built they answer 501, in its own envelope."""
    answer = ask(url, "POST", "/", body, {"X-Amz-Target": "Coffee_20261122.Brew"})

    assert (answer.status, json.loads(answer.body)["__type"]) == (status, code)
