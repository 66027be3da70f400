"""What callers send, as frozen strict models: unknown fields are refused, nothing is coerced."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from gateway.reading import FieldError
from mappings.identifiers import Checked, IdentifierError, check_legal_id, check_mobile, check_national_id

Channel = Literal["C2G", "B2G", "G2G", "E2G"]
LARGEST_BATCH = 1000
LARGEST_NUMBER = 2**63 - 1  # What a database column holds.


class Body(BaseModel):
    """The rules of every body."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def _checked(check: Callable[[str], Checked]) -> AfterValidator:
    def read(text: str) -> str:
        try:
            return check(text).value
        except IdentifierError as error:
            raise FieldError(error.code, error.message_fa, error.message_en, error.position) from error

    return AfterValidator(read)


def _subject(text: str) -> Checked:
    """A national ID has ten digits, a legal person's eleven; counted without what may stand between them."""
    legal = sum(character.isdecimal() for character in text) == 11  # noqa: PLR2004 - the rule's own number.
    return check_legal_id(text) if legal else check_national_id(text)


def _bounded(instant: datetime) -> datetime:
    """Keep to times that every calendar of the hub can write."""
    if not 1990 <= instant.year <= 2200:  # noqa: PLR2004 - before any portal and after every case.
        raise FieldError("field.value", "سال پذیرفتنی نیست.", "The year cannot be right.")
    return instant


_RFC3339 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9:.]{8,20}([Zz]|[+-][0-9]{2}:[0-9]{2})?")


def _rfc3339(value: Any) -> Any:
    """Refuse what pydantic would also take for a time: seconds since 1970, a date alone, Persian digits."""
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise FieldError("field.type", "زمان باید متن RFC 3339 باشد.", "A time is RFC 3339 text.")
    return value


Text = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
SystemName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,49}$")]
ServiceId = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_.:/-]+$")]
Code = Annotated[str, Field(min_length=1, max_length=100)]
# Lax after the check in front of it, because a strict time is no longer JSON text once a function has touched it.
Instant = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_rfc3339), AfterValidator(_bounded)]
Identifier = Annotated[str, Field(min_length=1, max_length=100)]


class Applicant(Body):
    """Whose case it is: a natural person by national ID or a legal person by legal ID."""

    national_id: Annotated[Identifier, _checked(check_national_id)] | None = None
    legal_id: Annotated[Identifier, _checked(check_legal_id)] | None = None
    mobile: Annotated[Identifier, _checked(check_mobile)] | None = None

    @model_validator(mode="after")
    def _one_person(self) -> Self:
        if (self.national_id is None) == (self.legal_id is None):
            raise FieldError(
                "applicant.one_id",
                "یا کد ملی یا شناسهٔ ملی، یکی و فقط یکی.",
                "Give exactly one of national_id and legal_id.",
            )
        return self


class Alias(Body):
    """Another agency's identifier for a case."""

    system: SystemName
    value: Text


Assurance = Annotated[int, Field(ge=1, le=4)]
"""How surely the caller knows the person it acts for: 1, the least, to 4."""


class CaseRequest(Body):
    """Open a case. `applicant` is null only where an agency asks for itself. Without `assurance` the level is 1."""

    service: ServiceId
    applicant: Applicant | None
    channel: Channel
    lead_agency: Text | None = None
    assurance: Assurance | None = None
    aliases: Annotated[list[Alias], Field(max_length=50)] = []


class InquiryRequest(Body):
    """Ask one question. `payload` is the canonical request of the service; `case` is a tracking code.

    `assurance` is how surely the caller knows the person it asks for; without it the level is 1.
    """

    service: ServiceId
    payload: dict[str, Any]
    purpose: Text
    legal_basis: Text
    case: Code | None = None
    channel: Channel | None = None
    assurance: Assurance | None = None
    subject: Annotated[Identifier, _checked(_subject)] | None = None


class BatchRequest(Body):
    """Up to a thousand inquiries; each is read by itself, so that a bad one harms no other."""

    inquiries: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=LARGEST_BATCH)]


class StatusRequest(Body):
    """A portal's word about a case. `reference` is a tracking code or that system's own number."""

    system: SystemName
    reference: Text
    status: Text
    occurred_at: Instant
    sequence: Annotated[int, Field(ge=0, le=LARGEST_NUMBER)] | None = None
    detail: Annotated[dict[str, str | int | bool | None], Field(max_length=50)] = {}
    decision: Annotated[dict[str, Any], Field(max_length=50)] | None = None


class TrackRequest(Body):
    """An applicant asks how a case stands: its code, and how the applicant's national or legal ID ends."""

    tracking_code: Code
    last_four: Annotated[str, Field(min_length=1, max_length=40)]


class ClaimRequest(Body):
    """Take an inquiry out of a unit's inbox. `clerk` names the person where several share one credential."""

    clerk: Text | None = None


class AnswerRequest(Body):
    """Answer an inquiry by hand. `answer` is what the service answers with."""

    answer: dict[str, Any]
    clerk: Text | None = None


class RefusalRequest(Body):
    """Refuse an inquiry by hand. The asker reads the reason."""

    reason: Annotated[str, Field(min_length=1, max_length=1000, pattern=r"\S")]
    clerk: Text | None = None


class SubscriptionRequest(Body):
    """Where events shall be sent, and which types of them."""

    url: Annotated[str, Field(min_length=1, max_length=2048)]
    types: Annotated[list[Annotated[str, Field(max_length=100)]], Field(min_length=1, max_length=50)]


FUTURE_TOLERANCE = timedelta(minutes=10)
"""How far a portal's clock may run ahead of ours."""
