"""What outside systems sent that their contracts do not know: counted, with the inquiry that shows it.

Nothing personal stands here: the sample is sealed with the inquiry's attempt under the person's own key.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Integer, Text, bindparam, select, text

from registry.columns import Instant
from registry.prepared import Prepared
from registry.schema import Transaction, attempts, drifts, inquiries, subjects


@dataclass(frozen=True, slots=True)
class DriftRecord:
    """One difference. `pointer` is where in a reply, `kind` `field` or `value`, `inquiry_id` the last that shows it."""

    system: str
    operation: str
    pointer: str
    kind: str
    count: int
    first_at: datetime
    last_at: datetime
    inquiry_id: str


_COLUMNS = [drifts.c[name] for name in DriftRecord.__dataclass_fields__]
_RECORD = Prepared(
    text(
        "INSERT INTO drifts (system, operation, pointer, kind, count, first_at, last_at, inquiry_id) "
        "VALUES (:system, :operation, :pointer, :kind, :count, :at, :at, :inquiry_id) "
        "ON CONFLICT (system, operation, pointer, kind) DO UPDATE SET "
        "count = drifts.count + excluded.count, last_at = excluded.last_at, inquiry_id = excluded.inquiry_id"
    ).bindparams(
        *(bindparam(name, type_=Text()) for name in ("system", "operation", "pointer", "kind", "inquiry_id")),
        bindparam("count", type_=Integer()),
        bindparam("at", type_=Instant()),
    )
)


def record(
    t: Transaction, *, system: str, operation: str, pointer: str, kind: str, count: int, inquiry_id: str, at: datetime
) -> None:
    """Count a difference `count` times more."""
    _RECORD.count(
        t,
        {
            "system": system,
            "operation": operation,
            "pointer": pointer,
            "kind": kind,
            "count": count,
            "at": at,
            "inquiry_id": inquiry_id,
        },
    )


def every(t: Transaction, system: str | None = None) -> list[DriftRecord]:
    """Return all differences (of one system), the newest first."""
    query = select(*_COLUMNS).order_by(drifts.c.last_at.desc(), drifts.c.pointer)
    if system is not None:
        query = query.where(drifts.c.system == system)
    return [DriftRecord(*row) for row in t.execute(query)]


def sealed_sample(t: Transaction, inquiry_id: str) -> tuple[bytes, bytes] | None:
    """The sealed sample of an inquiry's last attempt that kept one, and the wrapped key; None once it is erased."""
    query = (
        select(attempts.c.sample_sealed, subjects.c.wrapped_key)
        .join(inquiries, inquiries.c.id == attempts.c.inquiry_id)
        .join(subjects, subjects.c.id == inquiries.c.subject_id)
        .where(attempts.c.inquiry_id == inquiry_id, attempts.c.sample_sealed.is_not(None))
        .order_by(attempts.c.id.desc())
        .limit(1)
    )
    row = t.execute(query).one_or_none()
    return None if row is None or row.wrapped_key is None else (row.sample_sealed, row.wrapped_key)
