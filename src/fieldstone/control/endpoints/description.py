"""What Describe says of an endpoint's variants."""

from typing import Any


def describe_variants(entries: list[dict[str, Any]], now: float) -> list[dict[str, Any]]:
    """``ProductionVariants``, once all that was wanted is so.

    Args:
        entries: The variants with their models, counts and weights, as the endpoint's row has them.
        now: Seconds since the epoch.
    """
    return [_describe(entry, now) for entry in entries]


def _describe(entry: dict[str, Any], now: float) -> dict[str, Any]:
    model = entry["model"]
    definitions: list[dict[str, Any]] = model.get("Containers") or [model["PrimaryContainer"]]
    images = [definition["Image"] for definition in definitions if "Image" in definition]
    return {
        "VariantName": entry["variant"]["VariantName"],
        "DeployedImages": [{"SpecifiedImage": name, "ResolvedImage": name, "ResolutionTime": now} for name in images],
        "CurrentWeight": entry["weight"],
        "DesiredWeight": entry["weight"],
        "CurrentInstanceCount": entry["count"],
        "DesiredInstanceCount": entry["count"],
    }
