"""The simulated agency side: signed messages in, needs published, receipts out.

A buyer is known by its legal ID: 99900000010 may buy, 99900000024 is suspended, any other is unknown. Publishing is not
deduplicated: the same reference sent twice is published twice, which is why the hub never repeats it blindly.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mappings.dates import DateError, time_reader, time_writer

SUSPENDED_BUYER = "99900000024"
BUYERS = frozenset({"99900000010", SUSPENDED_BUYER})
LARGEST_BUDGET = 10**12
NO_SUCH_NEED = "404"

_write_moment = time_writer("jalali:%Y/%m/%d %H:%M:%S")
_read_deadline = time_reader("jalali:%Y/%m/%d - %H:%M")
_NEED_NUMBER_PREFIX = "0005"  # Leading zeros on purpose.


#: Names and values of a reply's elements, in their order.
Members = Sequence[tuple[str, "str | Members"]]


@dataclass(frozen=True, slots=True)
class Published:
    """A need on the board. `at` is a Jalali moment in Tehran time; `until` its deadline, blank where long past."""

    number: str
    reference: str
    title: str
    at: str
    until: str = ""

    @property
    def members(self) -> Members:
        """The need as the contract's receipt."""
        return [("needNumber", self.number), ("jalaliPublishDate", self.at)]


FIRST = Published("0005980000000001", "sandbox-need-1", "خرید میز اداری", "1405/05/01 09:00:00")
#: Needs whose award was made before the simulation began: yesterday, and a month ago.
AWARDED = Published("0005980000000002", "sandbox-need-2", "خرید کولر آبی", "1405/05/02 09:00:00")
LONG_AWARDED = Published("0005980000000003", "sandbox-need-3", "اجارهٔ جرثقیل", "1405/05/03 09:00:00")
_BEFORE = (FIRST, AWARDED, LONG_AWARDED)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The agency side's no: its code and its words."""

    code: str
    text: str


class Needs:
    """Every need published, oldest first. Three were published before the simulation began."""

    def __init__(self) -> None:
        self.published: list[Published] = list(_BEFORE)

    def publish(self, asked: Mapping[str, str], now: datetime) -> Published | Refusal:
        """Publish a need, whatever was published before."""
        if refusal := _refusal(asked, now):
            return refusal
        number = _need_number(asked["orgReference"], len(self.published) - len(_BEFORE) + 1)
        until = asked["jalaliSendDeadlineDate"]
        need = Published(number, asked["orgReference"], asked["title"], moment(now), until)
        self.published.append(need)
        return need

    def find(self, reference: str) -> Published | Refusal:
        """The first need published under the buyer's reference."""
        found = next((need for need in self.published if need.reference == reference), None)
        return found or Refusal(NO_SUCH_NEED, "نیازی با این شماره یافت نشد")


def moment(now: datetime) -> str:
    """An instant as Setad writes it: Jalali, Tehran time, `1405/05/29 10:00:00`."""
    return str(_write_moment(now))


def deadline_of(need: Published) -> datetime | None:
    """Until when offers may come; None where that is long past."""
    return _deadline(need.until) if need.until else None


def _need_number(reference: str, place: int) -> str:
    """Sixteen digits that a simulator started anew does not give out again for another need."""
    digest = hashlib.sha256(f"{reference}/{place}".encode()).digest()
    return f"{_NEED_NUMBER_PREFIX}99{int.from_bytes(digest) % 10**10:010d}"


def _refusal(asked: Mapping[str, str], now: datetime) -> Refusal | None:
    buyer = asked["orgLegalId"]
    if buyer not in BUYERS:
        return Refusal("120", "شناسهٔ ملی دستگاه در ستاد ثبت نشده است")
    if buyer == SUSPENDED_BUYER:
        return Refusal("150", "دسترسی دستگاه معلق است")
    deadline = _deadline(asked["jalaliSendDeadlineDate"])
    if deadline is None:
        return Refusal("131", "تاریخ مهلت نامعتبر است")
    if deadline <= now:
        return Refusal("130", "مهلت ارسال پیشنهاد گذشته است")
    if int(asked["estimatedPrice"].replace(",", "")) > LARGEST_BUDGET:
        return Refusal("140", "برآورد بیش از حد معاملات مجاز است")
    return None


def _deadline(text: str) -> datetime | None:
    try:
        return _read_deadline(text)
    except DateError:
        return None
