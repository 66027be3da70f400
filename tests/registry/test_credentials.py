import hashlib
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from pki.keys import SigningKey
from registry import credentials, participants
from registry.credentials import KeyKnown
from registry.participants import Participant
from registry.store import Store

AGENCY = "IR/COM/x"


@pytest.fixture
def store(store: Store) -> Store:
    store.write_now(lambda t: participants.put(t, Participant(AGENCY, "agency", "فا", "en")))
    return store


def test_an_api_key_is_shown_once_and_only_its_hash_is_kept(store: Store, clock: Any) -> None:
    key = store.write_now(
        lambda t: credentials.issue_api_key(t, participant=AGENCY, now=clock(), note="for the test system")
    )
    assert re.fullmatch(r"hub_[A-Za-z0-9_-]{43}", key)
    (kept,) = store.read_now(credentials.every)
    assert kept.secret_hash == hashlib.sha256(key.encode()).hexdigest() == credentials.key_hash(key)
    assert (kept.participant, kept.kind, kept.note) == (AGENCY, "api_key", "for the test system")
    stored = store.read_now(lambda t: t.execute(text("SELECT * FROM credentials")).one())
    assert key not in map(str, stored)


def test_a_credential_is_valid_until_it_expires_or_is_revoked(store: Store, clock: Any) -> None:
    end = clock() + timedelta(days=1)
    store.write_now(lambda t: credentials.issue_api_key(t, participant=AGENCY, now=clock(), expires_at=end))
    (kept,) = store.read_now(lambda t: credentials.every(t, AGENCY))
    assert kept.valid(clock())
    assert not kept.valid(end)
    assert store.write_now(lambda t: credentials.revoke(t, kept.id, clock())) is True
    assert store.write_now(lambda t: credentials.revoke(t, kept.id, clock())) is False
    assert store.write_now(lambda t: credentials.revoke(t, "none", clock())) is False
    (revoked,) = store.read_now(credentials.every)
    assert not revoked.valid(clock())


def test_a_public_key_goes_by_its_kid(store: Store, clock: Any) -> None:
    jwk = {**SigningKey.generate("ES256").public_jwk()}
    jwk.setdefault("kid", "k1")
    made = store.write_now(lambda t: credentials.add_jwt_key(t, participant=AGENCY, jwk=jwk, now=clock()))
    assert store.read_now(lambda t: credentials.every(t, AGENCY)) == [made]
    assert (made.kid, made.jwk) == (jwk["kid"], jwk)
    with pytest.raises(KeyKnown):
        store.write_now(lambda t: credentials.add_jwt_key(t, participant=AGENCY, jwk=jwk, now=clock()))


@pytest.mark.parametrize("jwk", [{"kty": "OKP"}, {"kid": ""}, {"kid": "a", "d": "secret"}, {"kid": "a", "k": "secret"}])
def test_secret_or_nameless_keys_are_refused(store: Store, clock: Any, jwk: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"kid|secret"):
        store.write_now(lambda t: credentials.add_jwt_key(t, participant=AGENCY, jwk=jwk, now=clock()))


def test_only_participants_get_credentials(store: Store, clock: Any) -> None:
    with pytest.raises(IntegrityError):
        store.write_now(lambda t: credentials.issue_api_key(t, participant="IR/COM/none", now=clock()))
