"""Public tenders and needs (Setad)."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mappings.canonical.documents import Document
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
    RenovationCode,
    Rial,
    Sheba,
    refusal,
)

_KIND = named("نوع", "Kind")


class NoticeSearch(Record):
    """What is looked for among the published notices."""

    model_config = described("جست‌وجوی آگهی", "Notice search", {"text": "آسفالت", "kind": "goods", "page": 1})

    text: Annotated[Line | None, named("متن", "Text")] = None
    kind: Annotated[Literal["goods", "services"] | None, _KIND] = None
    city_code: Annotated[Reference | None, named("کد شهر", "City code")] = None
    page: Annotated[PageNumber, named("صفحه", "Page")] = 1
    page_size: Annotated[int, Field(ge=1, le=10), named("اندازه صفحه", "Page size")] = 10


class Notice(Record):
    """One published notice. `emergency` is unknown (null) where the source says neither yes nor no."""

    model_config = described(
        "آگهی",
        "Notice",
        {
            "number": "2005000001000001",
            "title": "خرید آسفالت",
            "organisation": "شهرداری نمونه",
            "kind": "goods",
            "offers_deadline": "2026-08-20T10:00:00+03:30",
            "base_price_rial": 1250000,
        },
    )

    number: Annotated[NoticeNumber, named("شماره آگهی", "Notice number")]
    title: Annotated[Line, named("عنوان", "Title")]
    organisation: Annotated[Line, named("دستگاه", "Organisation")]
    kind: Annotated[Literal["goods", "services"], _KIND]
    province: Annotated[Line | None, named("استان", "Province")] = None
    city: Annotated[Line | None, named("شهر", "City")] = None
    documents_deadline: Annotated[Instant | None, named("مهلت دریافت اسناد", "Documents until")] = None
    offers_deadline: Annotated[Instant | None, named("مهلت ارسال پیشنهاد", "Offers until")] = None
    base_price_rial: Annotated[Rial | None, named("برآورد (ریال)", "Base price (rial)")] = None
    emergency: Annotated[bool | None, named("فوری", "Emergency")] = None


class NoticePage(Record):
    """One page of notices."""

    model_config = described("صفحه آگهی‌ها", "Page of notices", {"total": 0, "pages": 0, "page": 1, "notices": []})

    total: Annotated[Count, named("تعداد کل", "Total")]
    pages: Annotated[Count, named("تعداد صفحه", "Pages")]
    page: Annotated[PageNumber, named("صفحه", "Page")]
    notices: Annotated[list[Notice], named("آگهی‌ها", "Notices")]


class Need(Record):
    """What the municipality wants to buy."""

    model_config = described(
        "نیاز",
        "Need",
        {
            "title": "خرید آسفالت",
            "kind": "goods",
            "description": "آسفالت گرم برای لکه‌گیری",
            "quantity": 100,
            "unit": "تن",
            "budget_rial": 1250000000,
            "deadline": "2026-08-20T10:00:00+03:30",
            "organisation_legal_id": "99900000010",
        },
    )

    title: Annotated[Line, named("عنوان", "Title")]
    kind: Annotated[Literal["goods", "services"], _KIND]
    description: Annotated[Paragraph, named("شرح", "Description")]
    quantity: Annotated[int, Field(ge=1), named("مقدار", "Quantity")]
    unit: Annotated[Line, named("واحد", "Unit")]
    budget_rial: Annotated[Rial, named("بودجه (ریال)", "Budget (rial)")]
    deadline: Annotated[Instant, named("مهلت", "Deadline")]
    organisation_legal_id: Annotated[LegalId, named("شناسه ملی دستگاه", "Organisation's legal ID")]
    renovation_code: Annotated[RenovationCode | None, named("کد نوسازی", "Renovation code")] = None


class NeedReceipt(Record):
    """The number under which a need was published."""

    model_config = described(
        "رسید نیاز",
        "Need receipt",
        {"need_number": "1105000001000001", "published_at": "2026-08-20T10:00:00+03:30"},
    )

    need_number: Annotated[NoticeNumber, named("شماره نیاز", "Need number")]
    published_at: Annotated[Instant, named("زمان انتشار", "Published at")]


class NeedQuery(Record):
    """Asks whether a need was published, by the reference it was sent with."""

    model_config = described("پیگیری نیاز", "Need query", {"reference": "0190-1"})

    reference: Annotated[Reference, named("شماره ارجاع", "Reference")]


class Tender(Record):
    """A tender with what a bidder needs to know. A notice is the line it has in a list."""

    model_config = described(
        "مناقصه",
        "Tender",
        {
            "number": "2005000001000001",
            "title": "خرید آسفالت",
            "organisation": "شهرداری نمونه",
            "organisation_legal_id": "99900000010",
            "kind": "goods",
            "method": "one_stage",
            "base_price_rial": 1250000000,
            "guarantee_rial": 62500000,
            "offers_deadline": "2026-08-20T10:00:00+03:30",
        },
    )

    number: Annotated[NoticeNumber, named("شماره فراخوان", "Tender number")]
    title: Annotated[Line, named("عنوان", "Title")]
    organisation: Annotated[Line, named("دستگاه", "Organisation")]
    organisation_legal_id: Annotated[LegalId | None, named("شناسه ملی دستگاه", "Organisation's legal ID")] = None
    kind: Annotated[Literal["goods", "services"], _KIND]
    method: Annotated[Literal["one_stage", "two_stage", "inquiry", "auction"] | None, named("روش", "Method")] = None
    base_price_rial: Annotated[Rial | None, named("برآورد (ریال)", "Base price (rial)")] = None
    guarantee_rial: Annotated[Rial | None, named("تضمین (ریال)", "Guarantee (rial)")] = None
    documents_deadline: Annotated[Instant | None, named("مهلت دریافت اسناد", "Documents until")] = None
    offers_deadline: Annotated[Instant, named("مهلت ارسال پیشنهاد", "Offers until")]
    opened_at: Annotated[Instant | None, named("زمان بازگشایی", "Opened at")] = None
    documents: Annotated[list[Document], named("اسناد", "Documents")] = Field(default_factory=list)


class Contract(Record):
    """What a tender or a need led to: who, how much, from when to when."""

    model_config = described(
        "قرارداد",
        "Contract",
        {
            "number": "1405/م/12",
            "notice_number": "2005000001000001",
            "title": "خرید آسفالت",
            "contractor_name": "شرکت نمونه",
            "contractor_legal_id": "99900000024",
            "amount_rial": 1200000000,
            "signed_on": "2026-08-25",
            "starts_on": "2026-08-26",
            "ends_on": "2027-08-25",
        },
    )

    number: Annotated[Reference, named("شماره قرارداد", "Contract number")]
    notice_number: Annotated[NoticeNumber | None, named("شماره فراخوان یا نیاز", "Notice number")] = None
    title: Annotated[Line, named("موضوع", "Subject")]
    contractor_name: Annotated[Line, named("نام پیمانکار", "Contractor's name")]
    contractor_legal_id: Annotated[LegalId | None, named("شناسه ملی پیمانکار", "Contractor's legal ID")] = None
    contractor_national_id: Annotated[NationalId | None, named("کد ملی پیمانکار", "Contractor's national ID")] = None
    sheba: Annotated[Sheba | None, named("شماره شبا", "Sheba")] = None
    amount_rial: Annotated[Rial, named("مبلغ (ریال)", "Amount (rial)")]
    signed_on: Annotated[IsoDate, named("تاریخ امضا", "Signed on")]
    starts_on: Annotated[IsoDate | None, named("تاریخ شروع", "Starts on")] = None
    ends_on: Annotated[IsoDate | None, named("تاریخ پایان", "Ends on")] = None
    documents: Annotated[list[Document], named("مدارک", "Documents")] = Field(default_factory=list)

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.starts_on is not None and self.ends_on is not None and self.ends_on < self.starts_on:
            raise refusal(
                "contract.ends_on",
                "a contract cannot end before it starts",
                "تاریخ پایان پیش از تاریخ شروع است",
                pointer="/ends_on",
            )
        return self
