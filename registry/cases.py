"""Cases, the tracking codes they own, and the numbers other agencies know them by."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, exists, or_, select

from registry.codes import TrackingCode
from registry.ids import new_id
from registry.portable import insert_new
from registry.prepared import Prepared
from registry.schema import Transaction, cases, inquiries, participants
from registry.schema import aliases as alias_table

_DRAWS = 16  # Two codes in a row taken is already a sign of a broken generator.


class AliasTaken(Exception):
    """The number is already an alias of another case."""

    def __init__(self, system: str, value: str) -> None:
        super().__init__(f"{system} already uses {value} for another case")
        self.system = system
        self.value = value


@dataclass(frozen=True, slots=True)
class Case:
    """A service request of an applicant. `code` is the tracking code; `owner` the participant that opened it."""

    id: str
    code: str
    service: str
    channel: str
    lead_agency: str
    owner: str
    subject_id: str | None
    applicant_sealed: bytes | None
    opened_at: datetime
    last_stage: str | None = None
    last_event_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Alias:
    """Another agency's number for a case."""

    system: str
    value: str
    case_id: str
    added_by: str
    added_at: datetime


_COLUMNS = [cases.c[name] for name in Case.__dataclass_fields__]
_ALL = select(*_COLUMNS)
_BY_CODE = Prepared(_ALL.where(cases.c.code == bindparam("code")), _COLUMNS)
_BY_ID = Prepared(_ALL.where(cases.c.id == bindparam("id")), _COLUMNS)
_BY_ALIAS = Prepared(
    _ALL.join(alias_table, alias_table.c.case_id == cases.c.id).where(
        alias_table.c.system == bindparam("system"), alias_table.c.value == bindparam("value")
    ),
    _COLUMNS,
)
_GIVEN = [name for name in Case.__dataclass_fields__ if not name.startswith("last_")]
_OPEN = Prepared(insert_new(cases, [*_GIVEN, "last_sequence", "last_stage", "last_stage_at", "last_event_at"]))
_ADD_ALIAS = Prepared(insert_new(alias_table, ["system", "value", "case_id", "added_by", "added_at"]))


def open_case(
    t: Transaction,
    *,
    issue: Callable[[], TrackingCode],
    service: str,
    channel: str,
    lead_agency: str,
    owner: str,
    subject_id: str | None,
    applicant_sealed: bytes | None,
    now: datetime,
    events: int = 0,
    stage: str | None = None,
    random: Callable[[int], bytes] = os.urandom,
) -> Case:
    """Open a case under a new code; one that exists is drawn again. Raises RuntimeError when every draw exists.

    Its first `events`, told at `now`, are counted here: the caller records them in the same transaction under the
    sequences from 1 on. `stage` is the stage they bring the case to.
    """
    for _ in range(_DRAWS):
        case = Case(
            new_id(now, random), issue(), service, channel, lead_agency, owner, subject_id, applicant_sealed, now
        )
        row = {name: getattr(case, name) for name in _GIVEN} | {
            "last_sequence": events,
            "last_stage": stage,
            "last_stage_at": now if stage else None,
            "last_event_at": now if events else None,
        }
        if _OPEN.count(t, row) == 1:
            return case
    raise RuntimeError(f"{_DRAWS} tracking codes in a row exist already; the random generator must be looked at")


def by_code(t: Transaction, code: str) -> Case | None:
    """Return the case with this tracking code (twenty ASCII digits), or None."""
    row = _BY_CODE.one(t, {"code": code})
    return None if row is None else Case(*row)


def by_id(t: Transaction, case_id: str) -> Case | None:
    """Return the case, or None."""
    row = _BY_ID.one(t, {"id": case_id})
    return None if row is None else Case(*row)


def by_alias(t: Transaction, system: str, value: str) -> Case | None:
    """Return the case that `system` knows by `value`, or None."""
    row = _BY_ALIAS.one(t, {"system": system, "value": value})
    return None if row is None else Case(*row)


def by_any_alias(t: Transaction, value: str) -> list[tuple[str, Case]]:
    """Return (system, case) for every system that knows a case by `value`."""
    query = (
        select(alias_table.c.system, *(cases.c[name] for name in Case.__dataclass_fields__))
        .join(cases, cases.c.id == alias_table.c.case_id)
        .where(alias_table.c.value == value)
        .order_by(alias_table.c.system)
    )
    return [(system, Case(*row)) for system, *row in t.execute(query)]


def add_alias(t: Transaction, *, case_id: str, system: str, value: str, added_by: str, now: datetime) -> bool:
    """Note another agency's number for the case; False when it is noted already.

    Raises AliasTaken when it belongs to another case.
    """
    row = {"system": system, "value": value, "case_id": case_id, "added_by": added_by, "added_at": now}
    if _ADD_ALIAS.count(t, row) == 1:
        return True
    known = select(alias_table.c.case_id).where(alias_table.c.system == system, alias_table.c.value == value)
    if t.execute(known).scalar_one() != case_id:
        raise AliasTaken(system, value)
    return False


def aliases(t: Transaction, case_id: str) -> list[Alias]:
    """Return the numbers other agencies know the case by, oldest first."""
    query = select(*(alias_table.c[name] for name in Alias.__dataclass_fields__))
    query = query.where(alias_table.c.case_id == case_id).order_by(alias_table.c.added_at, alias_table.c.system)
    return [Alias(*row) for row in t.execute(query)]


def may_see(t: Transaction, case: Case, participant: str) -> bool:
    """Tell whether the participant takes part in the case.

    It does when it opened or leads it, asked something within it, noted an alias for it, or is a system that
    knows the case by an alias.
    """
    if participant in {case.owner, case.lead_agency}:
        return True
    asked = exists().where(inquiries.c.case_id == case.id, inquiries.c.owner == participant)
    systems = select(participants.c.system).where(
        participants.c.identifier == participant, participants.c.system.is_not(None)
    )
    known = exists().where(
        alias_table.c.case_id == case.id,
        or_(alias_table.c.added_by == participant, alias_table.c.system.in_(systems)),
    )
    return bool(t.execute(select(or_(asked, known))).scalar_one())


def every(t: Transaction, *, owner: str | None = None, before: str | None = None, limit: int = 50) -> list[Case]:
    """Return cases, newest first; `before` is the id of the last one seen."""
    query = _ALL.order_by(cases.c.id.desc()).limit(limit)
    if owner is not None:
        query = query.where(cases.c.owner == owner)
    if before is not None:
        query = query.where(cases.c.id < before)
    return [Case(*row) for row in t.execute(query)]
