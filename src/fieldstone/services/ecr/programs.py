"""Repositories that stand for programs of this machine."""

import re
from typing import Final

from fieldstone.services.ecr.repositories import REPOSITORY
from fieldstone.services.operation import Context

PROGRAM_TAG: Final = "fieldstone:program"
"""The tag of a repository that names its program."""

_REPOSITORY: Final = re.compile(r"(?:[^/]*[.:][^/]*/)?([^:@]+)(?:[:@].*)?")


def registered_program(ctx: Context, image: str) -> str | None:
    """The name of the program that the image's repository in the caller's registry is tagged with; None without tag."""
    match = _REPOSITORY.fullmatch(image)
    row = match and ctx.store.resources.find(REPOSITORY, ctx.account, ctx.region, match[1])
    return ctx.store.tags.of(row.arn).get(PROGRAM_TAG) if row else None
