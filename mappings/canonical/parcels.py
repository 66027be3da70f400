"""Land: parcels, their geometry, and answers to article-6 inquiries (land single window)."""

import math
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from mappings.canonical.record import Record, described, named
from mappings.values import Digits, Instant, IsoDate, Line, Paragraph, Reference, refusal

_PLAQUE = named("پلاک", "Plaque")
_LEVELS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}


class Plaque(Record):
    """A registration plaque: main number and secondary number, "0" where there is none."""

    model_config = described("پلاک ثبتی", "Plaque", {"main": "123", "secondary": "45"})

    main: Annotated[Digits, named("اصلی", "Main")]
    secondary: Annotated[Digits, named("فرعی", "Secondary")] = "0"


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
