"""Business permits and the decisions about them (national permit portal)."""

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
    Mobile,
    NationalId,
    PageNumber,
    Paragraph,
    PermitRequestNumber,
    PostalCode,
    Reference,
    RenovationCode,
    refusal,
)

_REQUEST = named("شماره درخواست", "Request number")
_STATE = named("وضعیت", "State")
_DECIDED = named("تاریخ تصمیم", "Decided on")


class PermitSearch(Record):
    """What is looked for among the published permits."""

    model_config = described("جست‌وجوی مجوز", "Permit search", {"title": "پروانه ساختمانی", "page": 1})

    title: Annotated[Line | None, named("عنوان مجوز", "Permit title")] = None
    applicant_name: Annotated[Line | None, named("نام متقاضی", "Applicant's name")] = None
    issued_from: Annotated[IsoDate | None, named("صدور از", "Issued from")] = None
    issued_to: Annotated[IsoDate | None, named("صدور تا", "Issued to")] = None
    province_code: Annotated[Reference | None, named("کد استان", "Province code")] = None
    township_code: Annotated[Reference | None, named("کد شهرستان", "Township code")] = None
    page: Annotated[PageNumber, named("صفحه", "Page")] = 1


class PermitSummary(Record):
    """One line of a list of permits."""

    model_config = described(
        "خلاصه مجوز",
        "Permit summary",
        {
            "request_number": "12345678",
            "applicant_name": "شرکت نمونه",
            "title": "پروانه ساختمانی",
            "organisation": "شهرداری نمونه",
            "province": "تهران",
            "township": "تهران",
            "state": "approved",
        },
    )

    request_number: Annotated[Reference, _REQUEST]
    applicant_name: Annotated[Line, named("نام متقاضی", "Applicant's name")]
    title: Annotated[Line, named("عنوان", "Title")]
    organisation: Annotated[Line, named("دستگاه", "Organisation")]
    province: Annotated[Line, named("استان", "Province")]
    township: Annotated[Line, named("شهرستان", "Township")]
    decided_on: Annotated[IsoDate | None, _DECIDED] = None
    state: Annotated[Line, _STATE]


class PermitPage(Record):
    """One page of a list of permits."""

    model_config = described("صفحه مجوزها", "Page of permits", {"total": 0, "page": 1, "per_page": 21, "permits": []})

    total: Annotated[Count, named("تعداد کل", "Total")]
    page: Annotated[PageNumber, named("صفحه", "Page")]
    per_page: Annotated[PageNumber, named("در هر صفحه", "Per page")]
    permits: Annotated[list[PermitSummary], named("مجوزها", "Permits")]


class PermitQuery(Record):
    """One permit, by its request number."""

    model_config = described("استعلام مجوز", "Permit query", {"request_number": "12345678"})

    request_number: Annotated[Reference, _REQUEST]


class PermitEvent(Record):
    """What happened to a permit once."""

    model_config = described(
        "رویداد مجوز",
        "Permit event",
        {"operation": "بررسی", "reasons": [], "at": "2026-08-20T10:00:00+03:30", "state": "under_review"},
    )

    operation: Annotated[Line, named("عملیات", "Operation")]
    reasons: Annotated[list[Line], named("دلایل", "Reasons")]
    at: Annotated[Instant, named("زمان", "Time")]
    state: Annotated[Line, _STATE]


class Permit(Record):
    """A permit with its history."""

    model_config = described(
        "مجوز",
        "Permit",
        {
            "request_number": "12345678",
            "title": "پروانه ساختمانی",
            "organisation": "شهرداری نمونه",
            "state": "approved",
            "history": [],
            "notes": [],
        },
    )

    request_number: Annotated[Reference, _REQUEST]
    title: Annotated[Line, named("عنوان", "Title")]
    organisation: Annotated[Line, named("دستگاه", "Organisation")]
    isic_code: Annotated[Line | None, named("کد آیسیک", "ISIC code")] = None
    issue_type: Annotated[Line | None, named("نوع صدور", "Issue type")] = None
    decided_on: Annotated[IsoDate | None, _DECIDED] = None
    expires_on: Annotated[IsoDate | None, named("تاریخ انقضا", "Expires on")] = None
    state: Annotated[Line, _STATE]
    applicant_name: Annotated[Line | None, named("نام متقاضی", "Applicant's name")] = None
    location: Annotated[Line | None, named("نشانی", "Location")] = None
    history: Annotated[list[PermitEvent], named("تاریخچه", "History")]
    notes: Annotated[list[Paragraph], named("یادداشت‌ها", "Notes")]


