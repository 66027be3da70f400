"""What the simulated permit portal knows: invented requests of invented applicants, the same for one seed.

Numbers start with 3310 or 9900 and no person behind them exists. Some titles are written with Arabic ye and kaf,
as the real portal's are.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

TEHRAN: Final = ZoneInfo("Asia/Tehran")
PER_PAGE: Final = 21
REACHABLE: Final = 2_100
FOREIGN_RECORDS: Final = 2_300
OPEN_REQUESTS: Final = 400

STATUSES: Final[dict[str, tuple[int, str]]] = {
    "submitted": (1, "ثبت درخواست"),
    "under_review": (2, "در حال بررسی"),
    "defect": (3, "نیازمند رفع نقص"),
    "resubmitted": (4, "ارسال دوباره پس از رفع نقص"),
    "approved": (5, "تأیید و صدور"),
    "rejected": (6, "رد درخواست"),
    "auto_issued": (7, "صدور خودکار با پایان مهلت"),
    "revoked": (8, "ابطال"),
    "expired": (9, "پایان اعتبار"),
}

# The approved conditions of the municipality's permits: only these numbers may justify a rejection.
CONDITIONS: Final[dict[str, str]] = {
    "101": "ارائه سند مالکیت یا مبایعه‌نامه رسمی",
    "102": "انطباق درخواست با کاربری طرح تفصیلی",
    "103": "رعایت برهای اصلاحی",
    "104": "تسویه عوارض نوسازی",
    "105": "تأیید نقشه‌ها به دست مهندس ناظر",
}

PROVINCES: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "33": ("تهران", {"3310": "تهران", "3312": "شمیرانات", "3315": "ری"}),
    "21": ("اصفهان", {"2110": "اصفهان", "2114": "کاشان"}),
    "11": ("فارس", {"1110": "شیراز"}),
}

# Title, organisation, organisation code, ISIC code. The second and fourth are spelt with Arabic letters on purpose.
KINDS: Final[tuple[tuple[str, str, str, str], ...]] = (
    ("پروانه ساختمانی", "شهرداری تهران", "7001", "4100"),
    ("پروانه كسب خواربارفروشي", "اتاق اصناف تهران", "7002", "4711"),
    ("مجوز نصب تابلوی تبلیغاتی", "شهرداری تهران", "7001", "7310"),
    ("مجوز تأسيس باشگاه ورزشي", "اداره کل ورزش و جوانان", "7003", "9311"),
    ("پروانه بهره‌برداری کارگاه صنعتی", "سازمان صنعت، معدن و تجارت", "7004", "2599"),
)
_GIVEN: Final = ("نمونه", "آزمون", "فرضی", "ساختگی")


@dataclass(frozen=True, slots=True)
class Operation:
    """One line of a request's history. `at` is aware."""

    title: str
    reasons: tuple[str, ...]
    at: datetime
    slug: str


@dataclass(frozen=True, slots=True)
class Request:
    """One request on the portal. `deadline` matters only for requests this municipality has to decide."""

    number: str
    applicant: str
    kind: int
    province: str
    township: str
    slug: str
    submitted_at: datetime
    deadline: datetime | None = None
    responded_at: datetime | None = None
    expires_at: datetime | None = None
    history: tuple[Operation, ...] = ()
    notes: tuple[str, ...] = ()


def requests(now: datetime, seed: int) -> dict[str, Request]:
    """Every request by number: those of other issuers first, then those this municipality has to decide."""
    random = Random(seed)  # noqa: S311 - a data set that can be repeated, no secret.
    found = [_foreign(random, index, now) for index in range(FOREIGN_RECORDS)]
    found += [_open(f"331{index:05d}", "under_review", now, days=30) for index in range(1, OPEN_REQUESTS + 1)]
    found += _special(now)
    return {request.number: request for request in found}


def _foreign(random: Random, index: int, now: datetime) -> Request:
    province = random.choice(tuple(PROVINCES))
    submitted = now - timedelta(days=random.randrange(60, 700), minutes=random.randrange(1440))
    slug = random.choice(("approved", "approved", "rejected", "auto_issued", "expired"))
    responded = submitted + timedelta(days=random.randrange(1, 40))
    title = STATUSES[slug][1]
    reasons = (f"شرط شماره {random.choice(tuple(CONDITIONS))}",) if slug == "rejected" else ()
    return Request(
        number=f"99{index:05d}",
        applicant=f"متقاضی {random.choice(_GIVEN)} {index}",
        kind=random.randrange(len(KINDS)),
        province=province,
        township=random.choice(tuple(PROVINCES[province][1])),
        slug=slug,
        submitted_at=submitted,
        responded_at=responded,
        expires_at=None if slug == "rejected" else responded + timedelta(days=365),
        history=(
            Operation("ثبت درخواست", (), submitted, "submitted"),
            Operation(title, reasons, responded, slug),
        ),
    )


def _open(number: str, slug: str, now: datetime, *, days: int, kind: int = 0) -> Request:
    submitted = now - timedelta(days=3)
    history = [Operation("ثبت درخواست", (), submitted, "submitted")]
    if slug != "submitted":
        history.append(Operation(STATUSES[slug][1], (), submitted + timedelta(days=1), slug))
    return Request(
        number=number,
        applicant=f"متقاضی نمونه {number[-3:]}",
        kind=kind,
        province="33",
        township="3310",
        slug=slug,
        submitted_at=submitted,
        deadline=now + timedelta(days=days),
        responded_at=now - timedelta(days=1) if slug in {"approved", "rejected", "auto_issued"} else None,
        history=tuple(history),
        notes=("پرونده در منطقه ۱ تشکیل شده است",) if slug == "under_review" else (),
    )


def _special(now: datetime) -> list[Request]:
    """One request in each state that a decision can meet; the README lists them."""
    return [
        _open("33109001", "submitted", now, days=30),
        _open("33109002", "under_review", now, days=-2),  # Its deadline has passed: the portal issues by itself.
        _open("33109003", "approved", now, days=20),
        _open("33109004", "rejected", now, days=20),
        _open("33109005", "defect", now, days=20),
        _open("33109006", "resubmitted", now, days=20, kind=2),
        _open("33109007", "revoked", now, days=20),
        _open("33109008", "expired", now, days=-400),
    ]
