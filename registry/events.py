"""Status events: what happened to a case, numbered per case, never changed."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, case, exists, func, or_, select, update

from registry.cases import Case
from registry.gathered import Insertion
from registry.horizon import Horizon, settled_position
from registry.ids import new_id
from registry.prepared import Prepared
from registry.schema import Transaction, aliases, cases, cursors, inquiries, participants, status_events


@dataclass(frozen=True, slots=True)
class StatusEvent:
    """One thing that happened. `sequence` counts from 1 within the case; `position` orders all events (the cursor).

    An event that has just been recorded has no position yet: 0.
    """

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
    position: int = field(default=0, compare=False)


_FIELDS = list(StatusEvent.__dataclass_fields__)
_COLUMNS = [status_events.c[name] for name in _FIELDS]
_INSERT = Insertion(status_events, _FIELDS[:-1])

_CASE = [cases.c[name] for name in Case.__dataclass_fields__]
_AFTER = Prepared(
    select(*_COLUMNS, *_CASE)
    .join(cases, cases.c.id == status_events.c.case_id)
    .where(status_events.c.position > bindparam("after"), status_events.c.position <= bindparam("up_to"))
    .order_by(status_events.c.position)
    .limit(bindparam("most", type_=status_events.c.sequence.type)),
    [*_COLUMNS, *_CASE],
)
_TOLD = "events"
_LAST = func.coalesce(func.max(status_events.c.position), 0)
_HOW_FAR = Prepared(
    select(cursors.c.position, select(_LAST).scalar_subquery()).where(cursors.c.name == _TOLD),
    [cursors.c.position, cursors.c.position],
)
_GO_ON = Prepared(
    update(cursors)
    .where(cursors.c.name == _TOLD, cursors.c.position == bindparam("known"))
    .values(position=bindparam("reached", type_=cursors.c.position.type))
)
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
    _INSERT.put(t, row)
    return StatusEvent(**row)


def get(t: Transaction, event_id: str) -> StatusEvent | None:
    """Return the event, or None."""
    row = t.execute(select(*_COLUMNS).where(status_events.c.id == event_id)).one_or_none()
    return None if row is None else StatusEvent(*row)


def timeline(t: Transaction, case_id: str) -> list[StatusEvent]:
    """Return every event of a case, in the order recorded."""
    query = select(*_COLUMNS).where(status_events.c.case_id == case_id).order_by(status_events.c.sequence)
    return [StatusEvent(*row) for row in t.execute(query)]


def latest_of(t: Transaction, case_id: str, limit: int, before: int | None = None) -> list[StatusEvent]:
    """Return events of a case, the one recorded last first; `before` is the sequence of the last one seen."""
    query = select(*_COLUMNS).where(status_events.c.case_id == case_id)
    if before is not None:
        query = query.where(status_events.c.sequence < before)
    return [StatusEvent(*row) for row in t.execute(query.order_by(status_events.c.sequence.desc()).limit(limit))]


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


def told(t: Transaction) -> tuple[int, int]:
    """Return the position up to which the events have been told to subscribers, and that of the newest event."""
    row = _HOW_FAR.one(t, {})
    if row is None:
        raise LookupError("the cursor of the events is missing; `hub init` makes it")
    return int(row[0]), int(row[1])


def untold(t: Transaction, horizon: Horizon, limit: int) -> tuple[int, list[tuple[StatusEvent, Case]]]:
    """Return the position up to which the events have been told, and what comes after, in order, with its case.

    Nothing is given that an event still on its way may precede.
    """
    position, newest = told(t)
    if newest <= position:
        return position, []
    settled = horizon.settled_position(t)
    rows = _AFTER.rows(t, {"after": position, "up_to": newest if settled is None else settled, "most": limit})
    size = len(_COLUMNS)
    return position, [(StatusEvent(*row[:size]), Case(*row[size:])) for row in rows]


def mark_told(t: Transaction, known: int, reached: int) -> bool:
    """Note that the events up to `reached` have been told; False when somebody else was faster than `known`."""
    return _GO_ON.count(t, {"known": known, "reached": reached}) == 1
