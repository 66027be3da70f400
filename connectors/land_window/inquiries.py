"""The simulated window's article-6 inquiries: which organs each was sent to, and who has answered.

Every request number of the right form exists; its last six digits decide its story, so that tests and
demonstrations need no preparation:

    990000 to 990999    unknown to the window
    991000 to 991999    not sent to any organ yet (75)
    992000 to 992999    sent, but not to the municipality
    993000 to 993999    sent, and a clerk has answered for the municipality on the window's own page
    any other, even     sent (76); every other organ has answered, so the municipality's answer ends it (77)
    any other, odd      sent (76); another organ never answers
"""

import hashlib
import re
from dataclasses import dataclass, field
from enum import IntEnum

MINISTRY = "21"
MUNICIPALITY = "2101"
#: Made-up organ codes: municipality, agriculture, natural resources, cultural heritage.
ORGANS = (MUNICIPALITY, "2102", "2103", "2104")
CLERKS_LETTER = "1405/993"
SEND_DATE = "1405/05/29"

_REQUEST_NUMBER = re.compile(r"[0-9]{10,20}", re.ASCII)
_FIRST_SPECIAL = 990
_UNKNOWN, _UNSENT, _ELSEWHERE, _BY_CLERK = range(_FIRST_SPECIAL, _FIRST_SPECIAL + 4)


class WindowState(IntEnum):
    """The window's own numbers."""

    NOT_SENT = 75
    SENT = 76
    ANSWERED = 77


@dataclass(frozen=True, slots=True)
class Recorded:
    """An organ's answer as it stands at the window. `at` is a Jalali moment, `tracking_code` the window's own code."""

    request_number: str
    organ: str
    letter: str
    organ_code: str
    tracking_code: str
    at: str


#: An answer of the municipality from before the simulation began.
FIRST = Recorded(
    request_number="140500100001000100",
    organ=MUNICIPALITY,
    letter="1405/1",
    organ_code="sandbox-answer-1",
    tracking_code="900000000000",
    at="1405/05/01 09:00:00",
)


@dataclass(slots=True)
class InquiryBook:
    """What the window knows. The first answer of an organ to a request stands for ever."""

    answers: dict[tuple[str, str], Recorded] = field(
        default_factory=lambda: {(FIRST.request_number, FIRST.organ): FIRST}
    )

    def knows(self, request_number: str) -> bool:
        """Whether the request exists."""
        return _special(request_number) != _UNKNOWN

    def routed(self, request_number: str) -> tuple[str, ...]:
        """The organs it was sent to, none while it is not sent."""
        special = _special(request_number)
        if special in {_UNKNOWN, _UNSENT}:
            return ()
        return ORGANS[1:] if special == _ELSEWHERE else ORGANS[:3]

    def answered_by(self, request_number: str, organ: str) -> bool:
        """Whether this organ has answered."""
        if (request_number, organ) in self.answers:
            return True
        if organ == MUNICIPALITY:
            return _special(request_number) == _BY_CLERK
        return organ == ORGANS[2] or int(request_number) % 2 == 0

    def state(self, request_number: str) -> WindowState:
        """Answered only when every routed organ answered."""
        organs = self.routed(request_number)
        if not organs:
            return WindowState.NOT_SENT
        if all(self.answered_by(request_number, organ) for organ in organs):
            return WindowState.ANSWERED
        return WindowState.SENT

    def record(self, request_number: str, organ: str, *, letter: str, organ_code: str, at: str) -> Recorded:
        """Let an answer stand. The caller has checked that there was none."""
        recorded = Recorded(request_number, organ, letter, organ_code, _windows_code(request_number, organ), at)
        self.answers[request_number, organ] = recorded
        return recorded

    def by_organ_code(self, organ_code: str) -> Recorded | None:
        """The answer that carried this tracking code of the organ."""
        return next((known for known in self.answers.values() if known.organ_code == organ_code), None)


def well_formed(request_number: object) -> bool:
    """Ten to twenty ASCII digits; the registry's own has eighteen: Jalali year 4, form 3, branch 5, serial 6."""
    return isinstance(request_number, str) and _REQUEST_NUMBER.fullmatch(request_number) is not None


def _windows_code(request_number: str, organ: str) -> str:
    """Twelve digits that a window started anew does not give out again for another request."""
    digest = hashlib.sha256(f"{request_number}/{organ}".encode()).digest()
    return f"9{int.from_bytes(digest) % 10**11:011d}"


def _special(request_number: str) -> int:
    return int(request_number[-6:-3])
