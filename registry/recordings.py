"""Exchanges as they were recorded: what was asked and what came back, sealed, by range of inquiry ids."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any

from sqlalchemy import Select, func, select, update

from registry import cursors
from registry.schema import Transaction, attempts, inquiries, subjects

_FORGOTTEN = "recordings.forgotten"


@dataclass(frozen=True, slots=True)
class Recording:
    """One attempt whose native reply was kept. `wrapped_key` is None once the person was erased."""

    inquiry_id: str
    code: str
    payload_sealed: bytes
    reply_sealed: bytes
    wrapped_key: bytes | None
    outcome: str
    mapping_hash: str | None
    started_at: datetime


def recorded(
    t: Transaction,
    *,
    system: str,
    operations: Sequence[str],
    first: str | None = None,
    last: str | None = None,
    asked_after: bool = False,
    limit: int = 1000,
) -> list[Recording]:
    """Return recordings of operations of a system, newest first, whose inquiry ids lie from `first` to `last`.

    `asked_after` chooses the replies to questions about calls in doubt instead of those to the calls themselves.
    """
    columns = (
        inquiries.c.id,
        inquiries.c.code,
        inquiries.c.payload_sealed,
        attempts.c.sample_sealed,
        subjects.c.wrapped_key,
        attempts.c.outcome,
        attempts.c.mapping_hash,
        attempts.c.started_at,
    )
    query = _of(select(*columns), system, operations, asked_after=asked_after)
    if first is not None:
        query = query.where(inquiries.c.id >= first)
    if last is not None:
        query = query.where(inquiries.c.id <= last)
    return [Recording(*row) for row in t.execute(query.order_by(attempts.c.id.desc()).limit(limit))]


def how_many(t: Transaction, *, system: str, operations: Sequence[str], asked_after: bool = False) -> int:
    """Return how many recordings there are."""
    number: int = t.execute(_of(select(func.count()), system, operations, asked_after=asked_after)).scalar_one()
    return number


def _of(query: Select[Any], system: str, operations: Sequence[str], *, asked_after: bool) -> Select[Any]:
    about = attempts.c.outcome.like("asked_after.%")
    return (
        query.select_from(attempts)
        .join(inquiries, inquiries.c.id == attempts.c.inquiry_id)
        .join(subjects, subjects.c.id == inquiries.c.subject_id)
        .where(
            inquiries.c.system == system,
            inquiries.c.operation.in_(list(operations)),
            attempts.c.sample_sealed.is_not(None),
            about if asked_after else ~about,
        )
    )


def forget(t: Transaction, before: datetime, *, at_once: int = 500) -> int:
    """Empty recordings older than `before`, the eldest first, at most `at_once` attempts; return how many were passed.

    The attempts stay: only the sealed reply goes. A cursor keeps every look from walking over what is empty already.
    """
    known = cursors.position(t, _FORGOTTEN)
    query = select(attempts.c.id, attempts.c.ended_at).where(attempts.c.id > known).order_by(attempts.c.id)
    old = list(takewhile(lambda row: row.ended_at < before, t.execute(query.limit(at_once))))
    if not old or not cursors.advance(t, _FORGOTTEN, known, old[-1].id):
        return 0
    passed = attempts.c.id.between(old[0].id, old[-1].id)
    t.execute(update(attempts).where(passed, attempts.c.sample_sealed.is_not(None)).values(sample_sealed=None))
    return len(old)
