"""Who signed a browser's form: its policy is what is signed, by Version 4 or Version 2."""

import hmac
from collections.abc import Callable, Mapping
from typing import Final

from fieldstone.core.errors import AwsError
from fieldstone.core.settings import DEFAULT_REGION
from fieldstone.wire.signatures import v2
from fieldstone.wire.signatures.clock import seconds
from fieldstone.wire.signatures.credentials import EXPECTED_CREDENTIAL, UNSIGNED, C, Scope, Verified, read_scope
from fieldstone.wire.signatures.refusals import hexadecimal, refusal
from fieldstone.wire.signatures.v4 import ALGORITHM, check_token, signing_key

_NEW: Final = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature")
_OLD: Final = ("AWSAccessKeyId", "Signature")


def form_scope(fields: Mapping[str, str]) -> Scope | None:
    """What a form says it is signed for, without verifying anything."""
    if "x-amz-credential" in fields:
        return read_scope(fields["x-amz-credential"])
    key = fields.get("awsaccesskeyid")
    return Scope(key, "", DEFAULT_REGION, "s3") if key else None


def verify_form(fields: Mapping[str, str], find: Callable[[str], C | None], now: float) -> Verified[C]:
    """Find out who signed a form's policy.

    Args:
        fields: The form's, by name in lower case.
        find: Gives the credential of an access key, if there is one.
        now: Seconds since the epoch.

    Raises:
        AwsError: AccessDenied where nobody did; what is missing or wrong.
    """
    if any(name.lower() in fields for name in _NEW):
        _require(fields, (*_NEW, "policy"))
        return _verify_new(fields, find, now)
    if any(name.lower() in fields for name in _OLD):
        _require(fields, (*_OLD, "policy"))
        return _verify_old(fields, find, now)
    raise refusal("s3", "absent")


def _require(fields: Mapping[str, str], names: tuple[str, ...]) -> None:
    for name in names:
        if name.lower() not in fields:
            raise missing_field(name)


def missing_field(name: str) -> AwsError:
    """The error for a field that a form has to have."""
    asked = f"Bucket POST must contain a field named '{name}'."
    words = f"{asked}  If it is specified, please check the order of the fields."
    return AwsError("InvalidArgument", words, ArgumentName=name, ArgumentValue="")


def _verify_new(fields: Mapping[str, str], find: Callable[[str], C | None], now: float) -> Verified[C]:
    if fields["x-amz-algorithm"] != ALGORITHM:
        raise _wrong("X-Amz-Algorithm", fields, f'X-Amz-Algorithm only supports "{ALGORITHM}"')
    try:
        seconds(fields["x-amz-date"])
    except ValueError:
        words = "X-Amz-Date must be formated via ISO8601 Long format"  # codespell:ignore formated
        raise _wrong("X-Amz-Date", fields, words) from None
    found = read_scope(fields["x-amz-credential"])
    if found is None or found.service != "s3":
        raise _wrong("X-Amz-Credential", fields, EXPECTED_CREDENTIAL)
    credential = _find(found.access_key, find)
    key = signing_key(credential.secret_key, found.date, found.region, "s3")
    expected = hmac.digest(key, fields["policy"].encode(), "sha256").hex()
    _compare(expected, fields["x-amz-signature"], found.access_key, fields["policy"])
    check_token(credential, fields.get("x-amz-security-token"), now, "s3")
    return Verified(credential, found.region, "s3", UNSIGNED)


def _verify_old(fields: Mapping[str, str], find: Callable[[str], C | None], now: float) -> Verified[C]:
    credential = _find(fields["awsaccesskeyid"], find)
    expected = v2.sign(credential.secret_key, fields["policy"])
    _compare(expected, fields["signature"], fields["awsaccesskeyid"], fields["policy"])
    check_token(credential, fields.get("x-amz-security-token"), now, "s3")
    return Verified(credential, DEFAULT_REGION, "s3", UNSIGNED)


def _find(access_key: str, find: Callable[[str], C | None]) -> C:
    credential = find(access_key)
    if credential is None:
        raise refusal("s3", "unknown key", AWSAccessKeyId=access_key)
    return credential


def _compare(expected: str, signature: str, access_key: str, policy: str) -> None:
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        shown = {"StringToSign": policy, "SignatureProvided": signature, "StringToSignBytes": hexadecimal(policy)}
        raise refusal("s3", "wrong signature", AWSAccessKeyId=access_key, **shown)


def _wrong(name: str, fields: Mapping[str, str], words: str) -> AwsError:
    return AwsError("InvalidArgument", words, ArgumentName=name, ArgumentValue=fields[name.lower()])
