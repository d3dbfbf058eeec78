"""AWS's managed policies, as far as ML programs attach them: what ``aws_policies.toml`` says."""

import json
import tomllib
from pathlib import Path
from typing import Any, Final, cast

_PREFIX: Final = "arn:aws:iam::aws:policy/"
_FILE: Final = Path(__file__).with_suffix(".toml")

AWS_POLICIES: Final[dict[str, list[dict[str, Any]]]] = {
    f"{_PREFIX}{name}": cast(dict[str, Any], policy)["Statement"]
    for name, policy in tomllib.loads(_FILE.read_text()).items()
}
"""The statements of each policy, by its ARN."""


def aws_document(arn: str) -> str:
    """The document of one of AWS's policies.

    Raises:
        KeyError: It is not known here.
    """
    statements = [{"Effect": "Allow", "Resource": "*", **statement} for statement in AWS_POLICIES[arn]]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
