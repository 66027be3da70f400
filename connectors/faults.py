"""The fault menu: what a simulated system can be told to do wrong, and when."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

Clock = Callable[[], datetime]


class FaultKind(StrEnum):
    """Everything the outside systems are known to do wrong. Values are the names used over HTTP."""

    DELAY = "delay"
    HANG = "hang"
    RESET = "reset"
    LOST_ANSWER = "lost_answer"
    HTTP_401 = "http_401"
    HTTP_200_ERROR = "http_200_error"
    HTTP_299 = "http_299"
    HTTP_500 = "http_500"
    PLAIN_TEXT = "plain_text"
    HTML = "html"
    CP1256 = "cp1256"
    MOJIBAKE = "mojibake"
    OVERSIZE = "oversize"
    TRUNCATED = "truncated"
    # The kinds below need the simulator's own knowledge: it asks `FaultMenu.take` for them.
    HOLIDAY = "holiday"
    OFFICE_HOURS = "office_hours"
    QUOTA = "quota"
    DUPLICATE_REQUEST = "duplicate_request"
    CLOCK_SKEW = "clock_skew"
    EXPIRED_TOKEN = "expired_token"  # noqa: S105 - the name of a fault.
    LOST_ZEROS = "lost_zeros"
    SOAP_PREFIX = "soap_prefix"
    DRIFT_RENAMED = "drift_renamed"
    DRIFT_ENUM = "drift_enum"
    UNKNOWN_CODE = "unknown_code"

    @property
    def titles(self) -> Mapping[str, str]:
        """What the fault is called for people: `fa` and `en`."""
        fa, en = _TITLES[self]
        return {"fa": fa, "en": en}


_TITLES: Mapping[FaultKind, tuple[str, str]] = {
    FaultKind.DELAY: ("پاسخ دیرهنگام", "Late answer"),
    FaultKind.HANG: ("بی‌پاسخ ماندن", "No answer at all"),
    FaultKind.RESET: ("قطع اتصال در میانهٔ پاسخ", "Connection broken in mid-body"),
    FaultKind.LOST_ANSWER: ("انجام شد ولی پاسخ گم شد", "Done, but the answer was lost"),
    FaultKind.HTTP_401: ("رد اعتبارنامه", "HTTP 401"),
    FaultKind.HTTP_200_ERROR: ("خطا با کد HTTP 200", "An error under HTTP 200"),
    FaultKind.HTTP_299: ("پاسخ با کد HTTP 299", "HTTP 299"),
    FaultKind.HTTP_500: ("خطای داخلی سامانه", "HTTP 500"),
    FaultKind.PLAIN_TEXT: ("پاسخ متنی ساده", "A plain-text body"),
    FaultKind.HTML: ("صفحهٔ HTML به جای پاسخ", "An HTML page instead of an answer"),
    FaultKind.CP1256: ("پاسخ با کدگذاری windows-1256", "A windows-1256 body"),
    FaultKind.MOJIBAKE: ("متن به‌هم‌ریخته", "UTF-8 read as windows-1256"),
    FaultKind.OVERSIZE: ("پاسخ بیش از اندازه بزرگ", "A reply beyond every limit"),
    FaultKind.TRUNCATED: ("پاسخ بریده", "A reply cut short"),
    FaultKind.HOLIDAY: ("تعطیل رسمی", "Closed for a holiday"),
    FaultKind.OFFICE_HOURS: ("خارج از ساعت اداری", "Outside office hours"),
    FaultKind.QUOTA: ("پایان سهمیهٔ روزانه", "Daily quota used up"),
    FaultKind.DUPLICATE_REQUEST: ("شناسهٔ درخواست تکراری", "Duplicate request identifier"),
    FaultKind.CLOCK_SKEW: ("ناهماهنگی ساعت", "Clock skew"),
    FaultKind.EXPIRED_TOKEN: ("پایان اعتبار توکن", "Expired token"),
    FaultKind.LOST_ZEROS: ("حذف صفرهای ابتدایی", "Leading zeros lost"),
    FaultKind.SOAP_PREFIX: ("تغییر پیشوند SOAP", "Changed SOAP prefix"),
    FaultKind.DRIFT_RENAMED: ("تغییر نام یک فیلد", "A field renamed"),
    FaultKind.DRIFT_ENUM: ("مقدار ناشناختهٔ تازه", "A new value in a list"),
    FaultKind.UNKNOWN_CODE: ("کد پاسخ ناشناخته", "A reply code nobody documented"),
}

#: Kinds the framework acts out by itself for any simulator.
GENERAL: frozenset[FaultKind] = frozenset(
    {
        FaultKind.DELAY,
        FaultKind.HANG,
        FaultKind.RESET,
        FaultKind.LOST_ANSWER,
        FaultKind.HTTP_401,
        FaultKind.HTTP_500,
        FaultKind.PLAIN_TEXT,
        FaultKind.HTML,
        FaultKind.OVERSIZE,
        FaultKind.TRUNCATED,
    }
)


@dataclass(slots=True)
class Fault:
    """One armed fault. `times` counts down to nothing; None never ends by itself. `until` ends it at an instant."""

    kind: FaultKind
    operation: str = "*"
    times: int | None = 1
    until: datetime | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    def number(self, name: str, default: float) -> float:
        """The numeric option `name`."""
        return float(self.options.get(name, default))

    def as_json(self) -> dict[str, Any]:
        """The fault as shown over HTTP."""
        return {
            "kind": self.kind.value,
            "title": dict(self.kind.titles),
            "operation": self.operation,
            "times": self.times,
            "until": self.until.isoformat() if self.until else None,
            "options": dict(self.options),
        }


class FaultMenu:
    """The armed faults of one simulated system, oldest first.

    The option `chance` (0 to 1) makes a fault happen only sometimes, always the same way for the same seed.
    """

    def __init__(self, clock: Clock, seed: int) -> None:
        self._clock = clock
        self._random = random.Random(seed)  # noqa: S311 - reproducible misbehaviour, no secret.
        self._armed: list[Fault] = []

    def arm(
        self,
        kind: FaultKind | str,
        *,
        operation: str = "*",
        times: int | None = 1,
        until: datetime | None = None,
        **options: Any,
    ) -> Fault:
        """Put a fault on the menu. Raises ValueError for what it cannot act out."""
        if times is not None and times < 1:
            raise ValueError(f"times must be at least 1, not {times}")
        if until is not None and until.tzinfo is None:
            raise ValueError("until needs an offset")
        fault = Fault(FaultKind(kind), operation, times, until, options)
        for name in ("chance", "seconds", "bytes"):
            fault.number(name, 0.0)
        self._armed.append(fault)
        return fault

    def take(self, kind: FaultKind | str, operation: str) -> Fault | None:
        """The first armed fault of this kind for the operation, used up by one; None when it shall behave."""
        wanted = FaultKind(kind)
        now = self._clock()
        self._armed = [fault for fault in self._armed if fault.until is None or now < fault.until]
        for fault in self._armed:
            if fault.kind is not wanted or fault.operation not in {"*", operation}:
                continue
            if self._random.random() >= fault.number("chance", 1.0):
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    self._armed.remove(fault)
            return fault
        return None

    def clear(self) -> None:
        """Behave again."""
        self._armed.clear()

    @property
    def armed(self) -> tuple[Fault, ...]:
        """What is still on the menu."""
        return tuple(self._armed)
