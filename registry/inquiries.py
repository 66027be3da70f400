"""Inquiries: one question to one service inside a case, its state, and every attempt to have it answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, bindparam, func, or_, select, update

from registry.portable import insert_row
from registry.prepared import Prepared
from registry.schema import Transaction, inquiries
from registry.schema import attempts as attempt_table
from registry.states import ARROWS, FIRST, TERMINAL, Arrow, IllegalMove, State


class UnknownInquiry(Exception):
    """There is no inquiry with this id."""


@dataclass(frozen=True, slots=True)
class NewInquiry:
    """What must be known to accept an inquiry. `payload_sealed` is ciphertext; `effect` is read, idempotent or once."""

    id: str
    case_id: str
    code: str
    service: str
    system: str
    operation: str
    effect: str
    owner: str
    purpose: str
    legal_basis: str
    channel: str
    subject_id: str | None
    payload_sealed: bytes
    accepted_at: datetime
    trace_parent: str | None = None


@dataclass(frozen=True, slots=True)
class Inquiry:
    """An inquiry as the ledger has it: `attempts` is how often it was sent, the reason explains the present state."""

    id: str
    case_id: str
    code: str
    service: str
    system: str
    operation: str
    effect: str
    state: State
    owner: str
    purpose: str
    legal_basis: str
    channel: str
    subject_id: str | None
    payload_sealed: bytes
    answer_sealed: bytes | None
    reason_code: str | None
    reason_text: str | None
    attempts: int
    due_at: datetime | None
    mapping_id: str | None
    mapping_hash: str | None
    contract_version: str | None
    trace_parent: str | None
    accepted_at: datetime
    finished_at: datetime | None
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call to the far side, or one try to make it. `sample_sealed` is the far side's reply."""

    inquiry_id: str
    number: int
    started_at: datetime
    ended_at: datetime
    outcome: str
    code: str
    text: str
    mapping_hash: str | None
    sample_sealed: bytes | None = None


_COLUMNS = [inquiries.c[name] for name in Inquiry.__dataclass_fields__]
_SETTABLE = frozenset(
    {
        "answer_sealed",
        "attempts",
        "contract_version",
        "due_at",
        "mapping_hash",
        "mapping_id",
        "reason_code",
        "reason_text",
    }
)
# The hot path's statements are built once: building one costs several times as much as running it.
_INSERT = Prepared(insert_row(inquiries, list(Inquiry.__dataclass_fields__)))
_INSERT_ATTEMPT = Prepared(insert_row(attempt_table, list(Attempt.__dataclass_fields__)))
_ALL = select(*_COLUMNS)
_BY_ID = Prepared(_ALL.where(inquiries.c.id == bindparam("id")), _COLUMNS)
_ENQUEUE = (
    update(inquiries)
    .where(
        inquiries.c.id.in_(bindparam("ids", expanding=True)), inquiries.c.state.in_(sorted(ARROWS[Arrow.ENQUEUE][0]))
    )
    .values(
        state=ARROWS[Arrow.ENQUEUE][1].value,
        changed_at=bindparam("now", type_=inquiries.c.changed_at.type),
        due_at=None,
        reason_code=None,
        reason_text=None,
    )
)


@lru_cache(maxsize=256)
def _move(arrow: Arrow, names: frozenset[str]) -> Prepared:
    """Return the statement of an arrow that sets these columns too, each from a parameter `new_<name>`."""
    sources, target = ARROWS[arrow]
    values: dict[str, Any] = {"state": target.value, "changed_at": _new("changed_at")}
    values |= dict.fromkeys(("due_at", "reason_code", "reason_text"))
    values |= {name: _new(name) for name in names}
    if arrow is Arrow.SEND and "attempts" not in names:
        values["attempts"] = inquiries.c.attempts + 1
    if target in TERMINAL:
        values["finished_at"] = values["changed_at"]
    return Prepared(
        update(inquiries)
        .where(inquiries.c.id == bindparam("of_id"), or_(*(inquiries.c.state == one.value for one in sorted(sources))))
        .values(values)
        .returning(*_COLUMNS),
        _COLUMNS,
    )


def _new(name: str) -> BindParameter[Any]:
    return bindparam(f"new_{name}", type_=inquiries.c[name].type)


def accept(t: Transaction, inquiry: NewInquiry) -> Inquiry:
    """Write a fresh inquiry down as `accepted`."""
    new = inquiry
    row = Inquiry(
        id=new.id,
        case_id=new.case_id,
        code=new.code,
        service=new.service,
        system=new.system,
        operation=new.operation,
        effect=new.effect,
        state=FIRST,
        owner=new.owner,
        purpose=new.purpose,
        legal_basis=new.legal_basis,
        channel=new.channel,
        subject_id=new.subject_id,
        payload_sealed=new.payload_sealed,
        answer_sealed=None,
        reason_code=None,
        reason_text=None,
        attempts=0,
        due_at=None,
        mapping_id=None,
        mapping_hash=None,
        contract_version=None,
        trace_parent=new.trace_parent,
        accepted_at=new.accepted_at,
        finished_at=None,
        changed_at=new.accepted_at,
    )
    _INSERT.count(t, {name: getattr(row, name) for name in Inquiry.__dataclass_fields__})
    return row


