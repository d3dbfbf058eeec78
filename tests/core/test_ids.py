"""Identifiers."""

import re
import uuid

from fieldstone.core import ids


def test_request_ids_are_uuids():
    """As AWS's are."""
    given = ids.request_id()

    assert str(uuid.UUID(given)) == given


def test_access_keys_tell_whether_they_last():
    """AKIA stays, ASIA belongs to a session; both have AWS's twenty letters."""
    assert re.fullmatch(r"AKIA[A-Z2-7]{16}", ids.access_key_id(temporary=False))
    assert re.fullmatch(r"ASIA[A-Z2-7]{16}", ids.access_key_id(temporary=True))


def test_secrets_have_the_length_of_awss():
    """Forty letters that need no quoting in a shell."""
    assert re.fullmatch(r"[A-Za-z0-9]{40}", ids.secret_access_key())
    assert re.fullmatch(r"[A-Za-z0-9]{100,}", ids.session_token())


def test_nothing_is_given_out_twice():
    """Two thousand of each are all different."""
    for make in (ids.request_id, ids.opaque_id, ids.secret_access_key, ids.session_token):
        assert len({make() for _ in range(2000)}) == 2000


def test_opaque_ids_are_safe_file_names():
    """They are hexadecimal letters and nothing else."""
    assert re.fullmatch(r"[0-9a-f]{32}", ids.opaque_id())