class PermitRequest(Record):
    """A request for a permit that reached the municipality as its issuer. Past `deadline`, silence issues it."""

    model_config = described(
        "درخواست مجوز",
        "Permit request",
        {
            "request_number": "12345678",
            "title": "پروانه ساختمانی",
            "applicant_name": "متقاضی نمونه",
            "applicant_national_id": "9990000018",
            "operation": "issue",
            "submitted_at": "2026-08-20T10:00:00+03:30",
            "deadline": "2026-09-20",
            "renovation_code": "1-10-84-1-16-2-0",
            "documents": [],
        },
    )

    request_number: Annotated[PermitRequestNumber, _REQUEST]
    title: Annotated[Line, named("عنوان", "Title")]
    permit_code: Annotated[Reference | None, named("کد مجوز", "Permit code")] = None
    isic_code: Annotated[Line | None, named("کد آیسیک", "ISIC code")] = None
    applicant_name: Annotated[Line, named("نام متقاضی", "Applicant's name")]
    applicant_national_id: Annotated[NationalId | None, named("کد ملی متقاضی", "Applicant's national ID")] = None
    applicant_legal_id: Annotated[LegalId | None, named("شناسه ملی متقاضی", "Applicant's legal ID")] = None
    mobile: Annotated[Mobile | None, named("شماره همراه", "Mobile")] = None
    operation: Annotated[Literal["issue", "renew", "revoke", "revive"], named("نوع درخواست", "What is asked for")]
    submitted_at: Annotated[Instant, named("زمان ثبت", "Submitted at")]
    deadline: Annotated[IsoDate | None, named("مهلت قانونی", "Deadline by law")] = None
    renovation_code: Annotated[RenovationCode | None, named("کد نوسازی", "Renovation code")] = None
    postal_code: Annotated[PostalCode | None, named("کد پستی", "Postal code")] = None
    documents: Annotated[list[Document], named("مدارک", "Documents")] = Field(default_factory=list)


class PermitDecision(Record):
    """The issuer's decision. A rejection quotes an approved condition; a refusal of any kind gives its reason."""

    model_config = described(
        "تصمیم درباره مجوز",
        "Permit decision",
        {
            "request_number": "12345678",
            "decision": "approved",
            "decided_at": "2026-08-20T10:00:00+03:30",
            "permit_number": "1405-1",
        },
    )

    request_number: Annotated[Reference, _REQUEST]
    decision: Annotated[
        Literal["under_review", "defect", "approved", "rejected", "revoked"], named("تصمیم", "Decision")
    ]
    condition_number: Annotated[Reference | None, named("شماره شرط مصوب", "Number of the approved condition")] = None
    reason: Annotated[Paragraph | None, Field(min_length=1), named("دلیل", "Reason")] = None
    decided_at: Annotated[Instant, named("زمان تصمیم", "Decided at")]
    permit_number: Annotated[Reference | None, named("شماره مجوز", "Permit number")] = None
    valid_until: Annotated[IsoDate | None, named("معتبر تا", "Valid until")] = None

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.decision == "rejected" and self.condition_number is None:
            raise refusal(
                "permit_decision.condition_number",
                "a rejection must quote the number of an approved condition",
                "رد درخواست باید شماره یکی از شروط مصوب را بیاورد",
                pointer="/condition_number",
            )
        if self.decision in {"rejected", "revoked", "defect"} and self.reason is None:
            raise refusal(
                "permit_decision.reason",
                f"{self.decision} needs a reason",
                "این تصمیم بدون دلیل پذیرفته نیست",
                pointer="/reason",
            )
        return self


class DecisionReceipt(Record):
    """The portal's word that it has recorded a decision."""

    model_config = described(
        "رسید تصمیم",
        "Decision receipt",
        {
            "request_number": "12345678",
            "receipt_number": "R-1",
            "state": "approved",
            "recorded_at": "2026-08-20T10:00:01+03:30",
        },
    )

    request_number: Annotated[Reference, _REQUEST]
    receipt_number: Annotated[Reference, named("شماره رسید", "Receipt number")]
    state: Annotated[Line, _STATE]
    recorded_at: Annotated[Instant, named("زمان ثبت", "Recorded at")]


class DecisionQuery(Record):
    """Asks whether a decision reached the portal, by the reference it was sent with."""

    model_config = described("پیگیری تصمیم", "Decision query", {"reference": "0190-1"})

    reference: Annotated[Reference, named("شماره ارجاع", "Reference")]
