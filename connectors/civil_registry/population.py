"""The persons of the simulated registry. Every identifier is synthetic: no such person exists."""

import base64
from typing import Any, Final


def encoded(text: str) -> str:
    """Text as the registry sends it: base64 of UTF-8."""
    return base64.b64encode(text.encode()).decode()


def _person(nin: int, birth_date: int, name: str, family: str, father: str, gender: int) -> dict[str, Any]:
    return {
        "nin": nin,
        "birthDate": birth_date,
        "name": encoded(name),
        "family": encoded(family),
        "fatherName": encoded(father),
        "gender": gender,
        "shenasnameNo": nin % 1000,
        "shenasnameSeri": encoded("الف"),
        "shenasnameSerial": 100000 + nin % 900000,
        "officeName": encoded("تهران"),
        "bookNo": 1,
        "bookRow": 1,
        "deathStatus": 0,
        "deathDate": 0,
    }


#: By national ID as the registry keeps it: a number without its leading zeros. Gender 1 is male, 2 female.
PERSONS: Final[dict[int, dict[str, Any]]] = {
    person["nin"]: person
    for person in (
        _person(9990000018, 13690922, "سارا", "آزمایشی", "علی", 2),
        _person(9990000026, 13580115, "رضا", "نمونه‌پور", "حسن", 1),
        _person(9990000069, 13100101, "کریم", "یادگاری", "یحیی", 1) | {"deathStatus": 1, "deathDate": 13990615},
        _person(19, 13700707, "پریسا", "صفرآبادی", "کاظم", 2),
    )
}
