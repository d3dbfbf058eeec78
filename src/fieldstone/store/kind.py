"""Kinds: what the store must know of a resource to keep, find, list and watch it."""

from dataclasses import dataclass
from enum import Enum

from fieldstone.core.arn import Arn


class Scope(Enum):
    """Within what a resource's name is unique."""

    REGION = "region"
    """One account in one region, as SageMaker's resources."""
    ACCOUNT = "account"
    """One account, as IAM's."""
    SERVER = "server"
    """The whole server, as bucket names."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of resource.

    Attributes:
        name: The resource's name in AWS's model, such as ``TrainingJob``.
        service: The service in its ARN.
        arn_resource: The last part of its ARN; ``{name}`` stands for the resource's name.
        scope: Within what its name is unique.
        noun: How AWS's messages call it, such as ``endpoint configuration``.
        id_member: The member of requests and documents that holds its name.
        arn_member: The member of documents that holds its ARN.
        status_member: The member of documents that holds its status, if it has one.
        list_member: The member of the List answer that holds the page.
        settled: The statuses in which no controller has anything left to do; a kind without status is always settled.
        descending: Whether List sorts newest first when nothing is said.
    """

    name: str
    service: str
    arn_resource: str
    scope: Scope = Scope.REGION
    noun: str = "resource"
    id_member: str = ""
    arn_member: str = ""
    status_member: str = ""
    list_member: str = ""
    settled: frozenset[str] = frozenset()
    descending: bool = True

    def owner(self, account: str, region: str) -> tuple[str, str]:
        """The account and region under which the row stands: what the scope does not tell apart is empty."""
        match self.scope:
            case Scope.REGION:
                return account, region
            case Scope.ACCOUNT:
                return account, ""
            case Scope.SERVER:
                return "", ""

    def arn(self, account: str, region: str, name: str) -> str:
        """The ARN of the resource of that name."""
        account, region = self.owner(account, region)
        return str(Arn(self.service, region, account, self.arn_resource.format(name=name)))
