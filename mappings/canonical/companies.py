"""Legal persons as the registers of companies know them."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from mappings.canonical.record import Record, described, named
from mappings.values import IsoDate, LegalId, Line, Paragraph, Reference, refusal


class CompanyQuery(Record):
    """Which legal person is asked about: by its legal ID, or by name where it has none."""

    model_config = described("استعلام شخص حقوقی", "Company query", {"legal_id": "99900000010"})

    legal_id: Annotated[LegalId | None, named("شناسه ملی", "Legal ID")] = None
    name: Annotated[Line | None, Field(min_length=1), named("نام", "Name")] = None

    @model_validator(mode="after")
    def _asks_about_somebody(self) -> Self:
        if self.legal_id is None and self.name is None:
            raise refusal(
                "company_query.legal_id",
                "a legal ID or a name is needed",
                "شناسه ملی یا نام شخص حقوقی لازم است",
                pointer="/legal_id",
            )
        return self


class CodedTitle(Record):
    """A value of the register's own lists."""

    model_config = described("عنوان کددار", "Coded title", {"code": "1", "title": "سهامی خاص"})

    code: Annotated[Reference | None, named("کد", "Code")] = None
    title: Annotated[Line, named("عنوان", "Title")]


class CompanyMember(Record):
    """A person or body with a post in the company. The identifier is whatever the register wrote."""

    model_config = described("سمت‌دار", "Company member", {"name": "سارا آزمایشی", "position": "مدیرعامل"})

    name: Annotated[Line, named("نام", "Name")]
    identifier: Annotated[Reference | None, named("شناسه", "Identifier")] = None
    position: Annotated[Line | None, named("سمت", "Position")] = None
    starts_on: Annotated[IsoDate | None, named("آغاز", "Starts on")] = None
    ends_on: Annotated[IsoDate | None, named("پایان", "Ends on")] = None


class Company(Record):
    """A legal person. Some bodies have a registration number and no legal ID; unknown flags are absent."""

    model_config = described(
        "شخص حقوقی",
        "Legal person",
        {
            "name": "شرکت نمونه",
            "legal_id": "99900000010",
            "registration_number": "12345",
            "registered_on": "2013-11-17",
            "dissolved": False,
        },
    )

    name: Annotated[Line, named("نام", "Name")]
    legal_id: Annotated[LegalId | None, named("شناسه ملی", "Legal ID")] = None
    registration_number: Annotated[Reference | None, named("شماره ثبت", "Registration number")] = None
    registered_on: Annotated[IsoDate | None, named("تاریخ ثبت", "Registered on")] = None
    established_on: Annotated[IsoDate | None, named("تاریخ تأسیس", "Established on")] = None
    postal_code: Annotated[Reference | None, named("کد پستی", "Postal code")] = None
    address: Annotated[Paragraph | None, named("نشانی", "Address")] = None
    residency: Annotated[Line | None, named("اقامتگاه", "Residency")] = None
    unit: Annotated[Line | None, named("واحد ثبتی", "Registry unit")] = None
    kind: Annotated[CodedTitle | None, named("نوع", "Kind")] = None
    state: Annotated[CodedTitle | None, named("وضعیت", "State")] = None
    dissolved: Annotated[bool | None, named("منحل‌شده", "Dissolved")] = None
    settled: Annotated[bool | None, named("ختم تصفیه", "Liquidation ended")] = None
    bankrupt: Annotated[bool | None, named("ورشکسته", "Bankrupt")] = None
    suspended: Annotated[bool | None, named("تعلیق‌شده", "Suspended")] = None
    tax_restricted: Annotated[bool | None, named("محدودیت مالیاتی", "Tax-restricted")] = None
    members: Annotated[list[CompanyMember], named("سمت‌داران", "Members")] = Field(default_factory=list)
