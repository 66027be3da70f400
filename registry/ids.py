"""Identifiers that sort by time: UUID version 7 (RFC 9562 §5.7)."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def new_id(now: datetime, random: Callable[[int], bytes] = os.urandom) -> str:
    """Return a UUIDv7 as text: 48 bits of Unix milliseconds, 74 bits from `random`."""
    millis = ((now - _EPOCH) // _MILLISECOND) & 0xFFFF_FFFF_FFFF
    bits = int.from_bytes(random(10))
    value = millis << 80 | 0x7 << 76 | (bits >> 68 & 0xFFF) << 64 | 0b10 << 62 | bits & 0x3FFF_FFFF_FFFF_FFFF
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
