"""Models: an artifact and the image that serves it."""

from fieldstone.core.errors import validation_error
from fieldstone.services.operation import Answer, Context, Request, write
from fieldstone.services.sagemaker.resources import deletion, describe, draft, keep, listing, refuse_existing
from fieldstone.store.kind import Kind

MODEL = Kind(
    name="Model",
    service="sagemaker",
    arn_resource="model/{name}",
    noun="model",
    id_member="ModelName",
    arn_member="ModelArn",
    list_member="Models",
)


@write
def create_model(ctx: Context, request: Request) -> Answer:
    """Write the model down; nothing is loaded before something serves it."""
    refuse_existing(ctx, MODEL, request["ModelName"])
    if ("PrimaryContainer" in request) == ("Containers" in request):
        raise validation_error("You must provide either PrimaryContainer or Containers, and not both.")
    request.setdefault("EnableNetworkIsolation", False)
    return keep(ctx, MODEL, draft(ctx, MODEL, request), request)


describe_model = describe(MODEL)
list_models = listing(MODEL)
delete_model = deletion(MODEL)
