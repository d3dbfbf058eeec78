"""What serverless variants may ask for, and with what they do not go together."""

from typing import Any, Final

from fieldstone.core.errors import validation_error

_MEMORY: Final = range(1024, 6145, 1024)
_UNSUPPORTED: Final = "One or more endpoint features are not supported using this configuration"
"""AWS's words, which do not say which."""


def check_serverless(variant: dict[str, Any]) -> None:
    """Hold a variant's ServerlessConfig, if it has one, against what there is.

    Raises:
        AwsError: It asks for something else.
    """
    config = variant.get("ServerlessConfig")
    if config is None:
        return
    name = variant["VariantName"]
    if "InstanceType" in variant or "InitialInstanceCount" in variant:
        raise validation_error(
            f"Variant {name}: ServerlessConfig does not go with InstanceType or InitialInstanceCount."
        )
    if config["MemorySizeInMB"] not in _MEMORY:
        sizes = ", ".join(map(str, _MEMORY))
        raise validation_error(f"Variant {name}: MemorySizeInMB must be one of {sizes}: {config['MemorySizeInMB']}.")
    check_concurrency(name, config)


def check_concurrency(name: str, config: dict[str, int]) -> None:
    """Hold a variant's provisioned concurrency against its greatest.

    Raises:
        AwsError: It is greater.
    """
    if config.get("ProvisionedConcurrency", 0) > config["MaxConcurrency"]:
        raise validation_error(f"Variant {name}: ProvisionedConcurrency must not be greater than MaxConcurrency.")


def check_shapes(fleet: dict[str, Any]) -> None:
    """Refuse what cannot be served in one endpoint, as AWS does.

    Args:
        fleet: The variants with their models, and the settings, as the endpoint's row is to have them.

    Raises:
        AwsError: The configuration has both of two shapes.
    """
    entries: list[dict[str, Any]] = fleet["variants"] + fleet["shadows"]
    serverless = any("ServerlessConfig" in entry["variant"] for entry in entries)
    many = any(_many(entry["model"]) for entry in entries)
    later = "AsyncInferenceConfig" in fleet["settings"]
    captured = fleet["settings"].get("DataCaptureConfig", {}).get("EnableCapture", False)
    if later + serverless + many > 1 or (serverless and (captured or len(entries) > 1)):
        raise validation_error(_UNSUPPORTED)


def _many(model: dict[str, Any] | None) -> bool:
    if model is None:  # inference components come later
        return False
    definitions: list[dict[str, Any]] = model.get("Containers") or [model["PrimaryContainer"]]
    return any(definition.get("Mode") == "MultiModel" for definition in definitions)
