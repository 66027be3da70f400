"""What the cases of the example ask for: one function for each kind of service, step by step, all over HTTP."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from console.example.cast import ARCHIVE, ASKERS, CITIZENS, COMPANIES, DRAWINGS, Person
from console.story.caller import Caller
from console.story.cast import LEGAL_BASIS
from console.story.clock import TEHRAN
from mappings.dates import jalali_text

POSTAL_CODE = "1619735744"
MOBILE = "09120000000"
DEPOSIT = "999000000000000000000000000001"
WAIT = 3
"""Seconds a municipal system waits for an answer before it goes on without."""

Pause = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Town:
    """What every course stands on. `callers` are those of `cast.engage`, `pause` is the time between two steps."""

    callers: Mapping[str, Caller]
    clock: Callable[[], datetime]
    pause: Pause


@dataclass(slots=True)
class Case:
    """One applicant's case: the how-manieth of the example, by its own dice, under its code once it is opened."""

    town: Town
    number: int
    random: Random
    applicant: Person
    code: str = ""
    pushes: dict[str, int] = field(default_factory=dict)

    async def open(self, asker: str, service: str, aliases: Mapping[str, str] | None = None) -> None:
        """Open the case."""
        body = {
            "service": service,
            "applicant": self.applicant.as_applicant(),
            "channel": "C2G" if self.applicant.natural else "B2G",
            "aliases": [{"system": system, "value": value} for system, value in (aliases or {}).items()],
        }
        opened = await self.town.callers[asker].post("/v1/cases", body)
        self.code = opened["tracking_code"]
        await self.town.pause()

    async def ask(self, asker: str, service: str, payload: dict[str, Any], *, about: str = "") -> Any:
        """Make one inquiry in the case; return it as it stands after a short wait."""
        body = {
            "service": service,
            "payload": payload,
            "purpose": ASKERS[asker].purpose,
            "legal_basis": LEGAL_BASIS,
            "case": self.code,
        } | ({"subject": about} if about else {})
        caller = self.town.callers[asker]
        made = await caller.post("/v1/inquiries", body, wait=WAIT)
        await self.town.pause()
        return made if "answer" in made else await caller.get(made["links"]["self"])

    async def push(self, portal: str, reference: str, status: str, **more: Any) -> None:
        """A portal says where the case stands at its own desk."""
        self.pushes[portal] = self.pushes.get(portal, 0) + 1
        body = {
            "system": portal,
            "reference": reference,
            "status": status,
            "occurred_at": self.town.clock().isoformat(),
            "sequence": self.pushes[portal],
        }
        await self.town.callers[portal].post("/v1/status", body | more)
        await self.town.pause()

    async def verify_person(self, asker: str) -> None:
        """Ask the civil registry who the applicant is."""
        query = {"national_id": self.applicant.number, "birth_date": self.applicant.born}
        await self.ask(asker, "civil_registry.identity", query, about=self.applicant.number)

    async def tell_citizen(self, asker: str, title: str, stage: str) -> None:
        """Leave a message in the national folder."""
        message = {
            "national_id": self.applicant.number,
            "tracking_code": self.code,
            "title": title,
            "body": "با کد رهگیری می‌توانید همهٔ مراحل را ببینید.",
            "stage": stage,
            "occurred_at": self.town.clock().isoformat(timespec="seconds"),
        }
        await self.ask(asker, "smart_gov.push_folder", message, about=self.applicant.number)

    async def ask_unit(self, asker: str, service: str, subject: str, text: str) -> None:
        """Ask a unit whose people answer by hand."""
        await self.ask(asker, service, {"subject": subject, "text": text, "postal_code": POSTAL_CODE})


async def building_permit(case: Case) -> None:
    """Five agencies and a unit's archive, pushes of two portals, a decision reported, a message to the citizen."""
    request = f"331{case.number:05d}"
    await case.open("permits", "building-permit", {"permit_portal": request})
    deadline = (case.town.clock() + timedelta(days=30)).isoformat()
    await case.push("permit_portal", request, "submitted", detail={"deadline": deadline})
    await case.verify_person("permits")
    await case.ask("permits", "post.address", {"postal_codes": [POSTAL_CODE]})
    plaque = {"main": str(2000 + case.number % 500), "secondary": str(case.random.randrange(1, 200))}
    parcel = {"unit_id": "5110", "section_code": "11", "subsection_code": "0", "plaque": plaque}
    await case.ask("permits", "land_window.parcel_geometry", parcel)
    await case.push("permit_portal", request, "under_review")
    if case.number % 3 == 0:
        await case.ask_unit("permits", ARCHIVE, "نقشهٔ ساختمان", "آیا نقشهٔ مصوب این پلاک در بایگانی هست؟")
    await _article_six(case)
    if case.number % 4 == 1:
        await case.push("permit_portal", request, "defect", detail={"message": "سند مالکیت خوانا نیست"})
        return
    decided = {
        "request_number": request,
        "decision": "approved",
        "decided_at": case.town.clock().isoformat(timespec="seconds"),
        "permit_number": f"1405-31-{case.number:04d}",
    }
    reported = await case.ask("permits", "permit_portal.report_decision", decided)
    if reported["state"] == "answered":
        await case.push("permit_portal", request, "approved", decision={"permit_number": decided["permit_number"]})
        await case.tell_citizen("permits", "پروانهٔ ساختمانی شما تأیید شد", "approved")