def get(t: Transaction, inquiry_id: str) -> Inquiry | None:
    """Return the inquiry, or None."""
    row = _BY_ID.one(t, {"id": inquiry_id})
    return None if row is None else _inquiry(row)


def of_case(t: Transaction, case_id: str) -> list[Inquiry]:
    """Return the inquiries of a case, oldest first."""
    return [_inquiry(row) for row in t.execute(_ALL.where(inquiries.c.case_id == case_id).order_by(inquiries.c.id))]


def move(t: Transaction, inquiry_id: str, arrow: Arrow, *, now: datetime, **columns: Any) -> Inquiry:
    """Move the inquiry along the arrow and set the columns given; return it as it is then.

    `due_at`, `reason_code` and `reason_text` belong to the new state: what is not given is cleared. `send` counts one
    attempt, a final state sets `finished_at`. Raises IllegalMove, UnknownInquiry, ValueError for a column that is not
    the caller's to set.
    """
    if not columns.keys() <= _SETTABLE:
        raise ValueError(f"a move cannot set {sorted(columns.keys() - _SETTABLE)}")
    parameters = {f"new_{name}": value for name, value in columns.items()}
    parameters |= {"of_id": inquiry_id, "new_changed_at": now}
    row = _move(arrow, frozenset(columns)).one(t, parameters)
    if row is not None:
        return _inquiry(row)
    state = t.execute(select(inquiries.c.state).where(inquiries.c.id == inquiry_id)).scalar_one_or_none()
    if state is None:
        raise UnknownInquiry(inquiry_id)
    raise IllegalMove(State(state), arrow)


def enqueue_many(t: Transaction, inquiry_ids: Sequence[str], now: datetime) -> int:
    """Move those of the inquiries that may be enqueued to `queued`, leave the rest; return how many moved.

    A fast worker may be ahead of the confirm: what it sent or finished already stays as it is.
    """
    return t.execute(_ENQUEUE, {"ids": inquiry_ids, "now": now}).rowcount


def record_attempt(
    t: Transaction,
    *,
    inquiry_id: str,
    number: int,
    started_at: datetime,
    ended_at: datetime,
    outcome: str,
    code: str,
    text: str,
    mapping_hash: str | None,
    sample_sealed: bytes | None = None,
) -> None:
    """Write down one attempt; attempts are never changed. `sample_sealed` is the native reply, if there was one."""
    attempt = Attempt(inquiry_id, number, started_at, ended_at, outcome, code, text, mapping_hash, sample_sealed)
    _INSERT_ATTEMPT.count(t, {name: getattr(attempt, name) for name in Attempt.__dataclass_fields__})


def attempts(t: Transaction, inquiry_id: str) -> list[Attempt]:
    """Return the attempts of an inquiry, oldest first."""
    query = select(*(attempt_table.c[name] for name in Attempt.__dataclass_fields__))
    query = query.where(attempt_table.c.inquiry_id == inquiry_id).order_by(attempt_table.c.id)
    return [Attempt(*row) for row in t.execute(query)]


def in_state(t: Transaction, state: State, limit: int, after: str | None = None) -> list[Inquiry]:
    """Return inquiries in a state, oldest first; `after` is the id of the last one seen."""
    query = _ALL.where(inquiries.c.state == state.value).order_by(inquiries.c.id).limit(limit)
    if after is not None:
        query = query.where(inquiries.c.id > after)
    return [_inquiry(row) for row in t.execute(query)]


def page(
    t: Transaction,
    *,
    owner: str | None = None,
    system: str | None = None,
    service: str | None = None,
    state: State | None = None,
    code: str | None = None,
    subject_id: str | None = None,
    reason_code: str | None = None,
    before: str | None = None,
    limit: int = 50,
) -> list[Inquiry]:
    """Return inquiries that fit every filter given, newest first; `before` is the id of the last one seen."""
    filters = {
        "owner": owner,
        "system": system,
        "service": service,
        "state": None if state is None else state.value,
        "code": code,
        "subject_id": subject_id,
        "reason_code": reason_code,
    }
    query = _ALL.order_by(inquiries.c.id.desc()).limit(limit)
    for name, value in filters.items():
        if value is not None:
            query = query.where(inquiries.c[name] == value)
    if before is not None:
        query = query.where(inquiries.c.id < before)
    return [_inquiry(row) for row in t.execute(query)]


def counts(t: Transaction) -> dict[tuple[str, State], int]:
    """Return how many inquiries each (system, state) holds."""
    query = select(inquiries.c.system, inquiries.c.state, func.count()).group_by(inquiries.c.system, inquiries.c.state)
    return {(system, State(state)): number for system, state, number in t.execute(query)}


def _inquiry(row: Sequence[Any]) -> Inquiry:
    values = list(row)
    values[_STATE] = State(values[_STATE])
    return Inquiry(*values)


_STATE = list(Inquiry.__dataclass_fields__).index("state")
