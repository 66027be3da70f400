"""The words of the request letter, in Persian and in English: nothing of the page, which is `paper.py`'s.

It goes to the interoperability working group, which is asked for a service where the exchange centre has none.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from gateway.language import Language
from gateway.missing.bodies import Bilingual, Need, NeededField, SentLetter
from gateway.missing.days import jalali_day
from mappings.text import persian_digits
from registry.missing import MissingService

WORKING_GROUP = Bilingual(
    fa="دبیر محترم کارگروه تعامل‌پذیری دولت الکترونیکی",
    en="To the secretary of the e-government interoperability working group",
)
EXCHANGE_CENTRE = Bilingual(fa="مرکز ملی تبادل اطلاعات", en="National information exchange centre")

_NUMBER = re.compile(r"(?<![A-Za-z0-9_])[0-9]+(?![A-Za-z0-9_])")

_EFFECTS: Mapping[str, tuple[str, str]] = {
    "read": (
        "این استعلام تنها داده می‌خواند و در سامانهٔ آن دستگاه چیزی را تغییر نمی‌دهد.",
        "The inquiry only reads; it changes nothing in the agency's system.",
    ),
    "idempotent": (
        "تکرار درخواست با همان شمارهٔ مرجع نباید اثر دوباره داشته باشد.",
        "A request repeated with the same reference must have no second effect.",
    ),
    "once": (
        "هر درخواست یک بار اثر دارد؛ پس پرس‌وجوی نتیجه با شمارهٔ مرجع نیز لازم است تا اگر پاسخی نرسید تکرار نشود.",
        "Each request has its effect once; its outcome must be open to inquiry by reference, lest it be repeated.",
    ),
}


@dataclass(frozen=True, slots=True)
class Names:
    """What the identifiers of the register are called: the site itself, and everybody and everything named."""

    site: Bilingual
    owner: Bilingual
    units: Sequence[Bilingual]
    processes: Sequence[Bilingual]


@dataclass(frozen=True, slots=True)
class Earlier:
    """A letter that was sent before about the same service."""

    number: str
    date: date


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter in one language, ready to be set. `labels` and `rows` are the table; `facts` stand beside the name."""

    language: Language
    invocation: str
    sender: str
    draft: str
    facts: Sequence[str]
    addressee: str
    subject: str
    paragraphs: Sequence[str]
    table_title: str
    labels: Sequence[str]
    rows: Sequence[Sequence[str]]
    closing: Sequence[str]
    signature: Sequence[str]
    lists: Sequence[tuple[str, Sequence[str]]]
    reference: str


def in_persian_digits(text: str) -> str:
    """Write numbers in Persian digits; what belongs to a Latin word or code stays."""
    return _NUMBER.sub(lambda found: persian_digits(found[0]), text)


def compose(
    service: MissingService,
    sent: SentLetter | None,
    *,
    names: Names,
    language: Language,
    earlier: Sequence[Earlier] = (),
) -> Letter:
    """Write the letter; a draft without number, date and signature while `sent` is None."""
    need = Need.model_validate(service.record)
    writer = _Writer(language)
    title = Bilingual(fa=service.title_fa, en=service.title_en)
    annexes = [writer.of(one) for one in sent.annexes] if sent else []
    copies = [writer.of(names.owner), writer.of(EXCHANGE_CENTRE)]
    lists = [(writer.say("پیوست‌ها", "Annexes"), annexes), (writer.say("رونوشت", "Copies"), copies)]
    return Letter(
        language=language,
        invocation=writer.say("بسمه تعالی", "In His name"),
        sender=writer.of(names.site),
        draft="" if sent else writer.say("پیش‌نویس", "DRAFT"),
        facts=_facts(writer, sent),
        addressee=writer.of(sent.addressee if sent and sent.addressee else WORKING_GROUP),
        subject=_subject(writer, title, earlier),
        paragraphs=_paragraphs(writer, need, title, names, earlier),
        table_title=writer.say("فیلدهای درخواستی", "Fields asked for"),
        labels=writer.labels(),
        rows=[writer.row(number, one) for number, one in enumerate(need.fields, 1)],
        closing=_closing(writer, need, sent),
        signature=[writer.of(sent.signatory.name), writer.of(sent.signatory.title)] if sent else ["…", "…"],
        lists=[(label, items) for label, items in lists if items],
        reference=f"{service.id} / {service.version}",
    )


class _Writer:
    """Chooses the language of every text, and its digits."""

    def __init__(self, language: Language) -> None:
        self.persian = language == "fa"

    def say(self, fa: str, en: str) -> str:
        return in_persian_digits(fa) if self.persian else en

    def of(self, text: Bilingual) -> str:
        return self.say(text.fa, text.en)

    def listed(self, texts: Sequence[Bilingual]) -> str:
        *rest, last = [self.of(one) for one in texts]
        if not rest:
            return last
        return f"{'، '.join(rest)} و {last}" if self.persian else f"{', '.join(rest)} and {last}"

    def day(self, day: date) -> str:
        jalali = jalali_day(day)
        return persian_digits(jalali) if self.persian else f"{day.isoformat()} ({jalali})"

    def labels(self) -> list[str]:
        if self.persian:
            return ["ردیف", "نام فیلد", "عنوان", "جهت", "شکل", "لازم"]
        return ["No.", "Field", "Title", "Direction", "Form", "Required"]

    def row(self, number: int, one: NeededField) -> list[str]:
        direction = self.say("ورودی", "asked") if one.direction == "asked" else self.say("خروجی", "answered")
        required = self.say("بله", "yes") if one.required else self.say("خیر", "no")
        return [
            self.say(str(number), str(number)), one.name, self.say(one.fa, one.en), direction,
            self.of(one.form), required,
        ]  # fmt: skip


