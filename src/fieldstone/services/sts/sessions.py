"""Sessions: keys that act for a role, or for a user, until they expire."""

from collections.abc import Container
from typing import Any, Final

from fieldstone.core import ids
from fieldstone.core.arn import Arn, parse_arn
from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Answer, Context, Request, write
from fieldstone.store.kind import Kind, Scope
from fieldstone.store.resources import Row
from fieldstone.store.transaction import Transaction

SESSION_KEY = Kind("SessionKey", "sts", "session-key/{name}", scope=Scope.SERVER)
"""A session's access key. Its document names account, principal and expiry, if it has one; its secret is internal."""

DEFAULT_SECONDS = 3600

_CHAINED_SECONDS: Final = 3600
_USER_SECONDS: Final = 12 * 3600
_OWNER_SECONDS: Final = 3600
_REMEMBERED_SECONDS: Final = 24 * 3600
_OWN_ROLE: Final = "FieldstoneRole"
_OWNER: Final = "assumed-role/FieldstoneRole/fieldstone"
_KEPT: Final = ("Policy", "PolicyArns", "Tags", "TransitiveTagKeys", "ExternalId", "SourceIdentity")


@write
def assume_role(ctx: Context, request: Request) -> Answer:
    """Make a session key for a role of the caller's account: one that was created, or the server's own.

    Differs from AWS: every role trusts its whole account. Policies are not enforced, so ``Policy`` and ``PolicyArns``
    are kept and narrow nothing.
    """
    arn = _role_arn(request["RoleArn"])
    role = ctx.call("iam", "get_role", {"RoleName": _name(arn)})["Role"] if arn.account == ctx.account else None
    if role is None or (role["CreateDate"] == 0.0 and role["RoleName"] != _OWN_ROLE):
        words = f"is not authorized to perform: sts:AssumeRole on resource: {arn}"
        raise AwsError("AccessDenied", f"User: {ctx.caller.arn} {words}", 403)
    seconds = request.get("DurationSeconds", DEFAULT_SECONDS)
    _check_duration(ctx, seconds, role["MaxSessionDuration"])
    kept = {member: request[member] for member in _KEPT if member in request}
    return act_as(ctx, role["RoleName"], role["RoleId"], request["RoleSessionName"], seconds, kept)


@write
def get_session_token(ctx: Context, request: Request) -> Answer:
    """Make a session key for the caller itself, whose own key lasts."""
    resource = parse_arn(ctx.caller.arn).resource
    if resource.startswith("assumed-role/") and resource != _OWNER:
        raise AwsError("AccessDenied", "Cannot call GetSessionToken with session credentials", 403)
    usual = _OWNER_SECONDS if resource == _OWNER else _USER_SECONDS
    expires = ctx.now + request.get("DurationSeconds", usual)
    return {"Credentials": _credentials(_issue(ctx, ctx.caller.arn, expires, {}))}


@write
def revoke_sessions(ctx: Context, request: Request) -> Answer:
    """Take away every session of a principal; no operation of AWS's, for use within the server."""
    for row in list(ctx.store.resources.all(SESSION_KEY)):
        if row.document["Arn"] == request["Arn"]:
            ctx.store.resources.delete(row)
    return {}


def open_session(ctx: Context, role_arn: str, session: str, seconds: float | None) -> dict[str, Any]:
    """Credentials for a role, created or not, for so long or until they are revoked: what a service does, no caller."""
    name = role_arn.rpartition("/")[2]
    role = ctx.call("iam", "get_role", {"RoleName": name})["Role"]
    return act_as(ctx, name, role["RoleId"], session, seconds, {})["Credentials"]


def act_as(  # what makes a session is this much
    ctx: Context, role: str, role_id: str, session: str, seconds: float | None, kept: dict[str, Any]
) -> Answer:
    """Make a session key for a role that was looked up."""
    principal = str(Arn("sts", "", ctx.account, f"assumed-role/{role}/{session}"))
    row = _issue(ctx, principal, None if seconds is None else ctx.now + seconds, kept)
    user = {"AssumedRoleId": f"{role_id}:{session}", "Arn": principal}
    answer = {"Credentials": _credentials(row), "AssumedRoleUser": user}
    return answer | ({"SourceIdentity": kept["SourceIdentity"]} if "SourceIdentity" in kept else {})


def revoke(store: Transaction, access_key: str) -> None:
    """Take a session key away before it expires; a key that is gone already is passed over."""
    row = store.resources.find(SESSION_KEY, "", "", access_key)
    if row is not None:
        store.resources.delete(row)


def forget_expired(store: Transaction, now: float) -> None:
    """Take away every session key that expired a day ago; until then its holder is told why it is refused."""
    for row in list(store.resources.all(SESSION_KEY)):
        expires = row.document["Expires"]
        if expires is not None and expires < now - _REMEMBERED_SECONDS:
            store.resources.delete(row)


def forget_unheld(store: Transaction, held: Container[str]) -> None:
    """Take away every key that lasts until it is revoked, but for those that somebody holds."""
    for row in list(store.resources.all(SESSION_KEY)):
        if row.document["Expires"] is None and row.name not in held:
            store.resources.delete(row)


def _issue(ctx: Context, principal: str, expires: float | None, kept: dict[str, Any]) -> Row:
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
            document={"Account": ctx.account, "Arn": principal, "Expires": expires, **kept},
            internal={"SecretAccessKey": ids.secret_access_key(), "SessionToken": ids.session_token()},
        )
    )


def _credentials(row: Row) -> dict[str, Any]:
    return {"AccessKeyId": row.name, "Expiration": row.document["Expires"]} | row.internal


def _check_duration(ctx: Context, seconds: float, most: float) -> None:
    if seconds > most:
        words = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        raise AwsError("ValidationError", words)
    caller = parse_arn(ctx.caller.arn).resource
    if caller.startswith("assumed-role/") and caller != _OWNER and seconds > _CHAINED_SECONDS:
        words = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
        raise AwsError("ValidationError", words)


def _name(role: Arn) -> str:
    return role.resource.rpartition("/")[2]


def _role_arn(text: str) -> Arn:
    try:
        arn = parse_arn(text)
    except ValueError:
        raise AwsError("ValidationError", f"{text} is invalid") from None
    if arn.service != "iam" or not arn.resource.startswith("role/"):
        raise AwsError("ValidationError", f"{text} is invalid")
    return arn
