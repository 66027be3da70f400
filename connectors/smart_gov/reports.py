"""The simulated portal's memory of what agencies owe it: usage, feedback and outages, by the sender's reference."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from mappings.dates import time_writer

from .shelf import Refusal

Json = Any

#: Path segment to operation.
KINDS: Final[Mapping[str, str]] = {"usage": "upload_usage", "feedback": "pass_feedback", "outages": "announce_outage"}
#: A service that the portal has no card of.
UNKNOWN_CARD: Final = "99999999999"

_write_moment = time_writer("jalali:%Y/%m/%d %H:%M:%S")
_MOMENT: Final = re.compile(r"1[34]\d\d/\d\d/\d\d \d\d:\d\d:\d\d", re.ASCII)
_MEMBERS: Final[Mapping[str, Mapping[str, type]]] = {
    "upload_usage": {"period": str, "channel": str, "requested": int, "completed": int, "refused": int},
    "pass_feedback": {"rating": int, "givenAt": str},
    "announce_outage": {"kindCode": str, "reason": str, "startsAt": str},
}
_OPTIONAL: Final[Mapping[str, frozenset[str]]] = {
    "upload_usage": frozenset(),
    "pass_feedback": frozenset({"text", "answer", "answeredAt"}),
    "announce_outage": frozenset({"endsAt"}),
}


class Reports:
    """What has been reported. The same reference with the same content gives the first receipt again."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._taken: dict[str, tuple[str, Json, Json]] = {}

    def take(self, operation: str, code: str, asked: Json) -> tuple[Json, bool]:
        """The receipt of a report and whether it is new. Raises Refusal."""
        _check(operation, asked)
        if code == UNKNOWN_CARD:
            raise Refusal(422, "CARD_UNKNOWN", "شناسنامه‌ای با این کد نیست")
        known = self._taken.get(asked["reference"])
        if known is not None:
            if known[:2] != (operation, {**asked, "cardCode": code}):
                raise Refusal(409, "REFERENCE_REUSED", "این شناسه پیش‌تر با محتوای دیگری آمده است")
            return known[2], False
        receipt = {"receiptId": f"R{len(self._taken) + 1:08d}", "recordedAt": str(_write_moment(self._clock()))}
        self._taken[asked["reference"]] = (operation, {**asked, "cardCode": code}, receipt)
        return receipt, True

    def shown(self) -> list[Json]:
        """Every report, oldest first."""
        return [{"operation": operation, **asked, **receipt} for operation, asked, receipt in self._taken.values()]


def _check(operation: str, asked: Json) -> None:
    members = {"reference": str, **_MEMBERS[operation]}
    sound = (
        isinstance(asked, Mapping)
        and asked.keys() <= members.keys() | _OPTIONAL[operation]
        and all(type(asked.get(name)) is kind for name, kind in members.items())
        and all(_MOMENT.fullmatch(str(value)) for name, value in asked.items() if name.endswith("At"))
    )
    if not sound:
        raise Refusal(400, "MALFORMED", "بدنه درخواست با قرارداد سازگار نیست")
