"""What policies would allow: pure functions over their statements.

An explicit Deny wins, then an Allow, and what nothing speaks of is denied. A statement whose condition cannot be told,
for want of the key or because its operator is not known here, does not apply.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from fieldstone.services.iam.conditions import Known, holds
from fieldstone.services.iam.patterns import as_list, matches

Statement = Mapping[str, Any]
Decision = Literal["allowed", "explicitDeny", "implicitDeny"]


@dataclass(frozen=True, slots=True)
class Policy:
    """The statements of one policy, and where they come from."""

    source: str
    kind: str
    statements: Iterable[Statement]


@dataclass(slots=True)
class Verdict:
    """What a set of policies makes of one action on one resource.

    Attributes:
        matched: The policies with statements that decided.
        missing: Condition keys that statements asked for and nobody gave.
    """

    decision: Decision = "implicitDeny"
    matched: list[Policy] = field(default_factory=list[Policy])
    missing: set[str] = field(default_factory=set[str])


def decide(policies: Iterable[Policy], action: str, resource: str, known: Known) -> Verdict:
    """What policies make of an action (``s3:PutObject``) on a resource's ARN."""
    verdict = Verdict()
    allowing: list[Policy] = []
    for policy in policies:
        for statement in policy.statements:
            if not _speaks_of(statement, action, resource):
                continue
            if not holds(statement.get("Condition", {}), known, verdict.missing):
                continue
            (verdict.matched if statement["Effect"] == "Deny" else allowing).append(policy)
    if verdict.matched:
        verdict.decision = "explicitDeny"
    elif allowing:
        verdict.decision, verdict.matched = "allowed", allowing
    return verdict


def _speaks_of(statement: Statement, action: str, resource: str) -> bool:
    actions = [pattern.lower() for pattern in as_list(statement.get("Action", statement.get("NotAction", [])))]
    resources = as_list(statement.get("Resource", statement.get("NotResource", [])))
    return any(matches(pattern, action.lower()) for pattern in actions) is ("Action" in statement) and any(
        matches(pattern, resource) for pattern in resources
    ) is ("Resource" in statement)
