"""An applicant's look at a case: a code and a second factor in, the case's story out, without an account.

An unknown code and a wrong factor take the same way: the same reads, one envelope opened, the same count written, the
same answer. The story is put together only for those who may read it.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime

from broker.second_factor import LENGTH
from gateway.applicant_view import Shown, story
from gateway.parts import Parts
from gateway.problems import FieldProblem, Problem
from gateway.reading import read_code
from mappings.text import ascii_digits
from pki.errors import SealBroken
from registry import applicants, cases, subjects
from registry.cases import Case
from registry.staff.throttle import Track
from registry.store import Transaction
from registry.subjects import Subject

DEVICE = "hub_applicant"
"""The cookie of a device: sealed, it names the codes that were opened there."""
REMEMBERED = 5
_OWNER = "applicant-device"
_NOBODY = "-"


@dataclass(frozen=True, slots=True)
class Tracked:
    """What an applicant is shown, and the device's new cookie."""

    shown: Shown
    device: str


async def track(parts: Parts, *, code: str, last_four: str, source: str, device: str | None) -> Tracked:
    """Open a case to its applicant. Raises Problem `code.…`, `request.invalid`, `track.refused`, `track.later`."""
    wanted, factor, now = read_code(code, "/tracking_code"), _factor(last_four), parts.clock()
    opened = _opened_on(parts, device)
    counts = applicants.tracks(wanted, source=source, device=device if wanted in opened else None)

    def look(t: Transaction) -> tuple[Case | None, Subject | None]:
        _require_open(t, counts, now)
        case = cases.by_code(t, wanted)
        return case, subjects.get(t, (case.subject_id if case else None) or _NOBODY)

    case, subject = await parts.store.read(look)
    fits = parts.exchange.second_factor.fits(case, subject, factor)

    def enter(t: Transaction) -> bool:
        # Many at once have all been heard before the first of them had failed.
        _require_open(t, counts, now)
        if fits:
            applicants.clear(t, counts)
        else:
            applicants.fail(t, counts, now)
        return fits

    if not await parts.store.write(enter) or case is None:
        raise Problem("track.refused")
    shown = await parts.store.read(lambda t: story(t, parts, case))
    codes = [wanted, *(one for one in opened if one != wanted)][:REMEMBERED]
    sealed = base64.urlsafe_b64encode(parts.secrets.seal(_OWNER, codes)).decode()
    return Tracked(shown, sealed)


def _require_open(t: Transaction, counts: tuple[Track, ...], now: datetime) -> None:
    waits = applicants.open_at(t, counts, now)
    if waits is not None:
        raise Problem("track.later", headers={"Retry-After": str(int((waits - now).total_seconds()) + 1)})


def _factor(text: str) -> str:
    digits = "".join(ascii_digits(text).split())
    if len(digits) != LENGTH or not (digits.isascii() and digits.isdigit()):
        said = (
            "چهار رقم آخر کد ملی یا شناسهٔ ملی را بنویسید.",
            "Write the last four digits of the national or legal ID.",
        )
        raise Problem("request.invalid", errors=[FieldProblem("/last_four", "track.four_digits", *said)])
    return digits


def _opened_on(parts: Parts, device: str | None) -> tuple[str, ...]:
    """The codes that were opened on a device; nothing for a cookie that is not ours."""
    if not device:
        return ()
    try:
        return parts.secrets.open(_OWNER, base64.urlsafe_b64decode(device.encode("ascii")))
    except (SealBroken, binascii.Error, UnicodeEncodeError):
        return ()
