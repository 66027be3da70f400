"""The people and companies asked about: a keyed fingerprint, and the wrapped key their ciphertexts are under.

Erasing the key erases the person everywhere; rows and journal stay and still verify.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, update

from registry.ids import new_id
from registry.portable import insert_new
from registry.prepared import Prepared
from registry.schema import Transaction, subjects


@dataclass(frozen=True, slots=True)
class Subject:
    """`wrapped_key` is None once the subject was erased."""

    id: str
    wrapped_key: bytes | None


_INSERT = Prepared(insert_new(subjects, ["id", "fingerprint", "wrapped_key", "created_at"]))
_COLUMNS = [subjects.c.id, subjects.c.wrapped_key]
_BY_FINGERPRINT = Prepared(select(*_COLUMNS).where(subjects.c.fingerprint == bindparam("fingerprint")), _COLUMNS)
_BY_ID = Prepared(select(*_COLUMNS).where(subjects.c.id == bindparam("id")), _COLUMNS)


def ensure(
    t: Transaction,
    *,
    fingerprint: str,
    new_key: Callable[[], bytes],
    now: datetime,
    random: Callable[[int], bytes] = os.urandom,
) -> Subject:
    """Return the subject with this keyed fingerprint, made now if need be.

    An erased subject who comes back gets a fresh key; what was sealed under the old one stays closed.
    """
    known = _BY_FINGERPRINT.one(t, {"fingerprint": fingerprint})
    if known is None:
        fresh = Subject(new_id(now, random), new_key())
        values = {"id": fresh.id, "fingerprint": fingerprint, "wrapped_key": fresh.wrapped_key, "created_at": now}
        if _INSERT.count(t, values) == 1:
            return fresh
        # Another process was quicker; what it wrote counts.
        (known,) = _BY_FINGERPRINT.rows(t, {"fingerprint": fingerprint})
    subject = Subject(*known)
    if subject.wrapped_key is not None:
        return subject
    key = new_key()
    t.execute(update(subjects).where(subjects.c.id == subject.id).values(wrapped_key=key, erased_at=None))
    return Subject(subject.id, key)


def get(t: Transaction, subject_id: str) -> Subject | None:
    """Return the subject, or None."""
    row = _BY_ID.one(t, {"id": subject_id})
    return None if row is None else Subject(*row)


def erase(t: Transaction, subject_id: str, now: datetime) -> bool:
    """Destroy the subject's key; False when it was erased before or never known.

    The fingerprint stays, for "who asked about me" is answered from it; it is keyed and cannot be turned back.
    """
    statement = (
        update(subjects)
        .where(subjects.c.id == subject_id, subjects.c.wrapped_key.is_not(None))
        .values(wrapped_key=None, erased_at=now)
    )
    return t.execute(statement).rowcount == 1
