"""Natural persons as the civil registry knows them."""

from typing import Annotated, Literal

from mappings.canonical.record import Record, described, named
from mappings.values import IsoDate, Line, NationalId


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
