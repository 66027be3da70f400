"""What becomes of a published need (Setad): offers, the award, the contract that follows it."""

from typing import Annotated

from pydantic import Field

from mappings.canonical.record import Record, described, named
from mappings.values import (
    Count,
    Instant,
    IsoDate,
    LegalId,
    Line,
    NationalId,
    NoticeNumber,
    PageNumber,
    Paragraph,
    Reference,
    Rial,
)

_NEED = named("شماره نیاز", "Need number")
_OFFER = named("شماره پیشنهاد", "Offer number")


class OfferQuery(Record):
    """Asks for the offers to a need of one's own."""

    model_config = described("پیگیری پیشنهادها", "Offer query", {"need_number": "1105000001000001", "page": 1})

    need_number: Annotated[NoticeNumber, _NEED]
    page: Annotated[PageNumber, named("صفحه", "Page")] = 1


class Offer(Record):
    """One offer to a need. `qualified` is unknown (null) while nobody has looked at it."""

    model_config = described(
        "پیشنهاد",
        "Offer",
        {
            "number": "1",
            "bidder_name": "شرکت نمونه",
            "bidder_legal_id": "99900000010",
            "price_rial": 1200000000,
            "submitted_at": "2026-08-20T10:00:00+03:30",
            "qualified": True,
        },
    )

    number: Annotated[Reference, _OFFER]
    bidder_name: Annotated[Line, named("نام پیشنهاددهنده", "Bidder's name")]
    bidder_legal_id: Annotated[LegalId | None, named("شناسه ملی پیشنهاددهنده", "Bidder's legal ID")] = None
    bidder_national_id: Annotated[NationalId | None, named("کد ملی پیشنهاددهنده", "Bidder's national ID")] = None
    price_rial: Annotated[Rial, named("مبلغ (ریال)", "Price (rial)")]
    submitted_at: Annotated[Instant, named("زمان ارسال", "Submitted at")]
    qualified: Annotated[bool | None, named("واجد شرایط", "Qualified")] = None


class OfferPage(Record):
    """One page of the offers to a need."""

    model_config = described(
        "صفحه پیشنهادها",
        "Page of offers",
        {"need_number": "1105000001000001", "total": 0, "pages": 0, "page": 1, "offers": []},
    )

    need_number: Annotated[NoticeNumber, _NEED]
    total: Annotated[Count, named("تعداد کل", "Total")]
    pages: Annotated[Count, named("تعداد صفحه", "Pages")]
    page: Annotated[PageNumber, named("صفحه", "Page")]
    offers: Annotated[list[Offer], named("پیشنهادها", "Offers")]


class Award(Record):
    """The buyer chooses an offer, and says why."""

    model_config = described(
        "تعیین برنده",
        "Award",
        {
            "need_number": "1105000001000001",
            "offer_number": "1",
            "decided_on": "2026-08-20",
            "reason": "کمترین قیمت",
        },
    )

    need_number: Annotated[NoticeNumber, _NEED]
    offer_number: Annotated[Reference, _OFFER]
    decided_on: Annotated[IsoDate, named("تاریخ تصمیم", "Decided on")]
    reason: Annotated[Paragraph, Field(min_length=1), named("دلیل", "Reason")]


class AwardReceipt(Record):
    """An award is recorded. A contract must be registered until `contract_due_on`."""

    model_config = described(
        "رسید تعیین برنده",
        "Award receipt",
        {
            "need_number": "1105000001000001",
            "award_number": "0105000001000001",
            "awarded_at": "2026-08-20T10:00:00+03:30",
            "contract_due_on": "2026-08-27",
        },
    )

    need_number: Annotated[NoticeNumber, _NEED]
    award_number: Annotated[NoticeNumber, named("شماره ابلاغ", "Award number")]
    awarded_at: Annotated[Instant, named("زمان تعیین", "Awarded at")]
    contract_due_on: Annotated[IsoDate | None, named("مهلت قرارداد", "Contract due on")] = None


class ContractReceipt(Record):
    """A contract is registered under a number of the far side's."""

    model_config = described(
        "رسید قرارداد",
        "Contract receipt",
        {
            "need_number": "1105000001000001",
            "receipt_number": "0205000001000001",
            "registered_at": "2026-08-20T10:00:00+03:30",
        },
    )

    need_number: Annotated[NoticeNumber, _NEED]
    receipt_number: Annotated[NoticeNumber, named("شماره ثبت", "Registration number")]
    registered_at: Annotated[Instant, named("زمان ثبت", "Registered at")]
