"""What the timeline says of an inquiry's progress, in both languages.

The text of a state lives here only; services bring their titles, portals' states come from mapping documents.
"""

from typing import NamedTuple


class StageText(NamedTuple):
    """CloudEvents type, stage and a title pattern with `{service}` for each language.

    The stage is the case's: an inquiry that moves on tells of itself and leaves the case where it stands.
    """

    type: str
    stage: str | None
    fa: str
    en: str


OPENED = StageText("ir.peyvand.case.status", "opened", "پرونده باز شد: {service}", "Case opened: {service}")
ACCEPTED = StageText(
    "ir.peyvand.inquiry.accepted", None, "استعلام پذیرفته شد: {service}", "Inquiry accepted: {service}"
)
ANSWERED = StageText("ir.peyvand.inquiry.answered", None, "پاسخ رسید: {service}", "Answered: {service}")
REFUSED = StageText("ir.peyvand.inquiry.refused", None, "پاسخ منفی رسید: {service}", "Refused: {service}")
WAITING = StageText("ir.peyvand.inquiry.waiting", None, "در انتظار: {service}", "Waiting: {service}")
DELIVERED = StageText(
    "ir.peyvand.inquiry.delivered", None, "در صندوق واحد پاسخ‌گو: {service}", "In the answering unit's inbox: {service}"
)
IN_DOUBT = StageText(
    "ir.peyvand.inquiry.in_doubt",
    None,
    "پاسخ در راه گم شد؛ از مقصد پرسیده می‌شود: {service}",
    "Answer lost on the way; the far side is being asked: {service}",
)
PARKED = StageText(
    "ir.peyvand.inquiry.parked", None, "در انتظار رسیدگی کارشناس: {service}", "Needs a person: {service}"
)
REPLAYED = StageText(
    "ir.peyvand.inquiry.replayed", None, "دوباره به جریان افتاد: {service}", "Taken up again: {service}"
)
CANCELLED = StageText("ir.peyvand.inquiry.cancelled", None, "لغو شد: {service}", "Cancelled: {service}")
STATUS = "ir.peyvand.case.status"
DEADLINE_NEARS = StageText(
    "ir.peyvand.case.deadline", None, "مهلت قانونی رو به پایان است: {service}", "The deadline draws near: {service}"
)
DEADLINE_PASSED = StageText(
    "ir.peyvand.case.deadline", None, "مهلت قانونی گذشت: {service}", "The deadline has passed: {service}"
)
AUTO_ISSUED = StageText(
    STATUS,
    "auto_issued",
    "مهلت قانونی گذشت و مجوز خودکار صادر شد: {service}",
    "The deadline passed and the permit counts as issued: {service}",
)
