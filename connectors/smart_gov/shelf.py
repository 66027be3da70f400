"""The simulated portal's memory: messages by reference, cards by code and version. Repeats change nothing."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from persiantools.jdatetime import JalaliDateTime

from connectors.simulation import TEHRAN

from .data import INACTIVE_FOLDERS, SLOW_FOLDERS, has_folder, right_check_digit

Json = Any

STAGES: Final = frozenset(
    {"REGISTERED", "IN_PROGRESS", "ACTION_NEEDED", "APPROVED", "REJECTED", "ISSUED", "REVOKED", "CLOSED"}
)
_MESSAGE: Final = ("reference", "nationalCode", "trackingCode", "title", "body", "stage", "occurredAt")
_TEXTS: Final = ("titleFa", "titleEn", "provider", "approvalReference")
_LISTS: Final = ("legalBasis", "beneficiaries", "documents", "inquiries", "steps")
_CODES: Final = frozenset({"1", "2", "3"})
_JALALI: Final = re.compile(r"1[34]\d\d/\d\d/\d\d \d\d:\d\d:\d\d", re.ASCII)


class Refusal(Exception):
    """The portal says no: HTTP status, the contract's code, a sentence."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status = status
        self.body = {"code": code, "message": message}


class Shelf:
    """What has been delivered and published."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._messages: dict[str, tuple[Json, Json]] = {}
        self._cards: dict[str, dict[int, tuple[Json, Json]]] = {}

    def take_message(self, asked: Json) -> tuple[Json, bool]:
        """The delivery of a message and whether it is new. Raises Refusal."""
        _check_message(asked)
        known = self._messages.get(asked["reference"])
        if known is not None:
            if known[0] != asked:
                raise Refusal(409, "REFERENCE_REUSED", "این شناسه پیش‌تر با پیام دیگری آمده است")
            return known[1], False
        _check_recipient(asked["nationalCode"])
        delivery = {"messageId": f"F{len(self._messages) + 1:08d}", "status": "QUEUED"}
        if asked["nationalCode"] not in SLOW_FOLDERS:
            delivery |= {"status": "DELIVERED", "deliveredAt": self._now()}
        self._messages[asked["reference"]] = (asked, delivery)
        return delivery, True

    def take_card(self, code: str, version: int, asked: Json) -> tuple[Json, bool]:
        """The publication of a card's version and whether it is new. Raises Refusal."""
        _check_card(asked)
        versions = self._cards.setdefault(code, {})
        known = versions.get(version)
        if known is not None:
            if known[0] != asked:
                raise Refusal(409, "VERSION_REUSED", "این نسخه پیش‌تر با محتوای دیگری منتشر شده است")
            return known[1], False
        if versions and version < max(versions):
            raise Refusal(409, "VERSION_SUPERSEDED", "نسخه تازه‌تری منتشر شده است")
        if not any(letter.isdigit() for letter in asked["approvalReference"]):
            raise Refusal(422, "APPROVAL_MISSING", "شماره مصوبه شناخته نشد")
        publication = {"cardCode": code, "version": version, "publishedAt": self._now()}
        versions[version] = (asked, publication)
        return publication, True

    def messages(self) -> list[Json]:
        """Every message with its delivery, oldest first."""
        return [{**asked, **delivery} for asked, delivery in self._messages.values()]

    def cards(self) -> dict[str, list[int]]:
        """The published versions by card."""
        return {code: sorted(versions) for code, versions in self._cards.items() if versions}

    def _now(self) -> str:
        here = JalaliDateTime.to_jalali(self._clock().astimezone(TEHRAN))
        return f"{here:%Y/%m/%d %H:%M:%S}"


def _check_message(asked: Json) -> None:
    sound = (
        isinstance(asked, Mapping)
        and asked.keys() <= {*_MESSAGE, "link"}
        and all(isinstance(asked.get(name), str) for name in _MESSAGE)
        and 0 < len(asked["reference"]) <= 64  # noqa: PLR2004 - the contract's maxLength.
        and asked["stage"] in STAGES
        and _JALALI.fullmatch(asked["occurredAt"]) is not None
        and re.fullmatch(r"[0-9]{20}", asked["trackingCode"]) is not None
    )
    if not sound:
        raise Refusal(400, "MALFORMED", "بدنه درخواست با قرارداد سازگار نیست")


def _check_recipient(national_code: str) -> None:
    if not right_check_digit(national_code):
        raise Refusal(400, "NATIONAL_CODE_INVALID", "کد ملی نادرست است")
    if not has_folder(national_code):
        raise Refusal(422, "RECIPIENT_UNKNOWN", "کارپوشه‌ای برای این کد ملی نیست")
    if national_code in INACTIVE_FOLDERS:
        raise Refusal(422, "FOLDER_NOT_ACTIVE", "کارپوشه فعال نشده است")


def _check_card(asked: Json) -> None:
    sound = (
        isinstance(asked, Mapping)
        and asked.keys() <= {*_TEXTS, *_LISTS, "kindCode", "levelCode", "attendance", "fee"}
        and all(isinstance(asked.get(name), str) for name in _TEXTS)
        and all(isinstance(asked.get(name), list) for name in _LISTS)
        and asked.get("kindCode") in _CODES
        and asked.get("levelCode") in _CODES
        and isinstance(asked.get("attendance"), bool)
    )
    if not sound:
        raise Refusal(400, "MALFORMED", "بدنه درخواست با قرارداد سازگار نیست")
