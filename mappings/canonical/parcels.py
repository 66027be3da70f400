"""Land: parcels, their geometry, and answers to article-6 inquiries (land single window)."""

import math
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from mappings.canonical.record import Record, described, named
from mappings.values import (
    Area,
    Instant,
    IsoDate,
    Line,
    Paragraph,
    PlaqueNumber,
    PostalCode,
    Reference,
    RenovationCode,
    refusal,
)

_PLAQUE = named("پلاک", "Plaque")
_LEVELS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}


class Plaque(Record):
    """A registration plaque: main number and secondary number, "0" where there is none, and where it is registered.

    A *remaining* flag says that the number is what was left of a plaque (باقیمانده) after parts were taken off it.
    """

    model_config = described(
        "پلاک ثبتی", "Plaque", {"main": "123", "secondary": "45", "part": "2", "district": "0", "unit": "1001"}
    )

    main: Annotated[PlaqueNumber, named("اصلی", "Main")]
    secondary: Annotated[PlaqueNumber, named("فرعی", "Secondary")] = "0"
    part: Annotated[Reference | None, named("بخش", "Part")] = None
    district: Annotated[Reference | None, named("ناحیه", "District")] = None
    unit: Annotated[Reference | None, named("واحد ثبتی", "Registry unit")] = None
    main_remaining: Annotated[bool | None, named("اصلی باقیمانده", "Main number remaining")] = None
    secondary_remaining: Annotated[bool | None, named("فرعی باقیمانده", "Secondary number remaining")] = None


class ParcelQuery(Record):
    """One parcel, by registry unit, section, subsection and plaque."""

    model_config = described(
        "استعلام قطعه زمین",
        "Parcel query",
        {"unit_id": "1001", "section_code": "2", "subsection_code": "0", "plaque": {"main": "123", "secondary": "45"}},
    )

    unit_id: Annotated[Reference, named("واحد ثبتی", "Registry unit")]
    section_code: Annotated[Reference, named("بخش", "Section")]
    subsection_code: Annotated[Reference, named("ناحیه", "Subsection")]
    plaque: Annotated[Plaque, _PLAQUE]


def _coordinates_fit(value: Any, level: int) -> bool:
    if not isinstance(value, list):
        return False
    if level == 0:
        return 2 <= len(value) <= 3 and all(  # noqa: PLR2004 - longitude, latitude, maybe height (RFC 7946 §3.1.1)
            isinstance(number, int | float) and not isinstance(number, bool) and math.isfinite(number)
            for number in value
        )
    return all(_coordinates_fit(item, level - 1) for item in value)


def _is_nested(value: list[Any]) -> list[Any]:
    if any(_coordinates_fit(value, level) for level in range(4)):
        return value
    raise refusal("geometry.coordinates", "coordinates must be nested lists of numbers", "مختصات باید فهرست عدد باشد")


class Geometry(Record):
    """A GeoJSON geometry (RFC 7946) in WGS84, longitude before latitude. Coordinates are JSON numbers."""

    model_config = described("شکل هندسی", "Geometry", {"type": "Point", "coordinates": [51.4, 35.7]})

    type: Annotated[
        Literal["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"],
        named("نوع", "Type"),
    ]
    coordinates: Annotated[list[Any], AfterValidator(_is_nested), named("مختصات", "Coordinates")]

    @model_validator(mode="after")
    def _levels_fit(self) -> Self:
        if not _coordinates_fit(self.coordinates, _LEVELS[self.type]):
            raise refusal(
                "geometry.type",
                f"the coordinates are not those of a {self.type}",
                "مختصات با نوع شکل نمی‌خواند",
                pointer="/coordinates",
            )
        return self


class ParcelGeometry(Record):
    """Where a parcel lies."""

    model_config = described(
        "هندسه قطعه زمین",
        "Parcel geometry",
        {"plaque": {"main": "123", "secondary": "45"}, "geometry": {"type": "Point", "coordinates": [51.4, 35.7]}},
    )

    plaque: Annotated[Plaque, _PLAQUE]
    geometry: Annotated[Geometry, named("شکل", "Geometry")]


