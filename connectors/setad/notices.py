"""The simulated board's notices: forty-seven made-up ones that between them show every habit of the real board.

Leading zeros, Persian digits in numbers and prices, Arabic and Persian ye and kaf, prices with commas, without, as JSON
numbers and missing, both ways of writing a moment, a lone hyphen for "no date", and booleans in seven spellings.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from mappings.dates import date_writer

COUNT = 47
GOODS, SERVICES = 1431, 1432
#: City codes are made up but for Tehran's.
CITIES: dict[str, tuple[str, str]] = {
    "3310": ("تهران", "تهران"),
    "9901": ("استان نمونه", "شهر آزمایشی یک"),
    "9902": ("استان نمونه", "شهر آزمایشی دو"),
}

_write_day = date_writer("jalali:%Y/%m/%d")
_PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_ARABIC_LETTERS = str.maketrans("یک", "يك")
_GOODS = (
    "خرید کیسهٔ زباله",
    "خرید رایانهٔ اداری",
    "تأمین شن و ماسه",
    "خرید لاستیک کامیون",
    "خرید نهال چنار",
    "خرید چراغ خیابانی",
)
_SERVICES = (
    "نگهداری فضای سبز ناحیه",
    "خدمات پاکسازی کانال‌ها",
    "نقشه‌برداری معابر",
    "اجارهٔ ماشین‌آلات برف‌روبی",
    "نگهداری آسانسور ساختمان اداری",
)
_BUYERS = ("شهرداری نمونه", "سازمان آزمایشی پارک‌ها", "شرکت نمونهٔ ساماندهی صنایع")
_EMERGENCY: tuple[Any, ...] = (False, None, 0, 1, "0", "1", True)


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice: its card as the board writes it, and what the board's search looks at."""

    card: dict[str, Any]
    city: str
    kind: int


@lru_cache(maxsize=4)
def population(today: date) -> tuple[Notice, ...]:
    """Every notice, newest first. Deadlines lie ahead of `today`, since a board shows what is still open."""
    return tuple(_notice(index, today) for index in range(COUNT))


def _notice(index: int, today: date) -> Notice:
    kind = SERVICES if index % 3 == 1 else GOODS
    titles = _SERVICES if kind == SERVICES else _GOODS
    city = tuple(CITIES)[index % len(CITIES)]
    province, town = CITIES[city]
    title = f"{titles[index % len(titles)]} – نوبت {index + 1}"
    number = f"{'00' if index % 4 == 0 else '11'}0599{index + 1:010d}"
    card = {
        "boardName": "نیازها",
        "title": title.translate(_ARABIC_LETTERS) if (index + 1) % 3 == 0 else title,
        "orgName": _BUYERS[index % len(_BUYERS)],
        "provinceName": province,
        "cityName": town,
        "number": number.translate(_PERSIAN_DIGITS) if (index + 3) % 5 == 0 else number,
        "jalaliSendDeadlineDate": f"{_write_day(today + timedelta(days=30 - index % 19))} - 13:00",
        "jalaliDocumentDeadlineDate": _documents_until(index, today),
        "basePrice": _price(index),
        "tableId": 990000 + index,
        "reqId": 9900000 + index,
        "needType": str(kind) if (index + 1) % 6 == 0 else kind,
        "isEmergency": _EMERGENCY[index % len(_EMERGENCY)],
    }
    return Notice(card, city, kind)


def _documents_until(index: int, today: date) -> str:
    if (index + 4) % 7 == 0:
        return "-"
    return f"{_write_day(today + timedelta(days=10 - index % 9))} 10:00:00"


def _price(index: int) -> str | int | None:
    rial = 1_250_000_000 + index * 10_000_000
    spellings: tuple[str | int | None, ...] = (
        f"{rial:,}",
        str(rial),
        f"{rial:,}".translate(_PERSIAN_DIGITS),
        rial,
        None,
    )
    return spellings[index % len(spellings)]
