"""Managed policies: the account's own, with up to five versions, and AWS's."""

from collections import Counter
from typing import Any, Final

from fieldstone.core.errors import AwsError
from fieldstone.services.iam.aws_policies import AWS_POLICIES, aws_document
from fieldstone.services.iam.documents import check_permissions, on_the_wire
from fieldstone.services.iam.entities import (
    GROUP,
    POLICY,
    ROLE,
    USER,
    draft,
    everything,
    keep,
    paged,
    remove,
    tagged,
)
from fieldstone.services.operation import Answer, Context, Request, read, write
from fieldstone.store.resources import Row

_MOST_VERSIONS: Final = 5
_HOLDERS: Final = ((GROUP, "PolicyGroups"), (USER, "PolicyUsers"), (ROLE, "PolicyRoles"))


@write
def create_policy(ctx: Context, request: Request) -> Answer:
    """Make a managed policy; its document is version 1."""
    members: dict[str, Any] = {
        "DefaultVersionId": "v1",
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "UpdateDate": ctx.now,
    }
    if "Description" in request:
        members["Description"] = request["Description"]
    row = draft(ctx, POLICY, request, **members)
    row.internal = {"versions": [_version(ctx, 1, request)], "last": 1}
    keep(ctx, row, request)
    return {"Policy": tagged(ctx, row) | {"AttachmentCount": 0}}


@read
def get_policy(ctx: Context, request: Request) -> Answer:
    """A managed policy, without its document."""
    arn = request["PolicyArn"]
    found = tagged(ctx, find_policy(ctx, arn)) if _is_own(ctx, arn) else aws_policy(arn)
    return {"Policy": found | {"AttachmentCount": _attachments(ctx)[arn]}}


@read
def list_policies(ctx: Context, request: Request) -> Answer:
    """A page of managed policies: the account's own by name, then AWS's."""
    counts, scope = _attachments(ctx), request.get("Scope", "All")
    found = [] if scope == "AWS" else [row.document for row in everything(ctx, POLICY, request)]
    if scope != "Local":
        found += [aws_policy(arn) for arn in AWS_POLICIES]
    prefix, attached = request.get("PathPrefix", "/"), request.get("OnlyAttached", False)
    shown = [
        document | {"AttachmentCount": counts[document["Arn"]]}
        for document in found
        if document["Path"].startswith(prefix) and (counts[document["Arn"]] or not attached)
    ]
    return paged("Policies", shown, request)


@read
def get_policy_version(ctx: Context, request: Request) -> Answer:
    """A version of a policy with its document."""
    arn, version = request["PolicyArn"], request["VersionId"]
    for known in _versions(ctx, arn):
        if known["VersionId"] == version:
            return {"PolicyVersion": known | {"Document": on_the_wire(known["Document"])}}
    raise _no_version(arn, version)


@read
def list_policy_versions(ctx: Context, request: Request) -> Answer:
    """A page of a policy's versions, the newest first, without their documents."""
    versions = [
        {member: value for member, value in version.items() if member != "Document"}
        for version in reversed(_versions(ctx, request["PolicyArn"]))
    ]
    return paged("Versions", versions, request)


@write
def create_policy_version(ctx: Context, request: Request) -> Answer:
    """Add a version; five there may be."""
    row = find_policy(ctx, request["PolicyArn"])
    if len(row.internal["versions"]) >= _MOST_VERSIONS:
        words = "Before you create a new version, you must delete an existing version."
        raise AwsError("LimitExceeded", f"A managed policy can have up to {_MOST_VERSIONS} versions. {words}")
    row.internal["last"] += 1
    version = _version(ctx, row.internal["last"], request)
    row.internal["versions"].append(version)
    if request.get("SetAsDefault"):
        row.document |= {"DefaultVersionId": version["VersionId"], "UpdateDate": ctx.now}
    ctx.store.resources.update(row)
    default = row.document["DefaultVersionId"] == version["VersionId"]
    return {"PolicyVersion": version | {"Document": None, "IsDefaultVersion": default}}


@write
def set_default_policy_version(ctx: Context, request: Request) -> Answer:
    """Have another version be the one that counts."""
    row = find_policy(ctx, request["PolicyArn"])
    if request["VersionId"] not in {version["VersionId"] for version in row.internal["versions"]}:
        raise _no_version(row.arn, request["VersionId"])
    row.document |= {"DefaultVersionId": request["VersionId"], "UpdateDate": ctx.now}
    ctx.store.resources.update(row)
    return {}