async def _article_six(case: Case) -> None:
    """The municipality agrees; the window's own number becomes an alias, and the window goes on under it."""
    answer = {
        "request_number": f"140512300001{2 * case.number:06d}",
        "organ_code": "2101",
        "response": "agree",
        "responded_on": case.town.clock().astimezone(TEHRAN).date().isoformat(),
        "letter_number": f"{jalali_text(case.town.clock())[:6].replace('/', '')}/{2000 + case.number}",
    }
    answered = await case.ask("permits", "land_window.answer_inquiry", answer)
    if answered["state"] == "answered":
        await case.push("land_window", answered["answer"]["reference"], "77")


async def business_permit(case: Case) -> None:
    """A shop: whose telephone, whose company, and what the permit portal says."""
    request = f"8{case.number:07d}"
    await case.open("business", "business-permit", {"permit_portal": request})
    await case.push("permit_portal", request, "submitted")
    kind = "national_id" if case.applicant.natural else "legal_id"
    mobile = MOBILE if case.applicant.natural else "09350000000"
    query = {"mobile": mobile, "identity_kind": kind, "identity_number": case.applicant.number}
    await case.ask("business", "shahkar.match", query, about=case.applicant.number)
    if case.applicant.natural:
        await case.verify_person("business")
    else:
        await case.ask(
            "business", "legal_persons.company", {"legal_id": case.applicant.number}, about=case.applicant.number
        )
    await case.push("permit_portal", request, "under_review")
    if case.applicant.natural and case.number % 2:
        await case.tell_citizen("business", "درخواست مجوز کسب‌وکار شما در حال بررسی است", "under_review")
    elif case.number % 3:
        await case.push("permit_portal", request, "defect", detail={"message": "اجاره‌نامه پیوست نشده است"})


async def levy(case: Case) -> None:
    """A renovation levy: the address, then the payment."""
    await case.open("revenues", "renovation-levy")
    await case.ask("revenues", "post.address", {"postal_codes": [POSTAL_CODE]})
    order = {
        "deposit_id": DEPOSIT,
        "amount_rial": case.random.randrange(800, 9000) * 1000,
        "subject": "عوارض نوسازی",
    }
    await case.ask("revenues", "treasury.request_payment", order)


async def certificate(case: Case) -> None:
    """A completion certificate: the person, and what the district's archive holds."""
    await case.open("buildings", "completion-certificate")
    await case.verify_person("buildings")
    drawings = case.number % 2 == 0
    await case.ask_unit(
        "buildings",
        DRAWINGS if drawings else ARCHIVE,
        "نسخهٔ نقشهٔ مصوب" if drawings else "سابقهٔ تخلف",
        "لطفاً نسخهٔ نقشهٔ مصوب طبقهٔ همکف را بفرستید." if drawings else "آیا برای این ملک سابقهٔ تخلف ثبت شده است؟",
    )


async def procurement(case: Case) -> None:
    """The works on offer at Setad, and the company that wants them. No applicant: an agency asks for itself."""
    caller = case.town.callers["procurement"]
    body = {
        "service": "setad.list_notices",
        "payload": {"kind": "services", "page": 1 + case.number % 5, "page_size": 5},
        "purpose": ASKERS["procurement"].purpose,
        "legal_basis": LEGAL_BASIS,
        "channel": "G2G",
    }
    made = await caller.post("/v1/inquiries", body, wait=WAIT)
    case.code = made["tracking_code"]
    await case.town.pause()
    await case.ask("procurement", "legal_persons.company", {"legal_id": COMPANIES[0].number}, about=COMPANIES[0].number)


Course = Callable[[Case], Awaitable[None]]
ROUND: tuple[tuple[Course, tuple[Person, ...]], ...] = (
    (building_permit, CITIZENS[:2]),
    (business_permit, CITIZENS[:2] + COMPANIES),
    (levy, CITIZENS[:2]),
    (building_permit, CITIZENS[:2]),
    (certificate, CITIZENS),
    (procurement, COMPANIES[:1]),
    (building_permit, CITIZENS[:2]),
)
"""The kinds of cases in the order in which they come, with who may apply."""


def draw(town: Town, number: int, seed: int) -> tuple[Course, Case]:
    """Give the case of this number: the same for the same seed, whatever happened before."""
    course, people = ROUND[number % len(ROUND)]
    dice = Random(f"{seed}/{number}")  # noqa: S311 - a town that can be repeated, no secret.
    return course, Case(town, number, dice, dice.choice(people))