class Parcel(Record):
    """A piece of land with everything that names it: plaque, renovation code, address, shape, size."""

    model_config = described(
        "ملک",
        "Parcel",
        {
            "plaque": {"main": "84", "secondary": "16", "part": "2", "district": "0", "unit": "1001"},
            "renovation_code": "1-10-84-1-16-2-0",
            "municipal_district": "1",
            "postal_code": "1619735744",
            "geometry": {"type": "Point", "coordinates": [51.4, 35.7]},
            "area_m2": "250.50",
        },
    )

    plaque: Annotated[Plaque | None, _PLAQUE] = None
    renovation_code: Annotated[RenovationCode | None, named("کد نوسازی", "Renovation code")] = None
    province_code: Annotated[Reference | None, named("کد استان", "Province code")] = None
    county_code: Annotated[Reference | None, named("کد شهرستان", "County code")] = None
    municipal_district: Annotated[Reference | None, named("منطقه شهرداری", "Municipal district")] = None
    postal_code: Annotated[PostalCode | None, named("کد پستی", "Postal code")] = None
    geometry: Annotated[Geometry | None, named("شکل", "Geometry")] = None
    area_m2: Annotated[Area | None, named("مساحت (متر مربع)", "Area (m²)")] = None
    use: Annotated[Line | None, named("کاربری", "Land use")] = None

    @model_validator(mode="after")
    def _is_named(self) -> Self:
        if self.plaque is None and self.renovation_code is None and self.geometry is None:
            raise refusal(
                "parcel.unnamed",
                "a parcel is named by a plaque, a renovation code or a geometry",
                "ملک با پلاک ثبتی، کد نوسازی یا شکل آن شناخته می‌شود",
            )
        return self


class ArticleSixAnswer(Record):
    """The municipality's answer to an article-6 inquiry. An opposition names its reason by code and title."""

    model_config = described(
        "پاسخ استعلام ماده ۶",
        "Answer to an article-6 inquiry",
        {
            "request_number": "140500100001",
            "organ_code": "77",
            "response": "agree",
            "responded_on": "2026-08-20",
            "letter_number": "1405/100",
        },
    )

    request_number: Annotated[Reference, named("شماره درخواست", "Request number")]
    organ_code: Annotated[Reference, named("کد دستگاه", "Organ code")]
    response: Annotated[Literal["agree", "oppose"], named("پاسخ", "Response")]
    responded_on: Annotated[IsoDate, named("تاریخ پاسخ", "Responded on")]
    letter_number: Annotated[Reference, named("شماره نامه", "Letter number")]
    description: Annotated[Paragraph | None, named("توضیح", "Description")] = None
    opposition_code: Annotated[Reference | None, named("کد دلیل مخالفت", "Opposition code")] = None
    opposition_title: Annotated[Line | None, Field(min_length=1), named("عنوان دلیل مخالفت", "Opposition title")] = None
    map_url: Annotated[Line | None, named("نشانی نقشه", "Map address")] = None

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.response == "oppose":
            for field in ("opposition_code", "opposition_title"):
                if getattr(self, field) is None:
                    raise refusal(
                        f"article_six.{field}",
                        f"an opposition needs {field}",
                        "مخالفت بدون کد و عنوان دلیل پذیرفته نیست",
                        pointer=f"/{field}",
                    )
        return self


class Acknowledgement(Record):
    """The far side has recorded what was sent, under this reference."""

    model_config = described("تأیید دریافت", "Acknowledgement", {"reference": "140500100001"})

    reference: Annotated[Reference, named("شماره پیگیری", "Reference")]
    recorded_at: Annotated[Instant | None, named("زمان ثبت", "Recorded at")] = None
