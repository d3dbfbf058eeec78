"""What an inference component is, and which there are on an endpoint."""

from fieldstone.services.operation import Context
from fieldstone.store.kind import Kind
from fieldstone.store.resources import Page, Row

INFERENCE_COMPONENT = Kind(
    name="InferenceComponent",
    service="sagemaker",
    arn_resource="inference-component/{name}",
    noun="inference component",
    id_member="InferenceComponentName",
    arn_member="InferenceComponentArn",
    status_member="InferenceComponentStatus",
    list_member="InferenceComponents",
    settled=frozenset({"Failed"}),  # one in service is never done: its copies must be kept up
)


def components_on(ctx: Context, endpoint: str) -> list[Row]:
    """The inference components of an endpoint, the oldest first."""
    oldest_first = Page(None, descending=False, filters={"endpoint": endpoint})
    return ctx.store.resources.page(INFERENCE_COMPONENT, ctx.account, ctx.region, oldest_first)[0]
