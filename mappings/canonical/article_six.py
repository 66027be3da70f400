"""Article-6 inquiries (land single window): the deeds registry asks, the window routes, an organ answers."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mappings.canonical.parcels import Geometry, Plaque
from mappings.canonical.record import Record, described, named
from mappings.values import (
    Area,
    Count,
    IsoDate,
    LandTrackingCode,
    Line,
    NationalId,
    Paragraph,
    PostalCode,
    Reference,
    refusal,
)

_REQUEST = named("شماره درخواست", "Request number")
_ORGAN = named("کد دستگاه", "Organ code")


class AttachedFile(Record):
    """A file inside a message, its bytes as base64."""

    model_config = described(
        "پرونده پیوست", "Attached file", {"name": "map.zip", "size": 4, "kind": "zip", "content": "UEsDBA=="}
    )

    name: Annotated[Line, named("نام", "Name")]
    size: Annotated[Count, named("اندازه (بایت)", "Size (bytes)")]
    kind: Annotated[Literal["zip"], named("نوع", "Kind")]
    content: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]*={0,2}$", max_length=14_000_000), named("محتوا", "Content")]


class ArticleSixInquiry(Record):
    """The deeds registry asks organs about a parcel that changes hands."""

    model_config = described(
        "استعلام ماده ۶",
        "Article-6 inquiry",
        {
            "registry_tracking_code": "140512300001000001",
            "requested_on": "2026-08-20",
            "province_code": "23",
            "county_code": "01",
            "seller_national_id": "9990000018",
            "buyer_national_id": "9990000026",
            "plaque": {"main": "84", "secondary": "16", "part": "2", "unit": "1001"},
            "organs": ["2101"],
            "geometry": {"type": "Point", "coordinates": [51.4, 35.7]},
        },
    )

    registry_tracking_code: Annotated[LandTrackingCode, named("کد رهگیری ثبت", "Registry's tracking code")]
    requested_on: Annotated[IsoDate, named("تاریخ درخواست", "Requested on")]
    province_code: Annotated[Reference, named("کد استان", "Province code")]
    county_code: Annotated[Reference, named("کد شهرستان", "County code")]
    registry_county_code: Annotated[Reference | None, named("کد شهرستان ثبتی", "Registry's county code")] = None
    seller_national_id: Annotated[NationalId, named("کد ملی فروشنده", "Seller's national ID")]
    buyer_national_id: Annotated[NationalId | None, named("کد ملی خریدار", "Buyer's national ID")] = None
    plaque: Annotated[Plaque, named("پلاک", "Plaque")]
    total_share: Annotated[Reference | None, named("کل سهام", "Total share")] = None
    traded_share: Annotated[Reference | None, named("سهم مورد معامله", "Share that is traded")] = None
    owner_type: Annotated[Reference | None, named("نوع مالک", "Kind of owner")] = None
    user_code: Annotated[Reference | None, named("کد کاربر", "User code")] = None
    area_m2: Annotated[Area | None, named("مساحت (متر مربع)", "Area (m²)")] = None
    postal_code: Annotated[PostalCode | None, named("کد پستی", "Postal code")] = None
    organs: Annotated[list[Reference], Field(min_length=1), named("دستگاه‌ها", "Organs")]
    geometry: Annotated[Geometry, named("شکل", "Geometry")]
    file: Annotated[AttachedFile | None, named("پرونده", "File")] = None


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

    request_number: Annotated[Reference, _REQUEST]
    organ_code: Annotated[Reference, _ORGAN]
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