def _facts(writer: _Writer, sent: SentLetter | None) -> list[str]:
    number, day = (sent.number, writer.day(sent.date)) if sent else ("…", "…")
    annex = writer.say("دارد", "yes") if sent and sent.annexes else writer.say("ندارد", "none")
    return [
        f"{writer.say('شماره', 'Number')}: {writer.say(number, number)}",
        f"{writer.say('تاریخ', 'Date')}: {day}",
        f"{writer.say('پیوست', 'Annex')}: {annex}",
    ]


def _subject(writer: _Writer, title: Bilingual, earlier: Sequence[Earlier]) -> str:
    if earlier:
        return writer.say(
            f"پیگیری درخواست ایجاد سرویس «{title.fa}» در مرکز ملی تبادل اطلاعات",
            f"Reminder: request for the service “{title.en}” at the national information exchange centre",
        )
    return writer.say(
        f"درخواست ایجاد سرویس «{title.fa}» در مرکز ملی تبادل اطلاعات",
        f"Request for the service “{title.en}” at the national information exchange centre",
    )


def _paragraphs(writer: _Writer, need: Need, title: Bilingual, names: Names, earlier: Sequence[Earlier]) -> list[str]:
    told = [writer.say("با سلام و احترام", "With respect,")]
    if earlier:
        before = Bilingual(
            fa=" و ".join(f"شمارهٔ {one.number} مورخ {jalali_day(one.date)}" for one in earlier),
            en=" and ".join(f"{one.number} of {one.date.isoformat()}" for one in earlier),
        )
        told.append(
            writer.say(f"پیرو نامهٔ {before.fa}، که پاسخی به آن نرسیده است:", f"Further to our letter {before.en}:")
        )
    told.append(
        writer.say(
            f"استعلام از دستگاه‌های دیگر تنها از راه مرکز ملی تبادل اطلاعات انجام می‌شود و سرویس یادشده در آن مرکز در"
            f" دسترس این شهرداری نیست. از این رو، به استناد {writer.listed(need.legal_bases)}، خواهشمند است دستور"
            f" فرمایید سرویس «{title.fa}» با همکاری {names.owner.fa} در آن مرکز ایجاد شود.",
            f"Other agencies' data are asked for only through the national information exchange centre, where this"
            f" service is not open to the municipality. On the basis of {writer.listed(need.legal_bases)}, we request"
            f" that the service “{title.en}” be made available there together with: {names.owner.en}.",
        )
    )
    uses = [f"«{one.fa}»" if writer.persian else f"“{one.en}”" for one in names.processes]
    wanted = writer.listed(names.units)
    process = writer.say(f" در فرایند {'، '.join(uses)}", f" in the process {', '.join(uses)}") if uses else ""
    told.append(
        writer.say(
            f"نیازمند سرویس: {wanted}{process}. هدف: {need.purpose.fa}.",
            f"Needed by: {wanted}{process}. Purpose: {need.purpose.en}.",
        )
    )
    effect = writer.say(*_EFFECTS[need.effect])
    told.append(f"{_volume(writer, need)} {effect}")
    told.append(
        writer.say(
            "هر استعلام با هدف، مستند قانونی و کد رهگیری یکتای پرونده فرستاده می‌شود و سابقهٔ آن به گونه‌ای نگهداری"
            " می‌شود که هر تغییری در آن آشکار باشد.",
            "Every inquiry carries its purpose, its legal basis and the tracking code of the case, and is kept on a"
            " record in which any change would show.",
        )
    )
    return told


def _volume(writer: _Writer, need: Need) -> str:
    if need.calls_per_day is None:
        return writer.say(
            "شمار استعلام‌ها هنوز برآورد نشده است و جداگانه اعلام می‌شود.",
            "The volume has not been estimated yet and will be told separately.",
        )
    return writer.say(
        f"برآورد شمار استعلام‌ها {need.calls_per_day:,} در روز است.".replace(",", "٬"),
        f"About {need.calls_per_day:,} inquiries a day are expected.",
    )


def _closing(writer: _Writer, need: Need, sent: SentLetter | None) -> list[str]:
    days = need.answer_days
    if sent is None:
        until = Bilingual(fa=f"ظرف {days} روز", en=f"within {days} days")
    else:
        last = sent.date + timedelta(days=days)
        until = Bilingual(fa=f"تا تاریخ {jalali_day(last)}", en=f"by {last.isoformat()} ({jalali_day(last)})")
    return [
        writer.say(
            f"خواهشمند است نتیجه را {until.fa} اعلام فرمایید. پس از آن، این شهرداری موضوع را برای تصمیم"
            " در کارگروه پیگیری خواهد کرد.",
            f"Please let us know the outcome {until.en}. After that the municipality will bring the matter before the"
            " working group for a decision.",
        )
    ]
