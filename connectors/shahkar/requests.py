"""The identifier Shahkar wants with every request, new each time: an asked-again question carries another one."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from connectors.faults import Clock

TEHRAN: Final = ZoneInfo("Asia/Tehran")
SHAPE: Final = re.compile(r"[0-9]{24}")
_SUFFIXES: Final = 10**6

#: Gives a whole number below its argument.
Draw = Callable[[int], int]


class RequestIds:
    """Provider code (4 digits), Tehran time `yyyyMMddHHmmss` (Gregorian), and six digits.

    The six digits begin anywhere and count up, so that one process never repeats itself and two processes of one second
    hardly meet; where they do, Shahkar refuses and the next attempt carries another identifier.
    """

    def __init__(self, provider: str, clock: Clock, draw: Draw) -> None:
        self._provider = provider
        self._clock = clock
        self._next = draw(_SUFFIXES)

    def new(self) -> str:
        """An identifier that was not given before."""
        self._next = (self._next + 1) % _SUFFIXES
        return f"{self._provider}{self._clock().astimezone(TEHRAN):%Y%m%d%H%M%S}{self._next:06d}"


def written_at(request_id: str) -> datetime:
    """The instant inside an identifier. Raises ValueError for what is none."""
    if not SHAPE.fullmatch(request_id):
        raise ValueError("a requestId has 24 digits")
    return datetime.strptime(request_id[4:18], "%Y%m%d%H%M%S").replace(tzinfo=TEHRAN)
