"""Where service models are found."""

import gzip
import json

import pytest

from fieldstone.core.errors import AwsError
from fieldstone.wire.catalog import Catalog
from fieldstone.wire.http import Request
from fieldstone.wire.library import added_services, model_file
from fieldstone.wire.models import read_model

MODEL = {
    "metadata": {
        "apiVersion": "2026-11-22",
        "endpointPrefix": "coffee",
        "protocol": "json",
        "jsonVersion": "1.1",
        "serviceId": "Coffee",
        "targetPrefix": "Coffee_20261122",
    },
    "operations": {
        "Brew": {
            "name": "Brew",
            "http": {"method": "POST", "requestUri": "/"},
            "input": {"shape": "BrewRequest"},
            "output": {"shape": "BrewResponse"},
            "errors": [],
        }
    },
    "shapes": {
        "BrewRequest": {"type": "structure", "required": ["Cups"], "members": {"Cups": {"shape": "Count"}}},
        "BrewResponse": {"type": "structure", "members": {"Ready": {"shape": "Moment"}}},
        "Count": {"type": "integer", "min": 1, "max": 12},
        "Moment": {"type": "timestamp"},
    },
}


def put(folder, service="coffee", version="2026-11-22", model=MODEL, *, packed=False):
    place = folder / service / version
    place.mkdir(parents=True)
    data = model if isinstance(model, bytes) else json.dumps(model).encode()
    (place / f"service-2.json{'.gz' * packed}").write_bytes(gzip.compress(data) if packed else data)


def brew(catalog, body):
    operation = catalog.route(Request("POST", "/", "", {"x-amz-target": "Coffee_20261122.Brew"}, body))
    params = operation.parse(Request("POST", "/", "", {}, body))
    operation.validate(params)
    return operation.name, params


@pytest.mark.parametrize("packed", [False, True])
def test_a_model_file_adds_a_service(tmp_path, packed):
    """Routed, read, checked and answered like any other."""
    put(tmp_path, packed=packed)
    catalog = Catalog(["sts"], tmp_path)

    assert brew(catalog, b'{"Cups": 2}') == ("Brew", {"Cups": 2})
    assert catalog.operation("coffee", "Brew").render({"Ready": 7}, "r").body == b'{"Ready":7}'
    with pytest.raises(AwsError, match="less than or equal to 12"):
        brew(catalog, b'{"Cups": 99}')


def test_the_latest_version_is_served(tmp_path):
    """Versions are dates."""
    put(tmp_path, version="2020-01-01", model=b"{}")
    put(tmp_path)

    assert read_model("coffee", tmp_path).metadata.api_version == "2026-11-22"


def test_a_service_that_is_known_is_not_replaced(tmp_path):
    """What the server speaks is botocore's."""
    put(tmp_path, service="sts")

    assert added_services(tmp_path) == []
    assert read_model("sts", tmp_path).metadata.api_version == "2011-06-15"


def test_a_model_that_cannot_be_served_is_left_out(tmp_path, caplog):
    """The log says which and why; the others are served."""
    put(tmp_path)
    put(tmp_path, service="broken", model=b"{")
    put(tmp_path, service="strange", model=MODEL | {"metadata": MODEL["metadata"] | {"protocol": "pigeon"}})
    catalog = Catalog(["sts"], tmp_path)

    assert brew(catalog, b'{"Cups": 2}')[0] == "Brew"
    assert "broken" in caplog.text
    assert "speaks pigeon" in caplog.text


def test_without_a_folder_there_is_nothing_more(tmp_path):
    """It need not exist."""
    assert added_services(tmp_path / "none") == []


@pytest.mark.parametrize("service", ["lookoutmetrics", "lookoutvision"])
def test_retired_services_are_known(service):
    """Botocore has dropped them."""
    assert read_model(service).operations
    with pytest.raises(LookupError, match="no model"):
        model_file("tea")
