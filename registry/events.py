"""Status events: what happened to a case, numbered per case, never changed."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, case, exists, or_, select, update

from registry.horizon import settled_position
from registry.ids import new_id
from registry.portable import insert_row
from registry.prepared import Prepared
from registry.schema import Transaction, aliases, cases, inquiries, participants, status_events


@dataclass(frozen=True, slots=True)
class StatusEvent:
    """One thing that happened. `sequence` counts from 1 within the case; `position` orders all events (the cursor)."""

    id: str
    case_id: str
    code: str
    sequence: int
    type: str
    system: str
    stage: str | None
    title_fa: str
    title_en: str
    detail: dict[str, Any]
    occurred_at: datetime
    recorded_at: datetime
    source_key: str | None
    inquiry_id: str | None
    by: str
    position: int = 0


_FIELDS = list(StatusEvent.__dataclass_fields__)
_COLUMNS = [status_events.c[name] for name in _FIELDS]
_INSERT = Prepared(insert_row(status_events, _FIELDS[:-1], "position"), [status_events.c.position])

_KNOWN = Prepared(
    select(status_events.c.id).where(
        status_events.c.system == bindparam("of_system"), status_events.c.source_key == bindparam("of_key")
    ),
    [status_events.c.id],
)

_stage = bindparam("new_stage", type_=cases.c.last_stage.type)
_at = bindparam("new_at", type_=cases.c.opened_at.type)
_newer_stage = and_(_stage.is_not(None), or_(cases.c.last_stage_at.is_(None), cases.c.last_stage_at <= _at))
_NEXT = Prepared(
    update(cases)
    .where(cases.c.id == bindparam("of_case"))
    .values(
        last_sequence=cases.c.last_sequence + 1,
        last_stage=case((_newer_stage, _stage), else_=cases.c.last_stage),
        last_stage_at=case((_newer_stage, _at), else_=cases.c.last_stage_at),
        last_event_at=case(
            (or_(cases.c.last_event_at.is_(None), cases.c.last_event_at <= _at), _at), else_=cases.c.last_event_at
        ),
    )
    .returning(cases.c.last_sequence),
    [cases.c.last_sequence],
)


def record(
    t: Transaction,
    *,
    case_id: str,
    code: str,
    type: str,  # noqa: A002 - CloudEvents calls it so.
    system: str,
    stage: str | None,
    title_fa: str,
    title_en: str,
    detail: Mapping[str, Any],
    occurred_at: datetime,
    now: datetime,
    by: str,
    source_key: str | None = None,
    inquiry_id: str | None = None,
    sequence: int | None = None,
    random: Callable[[int], bytes] = os.urandom,
) -> StatusEvent | None:
    """Append an event; None when this `(system, source_key)` was recorded before.

    The case's last stage follows the latest `occurred_at` among events that carry a stage, so a late push of an older
    stage is kept but does not turn the case back. `sequence` is for an event that `cases.open_case` has counted.
    Raises LookupError for an unknown case.
    """
    if source_key is not None:
        source = {"of_system": system, "of_key": source_key}
        if _KNOWN.one(t, source) is not None:
            return None
    if sequence is None:
        sequence = _NEXT.scalar(t, {"of_case": case_id, "new_stage": stage, "new_at": occurred_at})
    if sequence is None:
        raise LookupError(f"there is no case {case_id}")
    row: dict[str, Any] = {
        "id": new_id(now, random),
        "case_id": case_id,
        "code": code,
        "sequence": sequence,
        "type": type,
        "system": system,
        "stage": stage,
        "title_fa": title_fa,
        "title_en": title_en,
        "detail": dict(detail),
        "occurred_at": occurred_at,
        "recorded_at": now,
        "source_key": source_key,
        "inquiry_id": inquiry_id,
        "by": by,
    }
    position: int = _INSERT.scalar(t, row)
    return StatusEvent(**row, position=position)


def get(t: Transaction, event_id: str) -> StatusEvent | None:
    """Return the event, or None."""
    row = t.execute(select(*_COLUMNS).where(status_events.c.id == event_id)).one_or_none()
    return None if row is None else StatusEvent(*row)


def timeline(t: Transaction, case_id: str) -> list[StatusEvent]:
    """Return every event of a case, in the order recorded."""
    query = select(*_COLUMNS).where(status_events.c.case_id == case_id).order_by(status_events.c.sequence)
    return [StatusEvent(*row) for row in t.execute(query)]


def since(t: Transaction, participant: str, cursor: int, limit: int) -> list[StatusEvent]:
    """Return events after the `cursor` position (0: from the start) of cases the participant takes part in.

    Where several processes write, an event is held back while one with a smaller position may still be on its way, so
    that a cursor never passes over it.
    """
    mine = status_events.c.case_id
    systems = select(participants.c.system).where(
        participants.c.identifier == participant, participants.c.system.is_not(None)
    )
    takes_part = or_(
        exists().where(cases.c.id == mine, or_(cases.c.owner == participant, cases.c.lead_agency == participant)),
        exists().where(inquiries.c.case_id == mine, inquiries.c.owner == participant),
        exists().where(
            aliases.c.case_id == mine, or_(aliases.c.added_by == participant, aliases.c.system.in_(systems))
        ),
    )
    query = (
        select(*_COLUMNS)
        .where(status_events.c.position > cursor, takes_part)
        .order_by(status_events.c.position)
        .limit(limit)
    )
    settled = settled_position(t)
    if settled is not None:
        query = query.where(status_events.c.position <= settled)
    return [StatusEvent(*row) for row in t.execute(query)]
