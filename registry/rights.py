"""Access rights: who may ask which service, for which purpose, on which legal basis, and what they see of the answer.

The empty list means no.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import delete, select

from registry.portable import upsert
from registry.schema import Transaction, rights

DenialCode = Literal["right.missing", "right.expired", "right.purpose", "right.legal_basis"]


@dataclass(frozen=True, slots=True)
class Right:
    """What a participant may ask of a service. `field_mask` holds dotted answer paths; `*` is all of them."""

    participant: str
    service: str
    purposes: tuple[str, ...] = ()
    legal_bases: tuple[str, ...] = ()
    field_mask: tuple[str, ...] = ()
    quota_per_day: int | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Denial:
    """Why a call is not allowed. `code` is stable, the messages are for people."""

    code: DenialCode
    message_fa: str
    message_en: str


_COLUMNS = [rights.c[name] for name in Right.__dataclass_fields__]
_PUT = upsert(rights)

_MESSAGES: Mapping[DenialCode, tuple[str, str]] = {
    "right.missing": ("حق دسترسی به این خدمت داده نشده است.", "There is no right of access to this service."),
    "right.expired": ("مهلت حق دسترسی به این خدمت تمام شده است.", "The right of access to this service has expired."),
    "right.purpose": (
        "حق دسترسی به این خدمت هدف اعلام‌شده را در بر نمی‌گیرد.",
        "The right of access does not cover this purpose.",
    ),
    "right.legal_basis": (
        "حق دسترسی به این خدمت مستند قانونی اعلام‌شده را در بر نمی‌گیرد.",
        "The right of access does not cover this legal basis.",
    ),
}


def put(t: Transaction, right: Right) -> None:
    """Give the right, or replace what was given."""
    t.execute(_PUT, {name: getattr(right, name) for name in Right.__dataclass_fields__})


def get(t: Transaction, participant: str, service: str) -> Right | None:
    """Return the right, or None."""
    query = select(*_COLUMNS).where(rights.c.participant == participant, rights.c.service == service)
    row = t.execute(query).one_or_none()
    return None if row is None else _right(tuple(row))


def every(t: Transaction, participant: str | None = None) -> list[Right]:
    """Return all rights (of one participant)."""
    query = select(*_COLUMNS).order_by(rights.c.participant, rights.c.service)
    if participant is not None:
        query = query.where(rights.c.participant == participant)
    return [_right(tuple(row)) for row in t.execute(query)]


def withdraw(t: Transaction, participant: str, service: str) -> bool:
    """Take the right away; False when there was none."""
    statement = delete(rights).where(rights.c.participant == participant, rights.c.service == service)
    return t.execute(statement).rowcount == 1


def decide(right: Right | None, *, purpose: str, legal_basis: str, now: datetime) -> Denial | None:
    """Return why the call is not allowed, or None when it is."""
    if right is None:
        return _denial("right.missing")
    if right.expires_at is not None and now >= right.expires_at:
        return _denial("right.expired")
    if purpose not in right.purposes:
        return _denial("right.purpose")
    if legal_basis not in right.legal_bases:
        return _denial("right.legal_basis")
    return None


def apply_mask(mask: Sequence[str], answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the mask lets through of an answer.

    A path names a field and all below it; `a.b` reaches into objects and into every object of a list. An object
    of which nothing is let through is left out.
    """
    if "*" in mask:
        return dict(answer)
    return _masked([path.split(".") for path in mask if path], answer)


def _masked(paths: Sequence[Sequence[str]], value: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, inner in value.items():
        below = [path[1:] for path in paths if path[0] == name]
        if any(not path for path in below):
            kept[name] = inner
        elif below and isinstance(inner, Mapping):
            part = _masked(below, inner)
            if part:
                kept[name] = part
        elif below and isinstance(inner, list):
            parts = [_masked(below, item) for item in inner if isinstance(item, Mapping)]
            kept[name] = [part for part in parts if part]
    return kept


def _denial(code: DenialCode) -> Denial:
    return Denial(code, *_MESSAGES[code])


def _right(row: tuple[Any, ...]) -> Right:
    participant, service, purposes, legal_bases, field_mask, quota, expires_at = row
    return Right(participant, service, tuple(purposes), tuple(legal_bases), tuple(field_mask), quota, expires_at)
