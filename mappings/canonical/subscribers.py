"""Who holds a telephone number (Shahkar)."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import model_validator

from mappings import identifiers
from mappings.canonical.record import Record, described, named
from mappings.identifiers import Checked, IdentifierError
from mappings.values import Mobile, Reference, refusal

IdentityKind = Literal[
    "national_id", "passport", "amayesh_card", "refugee_card", "identity_card", "legal_id", "foreign_id"
]

_CHECKS: Mapping[str, Callable[[str], Checked]] = {
    "national_id": identifiers.check_national_id,
    "legal_id": identifiers.check_legal_id,
    "foreign_id": identifiers.check_foreign_id,
}


class SubscriberQuery(Record):
    """Asks whether a mobile number belongs to the holder of an identity document."""

    model_config = described(
        "استعلام مالکیت شماره همراه",
        "Subscriber query",
        {"mobile": "09120000000", "identity_kind": "national_id", "identity_number": "9990000018"},
    )

    mobile: Annotated[Mobile, named("شماره همراه", "Mobile number")]
    identity_kind: Annotated[IdentityKind, named("نوع مدرک هویتی", "Kind of identity document")] = "national_id"
    identity_number: Annotated[Reference, named("شماره مدرک هویتی", "Number of the identity document")]

    @model_validator(mode="before")
    @classmethod
    def _number_fits_its_kind(cls, given: Any) -> Any:
        """What has a check digit or a length is checked and put into its one form; passports are taken as they are."""
        if not isinstance(given, dict) or not isinstance(given.get("identity_number"), str):
            return given
        kind = given.get("identity_kind", "national_id")
        check = _CHECKS.get(kind) if isinstance(kind, str) else None
        if check is None:
            return given
        try:
            return {**given, "identity_number": check(given["identity_number"]).value}
        except IdentifierError as wrong:
            raise refusal(
                wrong.code, wrong.message_en, wrong.message_fa, position=wrong.position, pointer="/identity_number"
            ) from wrong


class SubscriberMatch(Record):
    """Whether the number is registered in that person's name."""

    model_config = described(
        "نتیجه تطبیق مالک شماره",
        "Subscriber match",
        {"matches": True, "request_id": "100014050829113000000001"},
    )

    matches: Annotated[bool, named("تعلق دارد", "Belongs")]
    request_id: Annotated[Reference | None, named("شناسه درخواست", "Request id")] = None
    record_id: Annotated[Reference | None, named("شناسه ثبت", "Record id")] = None
