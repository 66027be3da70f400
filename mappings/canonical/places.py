"""Provinces and their townships under the numbers that the national permit portal gives them."""

from typing import Annotated

from mappings.canonical.record import Record, described, named
from mappings.values import Line, Reference

_CODE = named("کد", "Code")
_TITLE = named("نام", "Name")


class PlacesQuery(Record):
    """Asks for every place; there is nothing to choose."""

    model_config = described("استعلام استان‌ها و شهرستان‌ها", "Places query", {})


class Township(Record):
    """A township of a province."""

    model_config = described("شهرستان", "Township", {"code": "3310", "title": "تهران"})

    code: Annotated[Reference, _CODE]
    title: Annotated[Line, _TITLE]


class Province(Record):
    """A province with its townships."""

    model_config = described(
        "استان", "Province", {"code": "33", "title": "تهران", "townships": [{"code": "3310", "title": "تهران"}]}
    )

    code: Annotated[Reference, _CODE]
    title: Annotated[Line, _TITLE]
    townships: Annotated[list[Township], named("شهرستان‌ها", "Townships")]


class Places(Record):
    """Every province."""

    model_config = described(
        "استان‌ها و شهرستان‌ها",
        "Places",
        {"provinces": [{"code": "33", "title": "تهران", "townships": [{"code": "3310", "title": "تهران"}]}]},
    )

    provinces: Annotated[list[Province], named("استان‌ها", "Provinces")]
