"""Who holds which access key: in memory, following the journal."""

import asyncio
import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fieldstone.core import ids
from fieldstone.core.errors import AwsError
from fieldstone.core.settings import DEFAULT_ACCOUNT, DEFAULT_REGION
from fieldstone.services.iam.access_keys import ACCESS_KEY, note_use
from fieldstone.services.operation import Caller
from fieldstone.services.sts.sessions import SESSION_KEY
from fieldstone.store.blobs import sync_folder
from fieldstone.store.journal import Change
from fieldstone.store.resources import Row
from fieldstone.store.store import Store
from fieldstone.wire.http import Request
from fieldstone.wire.signatures.credentials import Credential, Verified
from fieldstone.wire.signatures.verification import verify

_NOTED_SECONDS = 900
_log = logging.getLogger(__name__)
_OWNER_ARN = "arn:aws:sts::{account}:assumed-role/FieldstoneRole/fieldstone"


@dataclass
class Key(Credential):
    """An access key that tells for whom it speaks.

    Attributes:
        arn: The principal.
        noted: When its last use was written down; None where nobody asks for that.
    """

    arn: str = ""
    noted: float | None = None


class Keyring:
    """The owner's key, every session's and every active one of IAM's users."""

    def __init__(self, store: Store, owner: Key) -> None:
        self._store = store
        self._owner = owner
        self._sessions: dict[str, Key] = {}
        self._noting: set[asyncio.Task[None]] = set()
        for kind in (SESSION_KEY, ACCESS_KEY):
            for row in store.read(lambda tx, kind=kind: list(tx.resources.all(kind))):
                self._take(row)
        store.listen(self._follow)

    def find(self, access_key: str) -> Key | None:
        """The key of that id."""
        return self._owner if access_key == self._owner.access_key else self._sessions.get(access_key)

    def unverified_caller(self, access_key: str | None, region: str | None) -> Caller:
        """Whom to take a request for when signatures are not checked.

        A session's key speaks for its session, twelve digits for the account of that number, anything else for the
        default account.
        """
        session = self._sessions.get(access_key or "")
        region = region or DEFAULT_REGION
        if session is not None:
            return Caller(session.account, region, session.arn)
        digits = access_key is not None and len(access_key) == 12 and access_key.isdecimal()
        account = access_key if access_key is not None and digits else DEFAULT_ACCOUNT
        return Caller(account, region, _OWNER_ARN.format(account=account))

    def _follow(self, changes: list[Change]) -> None:
        for change in changes:
            if change.kind in {SESSION_KEY.name, ACCESS_KEY.name}:
                self._sessions.pop(change.name, None)
                row = self._store.read(lambda tx, uid=change.uid: tx.resources.get(uid))
                if row is not None:
                    self._take(row)

    def note(self, verified: "Verified[Key]", now: float) -> None:
        """Write down, to a quarter of an hour, when a user's key was last used."""
        key = verified.credential
        if key.noted is None or now - key.noted < _NOTED_SECONDS:
            return
        key.noted = now
        used = {"LastUsedDate": now, "ServiceName": verified.service, "Region": verified.region}
        writing = asyncio.ensure_future(self._note(key, used))
        self._noting.add(writing)
        writing.add_done_callback(self._noting.discard)

    async def _note(self, key: Key, used: dict[str, Any]) -> None:
        try:
            await self._store.write(lambda tx: note_use(tx, key.access_key, used))
        except Exception as error:  # noqa: BLE001  # nobody waits for it, and the next use is noted again
            _log.warning("the use of an access key was not noted: %s", error)

    def _take(self, row: Row) -> None:
        if row.kind == SESSION_KEY.name:
            self._sessions[row.name] = _session(row)
        elif row.document["Status"] == "Active":
            self._sessions[row.name] = _user_key(row)


def verify_caller(request: Request, keyring: Keyring, now: float, signing_name: str) -> Verified[Key]:
    """Who signed a request for a service.

    Raises:
        AwsError: The signature is missing or wrong, or it is one for another service.
    """
    verified = verify(request, keyring.find, now)
    if verified.service != signing_name:
        message = f"Credential should be scoped to correct service: '{signing_name}'."
        raise AwsError("SignatureDoesNotMatch", message, 403)
    keyring.note(verified, now)
    return verified


def owner_key(path: Path) -> Key:
    """The key made at first start, from its file; made now if there is none. Its owner alone may read it."""
    try:
        values: dict[str, Any] = json.loads(path.read_bytes())
    except FileNotFoundError:
        values = {
            "AccessKeyId": ids.access_key_id(temporary=False),
            "SecretAccessKey": ids.secret_access_key(),
            "Account": DEFAULT_ACCOUNT,
        }
        growing = path.with_suffix(".new")
        growing.unlink(missing_ok=True)
        descriptor = os.open(growing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(values, file)
            file.flush()
            os.fsync(descriptor)
        growing.rename(path)
        sync_folder(path.parent)
    account = values["Account"]
    arn = _OWNER_ARN.format(account=account)
    return Key(values["AccessKeyId"], values["SecretAccessKey"], None, account, arn=arn)


def _session(row: Row) -> Key:
    return Key(
        access_key=row.name,
        secret_key=row.internal["SecretAccessKey"],
        session_token=row.internal["SessionToken"],
        account=row.document["Account"],
        expires=row.document["Expires"],
        arn=row.document["Arn"],
    )


def _user_key(row: Row) -> Key:
    return Key(
        access_key=row.name,
        secret_key=row.internal["SecretAccessKey"],
        session_token=None,
        account=row.document["Account"],
        arn=row.document["Arn"],
        noted=row.internal.get("used", {}).get("LastUsedDate", 0.0),
    )
