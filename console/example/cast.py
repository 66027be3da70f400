"""Who takes part in the example: five municipal systems that ask, a unit without software, the portals that push.

Applicants have the synthetic identifiers of the project only; no real person has one of them.
"""

from dataclasses import dataclass
from datetime import datetime

from console.story.cast import LEGAL_BASIS, PERMITS, entrust
from registry import credentials, participants, services
from registry.participants import Participant
from registry.services import Service
from registry.store import Transaction

MARK = "IR/MUN/tehran/example-site"
"""The participant by which a database is known to be an example's."""

UNIT = "IR/MUN/tehran/district-06"
ARCHIVE, DRAWINGS = f"{UNIT}.archive", f"{UNIT}.drawings"
CLERK = "IR/MUN/tehran/example-clerk"
PORTALS = ("permit_portal", "land_window")
NOTE = "example"


@dataclass(frozen=True, slots=True)
class Asker:
    """A municipal system: who it is, what its inquiries are for, which services it may ask."""

    participant: Participant
    purpose: str
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """An applicant: a natural person with date of birth, or a legal person."""

    number: str
    born: str = ""

    @property
    def natural(self) -> bool:
        """Whether this is a natural person."""
        return bool(self.born)

    def as_applicant(self) -> dict[str, str]:
        """The applicant as a case is opened for them."""
        return {"national_id" if self.natural else "legal_id": self.number}


CITIZENS = (
    Person("9990000018", "1990-12-13"),
    Person("9990000026", "1979-04-04"),
    Person("9990000069", "1931-03-22"),
)
COMPANIES = (Person("99900000010"), Person("99900000024"))


def _system(name: str, fa: str, en: str) -> Participant:
    return Participant(f"IR/MUN/tehran/{name}", "system", fa, en, parent="IR/MUN/tehran")


ASKERS = {
    "permits": Asker(
        Participant(PERMITS, "system", "سامانهٔ صدور پروانهٔ ساختمانی", "Building-permit system", parent="IR/MUN/tehran"),
        "building-permit",
        (
            "civil_registry.identity",
            "post.address",
            "land_window.parcel_geometry",
            "land_window.answer_inquiry",
            "permit_portal.report_decision",
            "smart_gov.push_folder",
            ARCHIVE,
        ),
    ),
    "business": Asker(
        _system("business-permits", "سامانهٔ مجوزهای کسب‌وکار", "Business-permit system"),
        "business-permit",
        ("shahkar.match", "legal_persons.company", "civil_registry.identity", "smart_gov.push_folder"),
    ),
    "revenues": Asker(
        _system("revenues", "سامانهٔ درآمد و عوارض", "Revenues and levies"),
        "renovation-levy",
        ("post.address", "treasury.request_payment", "civil_registry.identity"),
    ),
    "buildings": Asker(
        _system("building-control", "سامانهٔ کنترل ساختمان", "Building control"),
        "building-control",
        ("civil_registry.identity", "post.address", ARCHIVE, DRAWINGS),
    ),
    "procurement": Asker(
        _system("procurement", "سامانهٔ تدارکات", "Procurement"),
        "procurement",
        ("setad.list_notices", "legal_persons.company"),
    ),
}


def engage(t: Transaction, *, now: datetime) -> dict[str, str]:
    """Register everybody and give each a fresh key; the keys of an earlier run end. Return the keys by name.

    Names are those of `ASKERS`, of the portals, and `clerk`.
    """
    _offer_inbox(t)
    for asker in ASKERS.values():
        entrust(t, asker.participant, asker.services, purpose=asker.purpose)
    participants.put(
        t,
        Participant(
            CLERK, "system", "کارشناس بایگانی منطقه ۶", "Archive clerk of district 6", parent=UNIT,
            roles=(f"inbox:{UNIT}",),
        ),
    )  # fmt: skip
    holders = {name: asker.participant.identifier for name, asker in ASKERS.items()} | {"clerk": CLERK}
    for portal in PORTALS:
        holders[portal] = participants.every_where(t, system=portal)[0].identifier
    for one in credentials.every(t):
        if one.note == NOTE:
            credentials.revoke(t, one.id, now)
    return {name: credentials.issue_api_key(t, participant=who, now=now, note=NOTE) for name, who in holders.items()}


def mark(t: Transaction) -> None:
    """Write into a database that it is an example's."""
    participants.put(t, Participant(MARK, "system", "سایت نمونه", "Example site", parent="IR/MUN/tehran"))


def marked(t: Transaction) -> bool:
    """Tell whether the database is an example's."""
    return participants.get(t, MARK) is not None


def _offer_inbox(t: Transaction) -> None:
    """Two services that a person answers: one within five days, one within a day."""
    for name, fa, en, days in (
        (ARCHIVE, "استعلام از بایگانی منطقه ۶", "Archive of district 6", 5),
        (DRAWINGS, "نسخهٔ نقشهٔ مصوب، منطقه ۶", "Approved drawings, district 6", 1),
    ):
        if services.get(t, name) is None:
            services.put(
                t,
                Service(
                    name, 1, UNIT, fa, en, "supportive", "semi", approved=True, approval_reference="T 2-4",
                    system="inbox", operation="question", channels=("C2G", "B2G", "G2G"), deadline_days=days,
                    card={"legal_basis": [LEGAL_BASIS]},
                ),
            )  # fmt: skip
