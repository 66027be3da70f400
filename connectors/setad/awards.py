"""What becomes of a need at the simulated agency side: offers, an award, a contract within seven days of it.

Offers stay sealed until the deadline of the need has passed. The first award of a need stands; a contract is taken from
whoever was awarded, once, until the seventh day after the award. Two awards were made before the simulation began: one
yesterday, whose contract may still be registered, and one a month ago, whose contract may not.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.faults import Clock
from connectors.simulation import TEHRAN
from mappings.dates import date_writer

from .needs import AWARDED, FIRST, LONG_AWARDED, NO_SUCH_NEED, Members, Needs, Published, Refusal, deadline_of, moment

OFFERS_A_PAGE = 10
DAYS_FOR_A_CONTRACT = 7
#: Three pages for the need that was published first, two offers for any other.
OFFERS = {FIRST.number: 23}

_write_day = date_writer("jalali:%Y/%m/%d")
_PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_COMPANIES = ("99900000024", "99900000010")
_PERSON = "9990000018"
_NOT_QUALIFIED = 2
#: Three-state booleans in five spellings; absent where nobody has looked.
_QUALIFIED: Sequence[str | None] = ("true", "1", "0", None, "true")


@dataclass(frozen=True, slots=True)
class Awarded:
    """The award of a need: the offer it went to, and when."""

    number: str
    reference: str
    need: str
    offer: int
    at: datetime

    @property
    def members(self) -> Members:
        """The award as the contract's receipt."""
        due = self.at.astimezone(TEHRAN).date() + timedelta(days=DAYS_FOR_A_CONTRACT)
        return [
            ("needNumber", self.need),
            ("awardNumber", self.number),
            ("jalaliAwardDate", moment(self.at)),
            ("jalaliContractDueDate", str(_write_day(due))),
        ]


@dataclass(frozen=True, slots=True)
class Registered:
    """A registered contract."""

    number: str
    reference: str
    need: str
    at: str

    @property
    def members(self) -> Members:
        """The contract as the contract's receipt."""
        return [("needNumber", self.need), ("receiptNumber", self.number), ("jalaliRegisterDate", self.at)]


class Awards:
    """Every award and every contract of the simulated agency side."""

    def __init__(self, needs: Needs, clock: Clock) -> None:
        self._needs = needs
        self._clock = clock
        began = clock()
        before = ((AWARDED, timedelta(days=1)), (LONG_AWARDED, timedelta(days=30)))
        made = (
            Awarded(_number("01", need.number), f"sandbox-award-{place}", need.number, 0, began - ago)
            for place, (need, ago) in enumerate(before, 1)
        )
        self.awarded: dict[str, Awarded] = {award.need: award for award in made}
        self.registered: dict[str, Registered] = {}

    def offers(self, asked: Mapping[str, str]) -> Members | Refusal:
        """One page of the offers to a need; a page beyond the last is empty."""
        need = self._opened(asked["needNumber"])
        if isinstance(need, Refusal):
            return need
        count = OFFERS.get(need.number, 2)
        start = (int(asked["pageNumber"]) - 1) * OFFERS_A_PAGE
        page = range(count)[start : start + OFFERS_A_PAGE]
        return [
            ("needNumber", need.number),
            ("totalElements", str(count)),
            ("totalPages", str(-(-count // OFFERS_A_PAGE))),
            ("offers", [("offer", _offer(index)) for index in page]),
        ]

    def award(self, asked: Mapping[str, str]) -> Awarded | Refusal:
        """Choose an offer, once."""
        need = self._opened(asked["needNumber"])
        if isinstance(need, Refusal):
            return need
        offer = int(asked["offerNumber"]) - 1
        if offer not in range(OFFERS.get(need.number, 2)):
            return Refusal("220", "پیشنهادی با این شماره نیست")
        if offer % len(_QUALIFIED) == _NOT_QUALIFIED:
            return Refusal("221", "پیشنهاددهنده واجد شرایط نیست")
        if need.number in self.awarded:
            return Refusal("230", "برندهٔ این نیاز پیش‌تر تعیین شده است")
        made = Awarded(_number("01", need.number), asked["orgReference"], need.number, offer, self._clock())
        self.awarded[need.number] = made
        return made

    def register(self, asked: Mapping[str, str]) -> Registered | Refusal:
        """Register the contract of an award, once, within its seven days."""
        need = asked["needNumber"]
        award = self.awarded.get(need)
        if award is None:
            return Refusal("231", "برندهٔ این نیاز تعیین نشده است")
        if need in self.registered:
            return Refusal("241", "قرارداد این نیاز پیش‌تر ثبت شده است")
        if self._clock() > award.at + timedelta(days=DAYS_FOR_A_CONTRACT):
            return Refusal("240", "مهلت هفت‌روزهٔ ثبت قرارداد گذشته است")
        winner = _bidder(award.offer)[1]
        if winner not in {asked.get("contractorLegalId"), asked.get("contractorNationalCode")}:
            return Refusal("232", "طرف قرارداد برندهٔ این نیاز نیست")
        made = Registered(_number("02", need), asked["orgReference"], need, moment(self._clock()))
        self.registered[need] = made
        return made

    def find(self, made: Mapping[str, Awarded] | Mapping[str, Registered], reference: str) -> Members | Refusal:
        """What was made under the buyer's reference."""
        found = next((one for one in made.values() if one.reference == reference), None)
        return found.members if found else Refusal(NO_SUCH_NEED, "چیزی با این شماره ثبت نشده است")

    def _opened(self, number: str) -> Published | Refusal:
        need = next((one for one in self._needs.published if one.number == number), None)
        if need is None:
            return Refusal("200", "نیازی با این شماره ندارید")
        deadline = deadline_of(need)
        if deadline is not None and self._clock() < deadline:
            return Refusal("210", "پیشنهادها تا پایان مهلت باز نمی‌شوند")
        return need


def _bidder(index: int) -> tuple[str, str]:
    """The member that names a bidder, and the number: every third one is a natural person."""
    if index % 3 == _NOT_QUALIFIED:
        return "bidderNationalCode", _PERSON
    return "bidderLegalId", _COMPANIES[index % len(_COMPANIES)]


def _offer(index: int) -> Members:
    rial = 1_100_000_000 + index * 7_000_000
    prices = (f"{rial:,}", str(rial), f"{rial:,}".translate(_PERSIAN_DIGITS))
    qualified = _QUALIFIED[index % len(_QUALIFIED)]
    return [
        ("offerNumber", str(index + 1)),
        ("bidderName", f"پیشنهاددهندهٔ آزمایشی {index + 1}"),
        _bidder(index),
        ("price", prices[index % len(prices)]),
        ("jalaliOfferDate", f"1405/04/{index % 30 + 1:02d} 10:00:00"),
        *([("isQualified", qualified)] if qualified else []),
    ]


def _number(kind: str, need: str) -> str:
    """Sixteen digits that a simulator started anew does not give out again for another need."""
    digest = hashlib.sha256(f"{kind}/{need}".encode()).digest()
    return f"{kind}0599{int.from_bytes(digest) % 10**10:010d}"
