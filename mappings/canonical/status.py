"""Where a case stands, in the hub's own words."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from mappings.canonical.record import Record, described, named
from mappings.values import Count, Instant, Line, Paragraph, Reference


class Stage(StrEnum):
    """The stages of a case, whatever the system that reports them calls them."""

    OPENED = "opened"
    SUBMITTED = "submitted"
    ROUTED = "routed"
    UNDER_REVIEW = "under_review"
    AWAITING_APPLICANT = "awaiting_applicant"
    APPROVED = "approved"
    REJECTED = "rejected"
    ISSUED = "issued"
    AUTO_ISSUED = "auto_issued"
    REVOKED = "revoked"
    EXPIRED = "expired"
    ANSWERED = "answered"
    OPPOSED = "opposed"
    PAID = "paid"
    DELIVERED = "delivered"
    CLOSED = "closed"


class StatusUpdate(Record):
    """What an outside system says about a case. `also` are other numbers of it, for where `reference` is unknown."""

    model_config = described(
        "تغییر وضعیت",
        "Status update",
        {
            "reference": "12345678",
            "stage": "under_review",
            "title_fa": "در حال بررسی",
            "title_en": "Under review",
            "detail": {},
        },
    )

    reference: Annotated[Reference, named("شماره پیگیری", "Reference")]
    also: Annotated[list[Reference] | None, named("شماره‌های دیگر", "Other numbers")] = None
    stage: Annotated[Stage, named("مرحله", "Stage")]
    title_fa: Annotated[Line, named("عنوان فارسی", "Persian title")]
    title_en: Annotated[Line, named("عنوان انگلیسی", "English title")]
    occurred_at: Annotated[Instant | None, named("زمان رویداد", "Occurred at")] = None
    sequence: Annotated[Count | None, named("شماره ترتیب", "Sequence")] = None
    detail: Annotated[dict[str, Paragraph], named("جزئیات", "Detail")] = Field(default_factory=dict)


class PortalReply(Record):
    """What a portal that speaks in its own words is told: its own code, a text, our tracking code if there is one."""

    model_config = described("پاسخ به درگاه", "Reply to a portal", {"code": "1", "text": "ثبت شد"})

    code: Annotated[Line, named("کد", "Code")]
    text: Annotated[Paragraph, named("متن", "Text")]
    reference: Annotated[Reference | None, named("کد رهگیری", "Tracking code")] = None
