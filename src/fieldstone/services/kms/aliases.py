"""Aliases: names of keys."""

from fieldstone.core.errors import AwsError
from fieldstone.services.kms.keys import ALIAS, everything, find_key, paged
from fieldstone.services.operation import Answer, Context, Request, document, read, write
from fieldstone.store.resources import Row

_MOST_ALIASES = 50


@document
@write
def create_alias(ctx: Context, request: Request) -> Answer:
    """Give a key a name."""
    name = request["AliasName"]
    if not name.startswith("alias/") or name == "alias/":
        raise AwsError(
            "ValidationException",
            'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
        )
    if name.startswith("alias/aws/"):
        raise AwsError("NotAuthorizedException", "")
    arn = ALIAS.arn(ctx.account, ctx.region, name)
    if ctx.store.resources.find(ALIAS, ctx.account, ctx.region, name):
        raise AwsError("AlreadyExistsException", f"An alias with the name {arn} already exists")
    key = find_key(ctx, request["TargetKeyId"], usable=True)
    document = {
        "AliasName": name,
        "AliasArn": arn,
        "TargetKeyId": key.name,
        "CreationDate": ctx.now,
        "LastUpdatedDate": ctx.now,
    }
    ctx.store.resources.insert(
        Row(ALIAS.name, ctx.account, ctx.region, name, arn, document, created=ctx.now, modified=ctx.now)
    )
    return {}


@document
@write
def update_alias(ctx: Context, request: Request) -> Answer:
    """Have a name stand for another key."""
    row = _find(ctx, request["AliasName"])
    key = find_key(ctx, request["TargetKeyId"], usable=True)
    row.document |= {"TargetKeyId": key.name, "LastUpdatedDate": ctx.now}
    ctx.store.resources.update(row)
    return {}


@document
@write
def delete_alias(ctx: Context, request: Request) -> Answer:
    """Take a name away; its key stays."""
    ctx.store.resources.delete(_find(ctx, request["AliasName"]))
    return {}


@document
@read
def list_aliases(ctx: Context, request: Request) -> Answer:
    """A page of names, of one key or of all."""
    key = find_key(ctx, request["KeyId"]).name if "KeyId" in request else None
    found = [row.document for row in everything(ctx, ALIAS) if key in (None, row.document["TargetKeyId"])]
    return paged("Aliases", found, request, _MOST_ALIASES)


def _find(ctx: Context, name: str) -> Row:
    row = ctx.store.resources.find(ALIAS, ctx.account, ctx.region, name)
    if row is None:
        raise AwsError("NotFoundException", f"Alias {ALIAS.arn(ctx.account, ctx.region, name)} is not found.")
    return row
