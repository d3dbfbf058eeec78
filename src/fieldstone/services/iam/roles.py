"""Roles."""

import hashlib
import json
from typing import Any, Final
from urllib.parse import quote

from fieldstone.core.arn import Arn
from fieldstone.services.operation import Answer, Context, Request, read

_TRUST: Final = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}


@read
def get_role(ctx: Context, request: Request) -> Answer:
    """A role that SageMaker may take on.

    Differs from AWS: every name is a role of the account, since no policy is enforced here and programs written for AWS
    come with role names of their own.
    """
    return {"Role": _role(ctx.account, request["RoleName"])}


def _role(account: str, name: str) -> dict[str, Any]:
    arn = str(Arn("iam", "", account, f"role/service-role/{name}"))
    return {
        "Path": "/service-role/",
        "RoleName": name,
        "RoleId": "AROA" + hashlib.sha256(arn.encode()).hexdigest()[:17].upper(),
        "Arn": arn,
        "CreateDate": 0.0,
        "AssumeRolePolicyDocument": quote(json.dumps(_TRUST), safe=""),
        "MaxSessionDuration": 3600,
    }