@write
def delete_policy_version(ctx: Context, request: Request) -> Answer:
    """Take a version away that does not count."""
    row, version = find_policy(ctx, request["PolicyArn"]), request["VersionId"]
    if row.document["DefaultVersionId"] == version:
        raise AwsError("DeleteConflict", "Cannot delete the default version of a policy.")
    kept = [known for known in row.internal["versions"] if known["VersionId"] != version]
    if len(kept) == len(row.internal["versions"]):
        raise _no_version(row.arn, version)
    row.internal["versions"] = kept
    ctx.store.resources.update(row)
    return {}


@write
def delete_policy(ctx: Context, request: Request) -> Answer:
    """Take a policy away that is attached to nothing and has one version left."""
    row = find_policy(ctx, request["PolicyArn"])
    if _attachments(ctx)[row.arn]:
        raise AwsError("DeleteConflict", "Cannot delete a policy attached to entities.")
    if len(row.internal["versions"]) > 1:
        raise AwsError(
            "DeleteConflict",
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
            "The default version is deleted with the policy.",
        )
    remove(ctx, row)
    return {}


@read
def list_entities_for_policy(ctx: Context, request: Request) -> Answer:
    """Groups, users and roles that a policy is attached to; all at once."""
    arn, only = request["PolicyArn"], request.get("EntityFilter")
    _versions(ctx, arn)
    answer: Answer = {"IsTruncated": False}
    for kind, member in _HOLDERS:
        wanted = everything(ctx, kind, request) if only in (None, kind.name) else []
        answer[member] = [
            {kind.id_member: row.name, f"{kind.name}Id": row.document[f"{kind.name}Id"]}
            for row in wanted
            if arn in row.internal.get("attached", [])
        ]
    return answer


def find_policy(ctx: Context, arn: str) -> Row:
    """The account's own policy of that ARN.

    Raises:
        AwsError: NoSuchEntity.
    """
    row = ctx.store.resources.find_arn(arn) if _is_own(ctx, arn) else None
    if row is None or row.kind != POLICY.name:
        raise AwsError("NoSuchEntity", f"Policy {arn} was not found.")
    return row


def policy_document(ctx: Context, arn: str) -> str:
    """The document of a managed policy that counts: the account's own, or AWS's.

    Raises:
        AwsError: NoSuchEntity.
    """
    versions = _versions(ctx, arn)
    return next(version["Document"] for version in versions if version["IsDefaultVersion"])


def aws_policy(arn: str) -> dict[str, Any]:
    """One of AWS's own policies, as GetPolicy answers it.

    Raises:
        AwsError: NoSuchEntity.
    """
    if arn not in AWS_POLICIES:
        raise AwsError("NoSuchEntity", f"Policy {arn} was not found.")
    path, _, name = arn.partition(":policy")[2].rpartition("/")
    return {
        "PolicyName": name,
        "PolicyId": "ANPA" + name[:17].upper().ljust(17, "A"),
        "Arn": arn,
        "Path": f"{path}/",
        "DefaultVersionId": "v1",
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": 0.0,
        "UpdateDate": 0.0,
    }


def _version(ctx: Context, number: int, request: Request) -> dict[str, Any]:
    document = check_permissions(request["PolicyDocument"])
    return {"VersionId": f"v{number}", "Document": document, "CreateDate": ctx.now}


def _versions(ctx: Context, arn: str) -> list[dict[str, Any]]:
    """A policy's versions with their documents, the oldest first."""
    if not _is_own(ctx, arn):
        aws_policy(arn)
        return [{"VersionId": "v1", "Document": aws_document(arn), "CreateDate": 0.0, "IsDefaultVersion": True}]
    row = find_policy(ctx, arn)
    default = row.document["DefaultVersionId"]
    return [version | {"IsDefaultVersion": version["VersionId"] == default} for version in row.internal["versions"]]


def _attachments(ctx: Context) -> Counter[str]:
    """How many entities each policy is attached to."""
    holders = (row for kind, _ in _HOLDERS for row in everything(ctx, kind))
    return Counter(arn for row in holders for arn in row.internal.get("attached", []))


def _is_own(ctx: Context, arn: str) -> bool:
    return arn.startswith(f"arn:aws:iam::{ctx.account}:")


def _no_version(arn: str, version: str) -> AwsError:
    return AwsError("NoSuchEntity", f"Policy {arn} version {version} does not exist or is not attachable.")
