"""What an agency owes the national portal about its services: usage, feedback, outages. Nothing here names a person."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mappings.canonical.record import Record, described, named
from mappings.values import Count, Instant, Line, Paragraph, Reference, refusal

_SERVICE = named("کد خدمت", "Service code")
Channel = Literal["C2G", "B2G", "G2G", "E2G"]


class ServiceUsage(Record):
    """How often a service was used in one Jalali month on one channel."""

    model_config = described(
        "آمار استفاده از خدمت",
        "Service usage",
        {"service_code": "10051234000", "period": "1405-07", "channel": "C2G", "requested": 120, "completed": 100},
    )

    service_code: Annotated[Reference, _SERVICE]
    period: Annotated[str, Field(pattern=r"^1[34][0-9]{2}-(0[1-9]|1[0-2])$"), named("ماه", "Jalali month")]
    channel: Annotated[Channel, named("مخاطب", "Channel")]
    requested: Annotated[Count, named("درخواست‌ها", "Requested")]
    completed: Annotated[Count, named("انجام‌شده‌ها", "Completed")]
    refused: Annotated[Count, named("ردشده‌ها", "Refused")] = 0

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.completed + self.refused > self.requested:
            raise refusal(
                "service_usage.requested",
                "more requests ended than were made",
                "شمار پایان‌یافته‌ها از درخواست‌ها بیشتر است",
                pointer="/requested",
            )
        return self


class ServiceFeedback(Record):
    """What a user says of a service, and what the agency answered. Who said it stays with the agency."""

    model_config = described(
        "بازخورد خدمت",
        "Service feedback",
        {"service_code": "10051234000", "rating": 4, "given_at": "2026-08-20T10:00:00+03:30"},
    )

    service_code: Annotated[Reference, _SERVICE]
    rating: Annotated[int, Field(ge=1, le=5), named("امتیاز (۱ تا ۵)", "Rating (1 to 5)")]
    text: Annotated[Paragraph | None, named("متن", "Text")] = None
    given_at: Annotated[Instant, named("زمان بازخورد", "Given at")]
    answer: Annotated[Paragraph | None, named("پاسخ دستگاه", "Agency's answer")] = None
    answered_at: Annotated[Instant | None, named("زمان پاسخ", "Answered at")] = None


class OutageNotice(Record):
    """A service is out of order, or will be. An outage that is planned says until when."""

    model_config = described(
        "اطلاعیه قطعی خدمت",
        "Outage notice",
        {
            "service_code": "10051234000",
            "planned": True,
            "reason": "به‌روزرسانی سامانه",
            "starts_at": "2026-08-20T22:00:00+03:30",
            "ends_at": "2026-08-21T02:00:00+03:30",
        },
    )

    service_code: Annotated[Reference, _SERVICE]
    planned: Annotated[bool, named("برنامه‌ریزی‌شده", "Planned")]
    reason: Annotated[Line, Field(min_length=1), named("علت", "Reason")]
    starts_at: Annotated[Instant, named("آغاز", "Starts at")]
    ends_at: Annotated[Instant | None, named("پایان", "Ends at")] = None

    @model_validator(mode="after")
    def _a_plan_has_an_end(self) -> Self:
        if self.planned and self.ends_at is None:
            raise refusal(
                "outage_notice.ends_at",
                "a planned outage says until when",
                "قطعی برنامه‌ریزی‌شده زمان پایان دارد",
                pointer="/ends_at",
            )
        return self
