"""The work that every subject is given: inquiries of one KiB, all different, all synthetic."""

from dataclasses import dataclass

import orjson

SERVICE = "bench_register.deliver"
ONCE = "bench_register.deliver_once"
PURPOSE = "benchmark"
LEGAL_BASIS = "T 3-1"
PEOPLE = 500
SIZE = 1024
"""Bytes of a request's body."""

_SENTENCE = "پروندهٔ شما در شهرداری بررسی شد و نتیجه برای دریافت آماده است. "


def national_id(number: int) -> str:
    """A national ID of the range that nobody holds (999…), with a right check digit."""
    first = f"999{number % 1_000_000:06d}"
    remainder = sum(int(digit) * (10 - place) for place, digit in enumerate(first)) % 11
    return f"{first}{remainder if remainder < 2 else 11 - remainder}"


@dataclass(frozen=True)
class Asking:
    """How inquiries are written. `case` attaches all of them to one case; `prefix` keeps rounds apart."""

    prefix: str = "a"
    case: str | None = None
    service: str = SERVICE
    size: int = SIZE

    def body(self, number: int) -> bytes:
        """The body of inquiry `number`: the same bytes for every subject."""
        payload = {
            "national_id": national_id(number % PEOPLE),
            "tracking_code": "05000112345678901234",
            "title": f"پروندهٔ {self.prefix}-{number}",
            "body": _SENTENCE,
            "stage": "submitted",
            "occurred_at": "2026-08-20T10:00:00+03:30",
        }
        asked: dict[str, object] = {
            "service": self.service,
            "payload": payload,
            "purpose": PURPOSE,
            "legal_basis": LEGAL_BASIS,
            "channel": "G2G",
        }
        if self.case is not None:
            asked["case"] = self.case
        room = self.size - len(orjson.dumps(asked))
        # Two bytes a letter: Persian text costs what it costs in practice.
        more = (_SENTENCE * (room // 100 + 1)).encode()[: max(0, room)].decode(errors="ignore").rstrip()
        payload["body"] = (_SENTENCE + more).strip()
        return orjson.dumps(asked)
