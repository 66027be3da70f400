"""Value types of the canonical models: text that has been checked and put into its one form."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from mappings import identifiers, land_identifiers
from mappings.identifiers import Checked, IdentifierError

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)


def refusal(code: str, message_en: str, message_fa: str, **context: Any) -> PydanticCustomError:
    """A validation error that carries both languages and, in `context`, a position or a pointer."""
    return PydanticCustomError(
        code,
        "{message_en}",
        {"message_en": message_en, "message_fa": message_fa, **context},
    )


@dataclass(frozen=True, slots=True)
class Identified:
    """Reads an identifier into its one form. What only looks wrong is found by `warnings_of` in the message."""

    check: Callable[[str], Checked]

    def __call__(self, text: str) -> str:
        """The identifier in its one form, or a refusal in both languages."""
        try:
            return self.check(text).value
        except IdentifierError as error:
            raise refusal(error.code, error.message_en, error.message_fa, position=error.position) from error


def _checked(check: Callable[[str], Checked]) -> AfterValidator:
    return AfterValidator(Identified(check))


def _read_date(text: str) -> str:
    try:
        if _DATE.fullmatch(text):
            date.fromisoformat(text)
            return text
    except ValueError as error:
        raise refusal("date.invalid", f"there is no such day: {error}", "چنین روزی در تقویم نیست") from error
    raise refusal("date.form", "a date is written YYYY-MM-DD (Gregorian)", "تاریخ میلادی به شکل YYYY-MM-DD نوشته می‌شود")


def _read_instant(text: str) -> str:
    try:
        if _INSTANT.fullmatch(text):
            datetime.fromisoformat(text)
            return text
    except ValueError as error:
        raise refusal("instant.invalid", f"there is no such time: {error}", "چنین زمانی وجود ندارد") from error
    raise refusal(
        "instant.form", "a time is written by RFC 3339 with offset", "زمان طبق RFC 3339 و همراه اختلاف ساعت نوشته می‌شود"
    )


NationalId = Annotated[str, _checked(identifiers.check_national_id), Field(examples=["9990000018"])]
LegalId = Annotated[str, _checked(identifiers.check_legal_id), Field(examples=["99900000010"])]
PostalCode = Annotated[str, _checked(identifiers.check_postal_code), Field(examples=["1619735744"])]
Sheba = Annotated[str, _checked(identifiers.check_sheba), Field(examples=["IR979990000000000000000001"])]
BillId = Annotated[str, _checked(identifiers.check_bill_id), Field(examples=["9900000199960"])]
Mobile = Annotated[str, _checked(identifiers.check_mobile), Field(examples=["09120000000"])]
PaymentId = Annotated[str, _checked(identifiers.check_payment_id), Field(examples=["125041280"])]
"""Alone it proves its first check digit only: a model that has the bill too checks both together."""
ForeignId = Annotated[str, _checked(identifiers.check_foreign_id), Field(examples=["99900000001"])]
EconomicCode = Annotated[str, _checked(identifiers.check_economic_code), Field(examples=["99900000010"])]
DepositId = Annotated[str, _checked(identifiers.check_deposit_id), Field(examples=["999000000000000000000000000001"])]
NoticeNumber = Annotated[str, _checked(identifiers.check_notice_number), Field(examples=["2005000001000001"])]
PermitRequestNumber = Annotated[str, _checked(identifiers.check_permit_request_number), Field(examples=["12345678"])]
RenovationCode = Annotated[str, _checked(land_identifiers.check_renovation_code), Field(examples=["1-10-84-1-16-2-0"])]
PlaqueNumber = Annotated[str, _checked(land_identifiers.check_plaque_number), Field(examples=["84"])]
LandTrackingCode = Annotated[
    str, _checked(land_identifiers.check_land_tracking_code), Field(examples=["140512300001000001"])
]

IsoDate = Annotated[str, AfterValidator(_read_date), Field(json_schema_extra={"format": "date"})]
"""A Gregorian day, kept as the text `YYYY-MM-DD`."""
Instant = Annotated[str, AfterValidator(_read_instant), Field(json_schema_extra={"format": "date-time"})]
"""A point in time, kept as RFC 3339 text with its offset."""

Line = Annotated[str, StringConstraints(max_length=1000)]
Paragraph = Annotated[str, StringConstraints(max_length=20_000)]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""A number somebody else issued: text, however it looks."""
Digits = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,20}$")]
Rial = Annotated[int, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]
PageNumber = Annotated[int, Field(ge=1)]
Area = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}(\.[0-9]{1,6})?$"), Field(examples=["250.50"])]
"""Square metres as decimal text: no float."""
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
