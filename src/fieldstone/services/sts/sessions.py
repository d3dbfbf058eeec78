"""Sessions: keys that act for a role until they expire."""

from fieldstone.core import ids
from fieldstone.core.arn import Arn, parse_arn
from fieldstone.core.errors import AwsError, validation_error
from fieldstone.services.operation import Answer, Context, Request, write
from fieldstone.store.kind import Kind, Scope
from fieldstone.store.resources import Row
from fieldstone.store.transaction import Transaction

SESSION_KEY = Kind("SessionKey", "sts", "session-key/{name}", scope=Scope.SERVER)
"""A session's access key. Its document names account, principal and expiry; its secret stays internal."""

DEFAULT_SECONDS = 3600


@write
def assume_role(ctx: Context, request: Request) -> Answer:
    """Make a session key for a role of the caller's account.

    Differs from AWS: every role of the account exists and trusts the account, as GetRole shows it. Policies are not
    enforced, so ``Policy`` and ``PolicyArns`` narrow nothing.
    """
    role = _role(request["RoleArn"])
    if role.account != ctx.account:
        raise AwsError(
            "AccessDenied",
            f"User: {ctx.caller.arn} is not authorized to perform: sts:AssumeRole on resource: {role}",
            403,
        )
    session = f"{role.resource.rpartition('/')[2]}/{request['RoleSessionName']}"
    principal = str(Arn("sts", "", ctx.account, f"assumed-role/{session}"))
    expires = ctx.now + request.get("DurationSeconds", DEFAULT_SECONDS)
    row = _issue(ctx, principal, expires)
    credentials = {"AccessKeyId": row.name, "Expiration": expires} | row.internal
    user = {"AssumedRoleId": f"{row.name}:{request['RoleSessionName']}", "Arn": principal}
    return {"Credentials": credentials, "AssumedRoleUser": user}


def revoke(store: Transaction, access_key: str) -> None:
    """Take a session key away before it expires; a key that is gone already is passed over."""
    row = store.resources.find(SESSION_KEY, "", "", access_key)
    if row is not None:
        store.resources.delete(row)


def forget_expired(store: Transaction, now: float) -> None:
    """Take away every session key that has expired."""
    for row in list(store.resources.all(SESSION_KEY)):
        if row.document["Expires"] < now:
            store.resources.delete(row)


def _issue(ctx: Context, principal: str, expires: float) -> Row:
    name = ids.access_key_id(temporary=True)
    return ctx.store.resources.insert(
        Row(
            kind=SESSION_KEY.name,
            account="",
            region="",
            name=name,
            arn=SESSION_KEY.arn("", "", name),
            created=ctx.now,
            modified=ctx.now,
            document={"Account": ctx.account, "Arn": principal, "Expires": expires},
            internal={"SecretAccessKey": ids.secret_access_key(), "SessionToken": ids.session_token()},
        )
    )


def _role(text: str) -> Arn:
    try:
        arn = parse_arn(text)
    except ValueError:
        raise validation_error(f"{text} is invalid") from None
    if arn.service != "iam" or not arn.resource.startswith("role/"):
        raise validation_error(f"{text} is invalid")
    return arn
