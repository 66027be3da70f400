"""Addresses by postal code, and where they lie (national post)."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mappings.canonical.parcels import Geometry
from mappings.canonical.record import Record, described, named
from mappings.values import Line, PostalCode, refusal

_POSTAL_CODE = named("کد پستی", "Postal code")
MOST_CODES = 100
"""Postal codes in one question."""


class AddressQuery(Record):
    """Asks for the addresses of some postal codes at once."""

    model_config = described("استعلام نشانی", "Address query", {"postal_codes": ["1619735744"]})

    postal_codes: Annotated[
        list[PostalCode], Field(min_length=1, max_length=MOST_CODES), named("کدهای پستی", "Postal codes")
    ]


class PostalAddress(Record):
    """An address as the post keeps it, from the province down to the floor. What the post does not say is absent."""

    model_config = described(
        "نشانی پستی",
        "Postal address",
        {"province": "تهران", "township": "تهران", "street": "خیابان نمونه", "house_number": "12"},
    )

    province: Annotated[Line, named("استان", "Province")]
    township: Annotated[Line, named("شهر", "Township")]
    village: Annotated[Line | None, named("روستا", "Village")] = None
    sub_locality: Annotated[Line | None, named("محله", "Sub-locality")] = None
    street: Annotated[Line | None, named("معبر اصلی", "Street")] = None
    street2: Annotated[Line | None, named("معبر فرعی", "Second street")] = None
    house_number: Annotated[Line | None, named("پلاک", "House number")] = None
    floor: Annotated[Line | None, named("طبقه", "Floor")] = None
    building_name: Annotated[Line | None, named("نام ساختمان", "Building name")] = None
    description: Annotated[Line | None, named("توضیح", "Description")] = None


class AddressRow(Record):
    """What the post says of one postal code: an address, or why there is none."""

    model_config = described(
        "نتیجه یک کد پستی",
        "Address of one postal code",
        {"postal_code": "1619735744", "found": False, "reason": "کد پستی یافت نشد"},
    )

    postal_code: Annotated[PostalCode, _POSTAL_CODE]
    found: Annotated[bool, named("یافت شد", "Found")]
    address: Annotated[PostalAddress | None, named("نشانی", "Address")] = None
    reason: Annotated[Line | None, named("دلیل نیافتن", "Why not")] = None

    @model_validator(mode="after")
    def _found_means_address(self) -> Self:
        if self.found != (self.address is not None):
            raise refusal(
                "address_row.address",
                "an address stands where one was found, and only there",
                "نشانی تنها وقتی می‌آید که یافت شده باشد",
                pointer="/address",
            )
        return self


class AddressList(Record):
    """One row for each postal code that was asked for, in the order of the question."""

    model_config = described(
        "فهرست نشانی‌ها",
        "Address list",
        {
            "rows": [
                {
                    "postal_code": "1619735744",
                    "found": True,
                    "address": {"province": "تهران", "township": "تهران", "street": "خیابان نمونه"},
                }
            ]
        },
    )

    rows: Annotated[list[AddressRow], named("ردیف‌ها", "Rows")]


class GeocodeQuery(Record):
    """Asks where one postal code lies."""

    model_config = described("استعلام مکان کد پستی", "Geocode query", {"postal_code": "1619735744"})

    postal_code: Annotated[PostalCode, _POSTAL_CODE]


class PostalLocation(Record):
    """Where a postal code lies: WGS84, longitude before latitude."""

    model_config = described(
        "مکان کد پستی",
        "Location of a postal code",
        {
            "postal_code": "1619735744",
            "location": {"type": "Point", "coordinates": [51.4, 35.7]},
            "precision": "building",
        },
    )

    postal_code: Annotated[PostalCode, _POSTAL_CODE]
    location: Annotated[Geometry, named("مکان", "Location")]
    precision: Annotated[Literal["building", "street", "locality"] | None, named("دقت", "Precision")] = None
