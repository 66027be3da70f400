"""Electronic documents, and a person's consent that data about them be asked for."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mappings.canonical.record import Record, described, named
from mappings.values import Count, Instant, IsoDate, LegalId, Line, NationalId, Reference, Sha256, refusal


class Document(Record):
    """An electronic document: what it is, and the digest by which it is known. The bytes travel elsewhere."""

    model_config = described(
        "سند",
        "Document",
        {
            "number": "1405/100",
            "title": "سند مالکیت",
            "issued_on": "2026-08-20",
            "media_type": "application/pdf",
            "size": 1024,
            "sha256": "0" * 64,
        },
    )

    number: Annotated[Reference | None, named("شماره سند", "Document number")] = None
    title: Annotated[Line, Field(min_length=1), named("عنوان", "Title")]
    kind: Annotated[Line | None, named("نوع سند", "Kind")] = None
    issuer: Annotated[Line | None, named("صادرکننده", "Issuer")] = None
    issued_on: Annotated[IsoDate | None, named("تاریخ صدور", "Issued on")] = None
    media_type: Annotated[
        str | None, Field(pattern=r"^[a-z]+/[a-z0-9.+-]{1,100}$"), named("نوع پرونده", "Media type")
    ] = None
    size: Annotated[Count | None, named("اندازه (بایت)", "Size (bytes)")] = None
    sha256: Annotated[Sha256 | None, named("چکیده SHA-256", "SHA-256 digest")] = None


class Consent(Record):
    """A person's consent that data be asked for: whose data, which, for what, by whom, until when."""

    model_config = described(
        "رضایت",
        "Consent",
        {
            "reference": "C-1",
            "national_id": "9990000018",
            "scopes": ["identity"],
            "purpose": "صدور پروانه ساختمانی",
            "given_to": "شهرداری نمونه",
            "assurance": 2,
            "state": "given",
            "given_at": "2026-08-20T10:00:00+03:30",
            "expires_at": "2026-08-21T10:00:00+03:30",
        },
    )

    reference: Annotated[Reference, named("شماره رضایت", "Consent number")]
    national_id: Annotated[NationalId | None, named("کد ملی", "National ID")] = None
    legal_id: Annotated[LegalId | None, named("شناسه ملی", "Legal ID")] = None
    scopes: Annotated[list[Line], Field(min_length=1), named("داده‌ها", "What it covers")]
    purpose: Annotated[Line, named("منظور", "Purpose")]
    given_to: Annotated[Line, named("گیرنده", "Given to")]
    assurance: Annotated[int | None, Field(ge=1, le=4), named("سطح اطمینان", "Level of assurance")] = None
    state: Annotated[Literal["asked", "given", "refused", "withdrawn", "expired"], named("وضعیت", "State")]
    given_at: Annotated[Instant | None, named("زمان رضایت", "Given at")] = None
    expires_at: Annotated[Instant | None, named("اعتبار تا", "Expires at")] = None

    @model_validator(mode="after")
    def _is_somebodys(self) -> Self:
        if (self.national_id is None) == (self.legal_id is None):
            raise refusal(
                "consent.subject",
                "a consent is of one natural or one legal person",
                "رضایت از آن یک شخص حقیقی یا یک شخص حقوقی است",
            )
        if self.state == "given" and self.given_at is None:
            raise refusal(
                "consent.given_at",
                "a consent that is given says when",
                "رضایت داده‌شده زمان دارد",
                pointer="/given_at",
            )
        return self
