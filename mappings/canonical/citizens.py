"""What the smart-government portal is sent: messages to a citizen's folder and service cards."""

from typing import Annotated, Literal

from pydantic import Field

from mappings.canonical.record import Record, described, named
from mappings.canonical.status import Stage
from mappings.values import Count, Instant, Line, NationalId, Paragraph, Reference

_VERSION = named("نسخه", "Version")


class FolderMessage(Record):
    """A message to the citizen's folder (کارپوشه) about one case."""

    model_config = described(
        "پیام کارپوشه",
        "Folder message",
        {
            "national_id": "9990000018",
            "tracking_code": "05000112345678901234",
            "title": "درخواست ثبت شد",
            "body": "درخواست پروانه شما ثبت شد.",
            "stage": "submitted",
            "occurred_at": "2026-08-20T10:00:00+03:30",
        },
    )

    national_id: Annotated[NationalId, named("کد ملی", "National ID")]
    tracking_code: Annotated[str, Field(pattern=r"^[0-9]{20}$"), named("کد رهگیری", "Tracking code")]
    title: Annotated[Line, named("عنوان", "Title")]
    body: Annotated[Paragraph, named("متن", "Body")]
    stage: Annotated[Stage, named("مرحله", "Stage")]
    occurred_at: Annotated[Instant, named("زمان رویداد", "Occurred at")]
    link: Annotated[Line | None, named("پیوند", "Link")] = None


class FolderReceipt(Record):
    """The folder has taken a message."""

    model_config = described("رسید کارپوشه", "Folder receipt", {"message_id": "M-1"})

    message_id: Annotated[Reference, named("شناسه پیام", "Message id")]
    delivered_at: Annotated[Instant | None, named("زمان تحویل", "Delivered at")] = None


class CardStep(Record):
    """One step of a service's process."""

    model_config = described(
        "گام", "Step", {"order": 1, "title_fa": "ثبت درخواست", "title_en": "Application", "days": 1}
    )

    order: Annotated[int, Field(ge=1), named("ترتیب", "Order")]
    title_fa: Annotated[Line, named("عنوان فارسی", "Persian title")]
    title_en: Annotated[Line, named("عنوان انگلیسی", "English title")]
    days: Annotated[Count | None, named("مدت (روز)", "Days")] = None


class CardFee(Record):
    """What a service costs and by whose decision."""

    model_config = described("هزینه", "Fee", {"authority": "شورای شهر", "tariff": "تعرفه عوارض ۱۴۰۵"})

    authority: Annotated[Line, named("مرجع تصویب", "Authority")]
    tariff: Annotated[Line, named("تعرفه", "Tariff")]
    account: Annotated[Reference | None, named("شماره حساب", "Account")] = None


class ServiceCard(Record):
    """The identity card (شناسنامه) of one service."""

    model_config = described(
        "شناسنامه خدمت",
        "Service card",
        {
            "code": "10051234000",
            "version": 1,
            "title_fa": "صدور پروانه ساختمانی",
            "title_en": "Building permit",
            "provider": "IR/MUN/1001",
            "kind": "sovereign",
            "electronic": "semi",
            "legal_basis": ["ماده ۱۰۰ قانون شهرداری"],
            "beneficiaries": ["مالکان"],
            "documents": ["سند مالکیت"],
            "needs_from_agencies": ["ثبت اسناد"],
            "attendance": False,
            "steps": [{"order": 1, "title_fa": "ثبت درخواست", "title_en": "Application", "days": 1}],
            "approval_reference": "1405/1",
        },
    )

    code: Annotated[Reference, named("کد خدمت", "Service code")]
    version: Annotated[int, Field(ge=1), _VERSION]
    title_fa: Annotated[Line, named("عنوان فارسی", "Persian title")]
    title_en: Annotated[Line, named("عنوان انگلیسی", "English title")]
    provider: Annotated[Reference, named("ارائه‌دهنده", "Provider")]
    kind: Annotated[Literal["sovereign", "supportive", "delegable"], named("نوع خدمت", "Kind")]
    electronic: Annotated[Literal["electronic", "semi", "in_person"], named("شیوه ارائه", "How it is offered")]
    legal_basis: Annotated[list[Line], named("مبنای قانونی", "Legal basis")]
    beneficiaries: Annotated[list[Line], named("ذی‌نفعان", "Beneficiaries")]
    documents: Annotated[list[Line], named("مدارک", "Documents")]
    needs_from_agencies: Annotated[list[Line], named("استعلام از دستگاه‌ها", "Needed from agencies")]
    attendance: Annotated[bool, named("نیاز به مراجعه", "Attendance needed")]
    steps: Annotated[list[CardStep], named("گام‌ها", "Steps")]
    fee: Annotated[CardFee | None, named("هزینه", "Fee")] = None
    approval_reference: Annotated[Reference, named("شماره مصوبه", "Approval reference")]


class Publication(Record):
    """A service card is published."""

    model_config = described(
        "انتشار شناسنامه",
        "Publication",
        {"card_code": "10051234000", "version": 1, "published_at": "2026-08-20T10:00:00+03:30"},
    )

    card_code: Annotated[Reference, named("کد شناسنامه", "Card code")]
    version: Annotated[int, Field(ge=1), _VERSION]
    published_at: Annotated[Instant, named("زمان انتشار", "Published at")]
