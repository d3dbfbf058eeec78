"""Simulations: what policies would allow. Here they decide nothing else."""

from collections.abc import Iterable
from typing import Any

from fieldstone.core.arn import Arn, parse_arn
from fieldstone.core.errors import AwsError
from fieldstone.services.iam.documents import check_permissions, read_statements
from fieldstone.services.iam.entities import GROUP, USER, find, paged
from fieldstone.services.iam.evaluation import Policy, Verdict, decide
from fieldstone.services.iam.policies import policy_document
from fieldstone.services.iam.roles import suppose
from fieldstone.services.operation import Answer, Context, Request, read
from fieldstone.store.resources import Row


@read
def simulate_principal_policy(ctx: Context, request: Request) -> Answer:
    """What the policies of a user, group or role would allow.

    Differs from AWS: conditions that ask for dates, IP addresses or sets of values are not evaluated, and a statement
    that has them does not apply; policy variables stand for themselves.
    """
    row = _principal(ctx, request["PolicySourceArn"])
    policies = [*_policies_of(ctx, row), *_given(request.get("PolicyInputList", []), "PolicyInputList")]
    boundary = row.document.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    bounds = [] if boundary is None else [_managed(ctx, boundary)]
    return _simulate(request, policies, bounds)


@read
def simulate_custom_policy(_ctx: Context, request: Request) -> Answer:
    """What the policies in the request would allow; what SimulatePrincipalPolicy says of conditions holds here too."""
    return _simulate(request, list(_given(request["PolicyInputList"], "PolicyInputList")), [])


def _simulate(request: Request, policies: list[Policy], bounds: list[Policy]) -> Answer:
    bounds += _given(request.get("PermissionsBoundaryPolicyInputList", []), "PermissionsBoundaryPolicyInputList")
    known = _context(request)
    results: list[dict[str, Any]] = []
    for action in request["ActionNames"]:
        for resource in request.get("ResourceArns", ["*"]):
            verdict = decide(policies, action, resource, known)
            bounded = decide(bounds, action, resource, known) if bounds else None
            results.append(_result(action, resource, verdict, bounded))
    return paged("EvaluationResults", results, request)


def _context(request: Request) -> dict[str, list[str]]:
    """The values of the context, by key; none of an entry's members has to be there."""
    entries = request.get("ContextEntries", [])
    return {entry.get("ContextKeyName", "").lower(): entry.get("ContextKeyValues", []) for entry in entries}


def _result(action: str, resource: str, verdict: Verdict, bounded: Verdict | None) -> dict[str, Any]:
    decision, detail = verdict.decision, None
    if bounded is not None:
        detail = {"AllowedByPermissionsBoundary": bounded.decision == "allowed"}
        if bounded.decision != "allowed" and decision != "explicitDeny":
            decision = bounded.decision
    return {
        "EvalActionName": action,
        "EvalResourceName": resource,
        "EvalDecision": decision,
        "MatchedStatements": [
            {"SourcePolicyId": policy.source, "SourcePolicyType": policy.kind} for policy in verdict.matched
        ],
        "MissingContextValues": sorted(verdict.missing | (bounded.missing if bounded else set())),
        "PermissionsBoundaryDecisionDetail": detail,
    }


def _policies_of(ctx: Context, row: Row) -> Iterable[Policy]:
    for name, document in row.internal.get("inline", {}).items():
        yield Policy(f"{row.kind.lower()}_{row.name}_{name}", "IAM Policy", read_statements(document))
    for arn in row.internal.get("attached", []):
        yield _managed(ctx, arn)
    for group in row.internal.get("groups", []):
        yield from _policies_of(ctx, find(ctx, GROUP, group))


def _managed(ctx: Context, arn: str) -> Policy:
    return Policy(arn.rpartition("/")[2], "IAM Policy", read_statements(policy_document(ctx, arn)))


def _given(documents: list[str], source: str) -> Iterable[Policy]:
    for number, document in enumerate(documents, 1):
        yield Policy(f"{source}.{number}", "IAM Policy", read_statements(check_permissions(document)))


def _principal(ctx: Context, text: str) -> Row:
    arn = _parse(text)
    kind, _, path = arn.resource.partition("/")
    name = path.rpartition("/")[2]
    if arn.service == "iam" and arn.account == ctx.account:
        match kind:
            case "role":
                return suppose(ctx, name)
            case "user":
                return find(ctx, USER, name)
            case "group":
                return find(ctx, GROUP, name)
            case _:
                pass
    raise AwsError("InvalidInput", f"Invalid Entity Arn: {text} does not clearly define entity type and name.")


def _parse(text: str) -> Arn:
    try:
        return parse_arn(text)
    except ValueError:
        raise AwsError(
            "InvalidInput", f"Invalid Entity Arn: {text} does not clearly define entity type and name."
        ) from None
