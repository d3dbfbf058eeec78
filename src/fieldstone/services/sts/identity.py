"""Who the caller is."""

from fieldstone.services.operation import Answer, Context, Request, read


@read
def get_caller_identity(ctx: Context, _request: Request) -> Answer:
    """The caller's account and principal.

    Differs from AWS: the owner of the server is a session of the role ``FieldstoneRole``, so that the SageMaker SDK's
    ``get_execution_role`` finds one.
    """
    user = ctx.caller.arn.partition("/")[2].replace("/", ":")
    return {"UserId": user, "Account": ctx.account, "Arn": ctx.caller.arn}
