"""Who the caller is, and whose a key is."""

from fieldstone.core.arn import parse_arn
from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Answer, Context, Request, read
from fieldstone.services.sts.sessions import SESSION_KEY


@read
def get_caller_identity(ctx: Context, _request: Request) -> Answer:
    """The caller's account and principal.

    Differs from AWS: the owner of the server is a session of the role ``FieldstoneRole``, so that the SageMaker SDK's
    ``get_execution_role`` finds one.
    """
    kind, _, rest = parse_arn(ctx.caller.arn).resource.partition("/")
    name, _, session = rest.partition("/")
    if kind == "assumed-role":
        role = ctx.call("iam", "get_role", {"RoleName": name})["Role"]
        user = f"{role['RoleId']}:{session}"
    elif kind == "user":
        user = ctx.call("iam", "get_user", {"UserName": rest.rpartition("/")[2]})["User"]["UserId"]
    else:
        user = ctx.account
    return {"UserId": user, "Account": ctx.account, "Arn": ctx.caller.arn}


@read
def get_access_key_info(ctx: Context, request: Request) -> Answer:
    """The account of a key.

    Differs from AWS: only keys of the caller's account are known, those of IAM's users and of sessions.
    """
    key = request["AccessKeyId"]
    session = ctx.store.resources.find(SESSION_KEY, "", "", key)
    if session is None:
        try:
            ctx.call("iam", "get_access_key_last_used", {"AccessKeyId": key})
        except AwsError:
            raise AwsError("ValidationError", f"Invalid Access key: {key}") from None
    elif session.document["Account"] != ctx.account:
        raise AwsError("ValidationError", f"Invalid Access key: {key}")
    return {"Account": ctx.account}
