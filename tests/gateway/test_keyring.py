"""Who holds which key."""

import json
import stat

import pytest
from botocore.exceptions import ClientError
from tests.gateway.conftest import ACCOUNT, Gateway

from fieldstone.core.settings import DataDir
from fieldstone.gateway.keyring import owner_key
from fieldstone.services.sts.sessions import revoke

ROLE = f"arn:aws:iam::{ACCOUNT}:role/FieldstoneRole"


@pytest.fixture
def session(gateway):
    """A session's credentials."""
    return gateway.client("sts").assume_role(RoleArn=ROLE, RoleSessionName="me")["Credentials"]


def code(call, **request):
    """The code of the error that a call must give."""
    with pytest.raises(ClientError) as caught:
        call(**request)
    return caught.value.response["Error"]["Code"]


@pytest.mark.parametrize(
    ("service", "call"), [("sts", "get_caller_identity"), ("s3", "list_buckets"), ("sagemaker", "list_models")]
)
def test_a_sessions_keys_open_every_service(gateway, session, service, call):
    """From the moment they were handed out."""
    assert getattr(gateway.client(service, session), call)()


def test_a_session_acts_as_its_role(gateway, session):
    """In the account of who assumed it."""
    identity = gateway.client("sts", session).get_caller_identity()

    assert (identity["Account"], identity["Arn"]) == (ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/FieldstoneRole/me")


def test_a_session_may_open_another_one(gateway, session):
    """Roles can be chained."""
    second = gateway.client("sts", session).assume_role(RoleArn=ROLE, RoleSessionName="two")["Credentials"]

    assert gateway.client("sts", second).get_caller_identity()["Arn"].endswith("/two")


@pytest.mark.parametrize(
    ("service", "call", "missing", "expired"),
    [
        ("s3", "list_buckets", "InvalidToken", "ExpiredToken"),
        ("sagemaker", "list_models", "UnrecognizedClientException", "ExpiredTokenException"),
        ("sts", "get_caller_identity", "InvalidClientTokenId", "ExpiredToken"),
    ],
)
def test_a_session_needs_its_token_and_ends(gateway, session, service, call, missing, expired):
    """Without the token, or with another one, it is nobody's; after its time it is said to have expired."""
    assert code(getattr(gateway.client(service, session | {"SessionToken": None}), call)) == missing
    assert code(getattr(gateway.client(service, session | {"SessionToken": "other"}), call)) == missing
    gateway.ahead = 14 * 60
    short = gateway.client("sts").assume_role(RoleArn=ROLE, RoleSessionName="me", DurationSeconds=900)["Credentials"]
    assert getattr(gateway.client(service, short), call)()
    expire(gateway, short)
    assert code(getattr(gateway.client(service, short), call)) == expired


def expire(gateway, session):
    """Bring the session's end forward; the clocks of signer and gateway must stay together."""

    def work(tx):
        row = next(row for row in tx.resources.everything() if row.name == session["AccessKeyId"])
        row.document["Expires"] = gateway.now() - 1
        tx.resources.update(row)

    gateway.run(gateway.store.write(work))


def test_a_revoked_session_is_unknown_at_once(gateway, session):
    """Its keys open nothing any more; revoking it again is no mistake."""
    sts = gateway.client("sts", session)
    assert sts.get_caller_identity()
    for _ in range(2):
        gateway.run(gateway.store.write(lambda tx: revoke(tx, session["AccessKeyId"])))

    assert code(sts.get_caller_identity) == "InvalidClientTokenId"


def test_a_session_outlives_the_server(tmp_path):
    """Until it expires."""
    first = Gateway(tmp_path / "data").start()
    session = first.client("sts").assume_role(RoleArn=ROLE, RoleSessionName="me")["Credentials"]
    first.stop()
    second = Gateway(tmp_path / "data").start()

    assert second.client("sts", session).get_caller_identity()["Arn"].endswith("/me")
    second.stop()


def test_the_owners_key_is_the_same_after_a_restart(tmp_path):
    """It is made once."""
    data_dir = DataDir(tmp_path)
    first, second = owner_key(data_dir.owner_key), owner_key(data_dir.owner_key)

    assert first == second
    assert json.loads(data_dir.owner_key.read_text())["AccessKeyId"] == first.access_key


def test_the_owners_key_is_readable_by_its_owner_alone(tmp_path):
    """And nothing of its making is left behind, whatever an earlier start left."""
    path = DataDir(tmp_path).owner_key
    path.with_suffix(".new").write_text("left by a start that was killed")
    owner_key(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
