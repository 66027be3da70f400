"""What the simulated window checks in an organ's answer, in its order, with its codes.

The range 01 to 13 is seen; what each number means is assumed.
"""

import re
from collections.abc import Mapping
from typing import Any

from .inquiries import ORGANS, InquiryBook, well_formed

_JALALI_DATE = re.compile(r"1[34][0-9]{2}/(0[1-9]|1[0-2])/(0[1-9]|[12][0-9]|3[01])", re.ASCII)
_AGREE, _OPPOSE = "1", "2"

Problem = tuple[str, str]


def problem_with(asked: Mapping[str, Any], book: InquiryBook) -> Problem | None:
    """The first thing wrong with the answer as code and text, or None when it can stand."""
    return _wrong_address(asked, book) or _wrong_content(asked)


def _wrong_address(asked: Mapping[str, Any], book: InquiryBook) -> Problem | None:
    number, organ = asked.get("RequestNo"), asked.get("ResponseOrganization")
    if not well_formed(number):
        return "01", "شمارهٔ درخواست نامعتبر است"
    number = str(number)
    if not book.knows(number):
        return "02", "درخواست یافت نشد"
    if organ not in ORGANS:
        return "03", "کد دستگاه نامعتبر است"
    if organ not in book.routed(number):
        return "04", "این درخواست به این دستگاه ارسال نشده است"
    if book.answered_by(number, organ):
        return "10", "پاسخ این دستگاه پیش‌تر ثبت شده است"
    return None


def _wrong_content(asked: Mapping[str, Any]) -> Problem | None:
    response = asked.get("ResponseType")
    checks = (
        (response in {_AGREE, _OPPOSE}, "05", "نوع پاسخ نامعتبر است"),
        (_JALALI_DATE.fullmatch(str(asked.get("ResponseDate"))), "06", "تاریخ پاسخ نامعتبر است"),
        (asked.get("ResponseNo"), "07", "شمارهٔ نامه وارد نشده است"),
        (response != _OPPOSE or asked.get("OppositionReasonCode"), "08", "کد دلیل مخالفت وارد نشده است"),
        (response != _OPPOSE or asked.get("OppositionReasonTitle"), "09", "عنوان دلیل مخالفت وارد نشده است"),
        (not asked.get("Map") or str(asked["Map"]).startswith("https://"), "11", "نشانی نقشه نامعتبر است"),
    )
    return next(((code, text) for good, code, text in checks if not good), None)
