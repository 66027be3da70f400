"""Natural persons as the civil registry knows them."""

from typing import Annotated, Literal, Self

from pydantic import model_validator

from mappings.canonical.record import Record, described, named
from mappings.values import ForeignId, IsoDate, Line, Mobile, NationalId, Reference, refusal


class IdentityQuery(Record):
    """Who is asked about: a national ID and the birth date that must belong to it."""

    model_config = described(
        "استعلام هویت", "Identity query", {"national_id": "9990000018", "birth_date": "1990-12-13"}
    )

    national_id: Annotated[NationalId, named("کد ملی", "National ID")]
    birth_date: Annotated[IsoDate, named("تاریخ تولد", "Birth date")]


class Person(Record):
    """A natural person."""

    model_config = described(
        "شخص حقیقی",
        "Natural person",
        {
            "national_id": "9990000018",
            "given_name": "نمونه",
            "family_name": "آزمایشی",
            "father_name": "نمونه",
            "birth_date": "1990-12-13",
            "gender": "female",
            "deceased": False,
        },
    )

    national_id: Annotated[NationalId, named("کد ملی", "National ID")]
    given_name: Annotated[Line, named("نام", "Given name")]
    family_name: Annotated[Line, named("نام خانوادگی", "Family name")]
    father_name: Annotated[Line | None, named("نام پدر", "Father's name")] = None
    birth_date: Annotated[IsoDate, named("تاریخ تولد", "Birth date")]
    gender: Annotated[Literal["male", "female"], named("جنسیت", "Gender")]
    deceased: Annotated[bool, named("فوت‌شده", "Deceased")]
    death_date: Annotated[IsoDate | None, named("تاریخ فوت", "Date of death")] = None
    certificate_number: Annotated[Line | None, named("شماره شناسنامه", "Certificate number")] = None
    certificate_series: Annotated[Line | None, named("سری شناسنامه", "Certificate series")] = None
    certificate_serial: Annotated[Line | None, named("سریال شناسنامه", "Certificate serial")] = None
    office_name: Annotated[Line | None, named("محل صدور", "Issuing office")] = None


class Foreigner(Record):
    """A foreign person, known by the number of the authority for foreigners, a passport or a card. Gregorian dates."""

    model_config = described(
        "شخص حقیقی خارجی",
        "Foreign person",
        {
            "foreign_id": "99900000001",
            "given_name": "نمونه",
            "family_name": "آزمایشی",
            "nationality": "AF",
            "birth_date": "1990-12-13",
        },
    )

    foreign_id: Annotated[ForeignId | None, named("شماره فراگیر", "Foreign person's number")] = None
    document_kind: Annotated[
        Literal["passport", "amayesh_card", "refugee_card", "identity_card", "fida"] | None,
        named("نوع مدرک", "Kind of document"),
    ] = None
    document_number: Annotated[Reference | None, named("شماره مدرک", "Document number")] = None
    given_name: Annotated[Line, named("نام", "Given name")]
    family_name: Annotated[Line, named("نام خانوادگی", "Family name")]
    father_name: Annotated[Line | None, named("نام پدر", "Father's name")] = None
    nationality: Annotated[Line | None, named("تابعیت", "Nationality")] = None
    birth_date: Annotated[IsoDate | None, named("تاریخ تولد", "Birth date")] = None
    gender: Annotated[Literal["male", "female"] | None, named("جنسیت", "Gender")] = None
    mobile: Annotated[Mobile | None, named("شماره همراه", "Mobile")] = None
    valid_until: Annotated[IsoDate | None, named("اعتبار مدرک تا", "Document valid until")] = None

    @model_validator(mode="after")
    def _is_known_by_something(self) -> Self:
        if self.foreign_id is None and (self.document_kind is None or self.document_number is None):
            raise refusal(
                "foreigner.unnamed",
                "a foreign person is known by a number, or by the kind and number of a document",
                "شخص خارجی با شماره فراگیر یا با نوع و شماره مدرک شناخته می‌شود",
            )
        return self
