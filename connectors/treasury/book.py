"""The simulated treasury's book: payments by trace number, and what may become of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from mappings.dates import time_writer

STATES: Final = ("Request", "Payment", "ConfWait", "Settle", "Revoke", "Conflict")
#: Deposit identifiers of this beginning are known; of the second they are known and expired.
KNOWN, EXPIRED = "9990", "9998"
#: A bill that was paid long ago.
PAID_BILL: Final = ("9900000199960", "125041280")
_FIRST: Final = 900000000001
_AMOUNT: Final = 1_250_000
_ASKED, _PAID, _SETTLED = "1405/08/28 10:00:00", "1405/08/29 10:00:00", "1405/08/30 08:00:00"

_written = time_writer("jalali:%Y/%m/%d %H:%M:%S")


@dataclass(slots=True)
class Entry:
    """One payment. Dates are Jalali, Tehran time."""

    trace_number: str
    state: str
    amount: int
    request_number: str | None = None
    deposit_id: str | None = None
    bill: tuple[str, str] | None = None
    requested: str | None = None
    paid: str | None = None
    settled: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The payment as the treasury shows it."""
        bill_id, payment_id = self.bill or (None, None)
        shown = {
            "traceNo": self.trace_number,
            "state": self.state,
            "amount": self.amount,
            "requestNo": self.request_number,
            "depositId": self.deposit_id,
            "billId": bill_id,
            "payId": payment_id,
            "payUrl": f"https://pay.invalid/{self.trace_number}" if self.state == "Request" else None,
            "requestDate": self.requested,
            "payDate": self.paid,
            "settleDate": self.settled,
        }
        return {name: value for name, value in shown.items() if value is not None}


class Book:
    """Every payment, and five that were there before: settled, paid, waiting, given back, in conflict."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        deposits = [f"{KNOWN}{number:026d}" for number in range(1, 6)]
        self.entries = [
            Entry(str(_FIRST), "Settle", _AMOUNT, "S-1", deposits[0], None, _ASKED, _PAID, _SETTLED),
            Entry(str(_FIRST + 1), "Payment", _AMOUNT, "S-2", deposits[1], None, _ASKED, _PAID),
            Entry(str(_FIRST + 2), "ConfWait", _AMOUNT, "S-3", deposits[2], None, _ASKED, _PAID),
            Entry(str(_FIRST + 3), "Revoke", _AMOUNT, "S-4", deposits[3], None, _ASKED, _PAID),
            Entry(str(_FIRST + 4), "Conflict", _AMOUNT, None, deposits[4]),
        ]

    def find(self, asked: Mapping[str, Any]) -> Entry | None:
        """By the asker's number, the deposit identifier or bill and payment identifiers; the newest of several."""
        bill = (asked.get("billId"), asked.get("payId"))
        for entry in reversed(self.entries):
            if asked.get("requestNo") and entry.request_number == asked["requestNo"]:
                return entry
            if asked.get("depositId") and entry.deposit_id == asked["depositId"]:
                return entry
            if all(bill) and entry.bill == bill:
                return entry
        return None

    def by_trace(self, trace_number: str) -> Entry | None:
        """The payment of this trace number."""
        return next((entry for entry in self.entries if entry.trace_number == trace_number), None)

    def request(self, asked: Mapping[str, Any]) -> Entry:
        """Write down a request. Not deduplicated here: the desk looks first."""
        bill = (asked["billId"], asked["payId"]) if asked.get("billId") else None
        number = str(_FIRST + len(self.entries) + 5)
        entry = Entry(number, "Request", asked["amount"], asked["requestNo"], asked.get("depositId"), bill, self._now())
        self.entries.append(entry)
        return entry

    def move(self, entry: Entry, state: str) -> None:
        """Bring a payment into another state, with its date."""
        entry.state = state
        if state in {"Payment", "ConfWait"}:
            entry.paid = self._now()
        elif state == "Settle":
            entry.settled = self._now()

    def _now(self) -> str:
        return str(_written(self._clock()))
