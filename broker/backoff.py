"""When a failed call is tried again, and when a person must look. Delays live in the ledger as `due_at`."""

from datetime import datetime, timedelta
from random import Random

from connectors.port import Retryable

FIRST = timedelta(seconds=5)
LONGEST = timedelta(hours=1)
MOST_TRIES = 30
PATIENCE = timedelta(days=7)


def next_try(fault: Retryable, *, tries: int, accepted_at: datetime, now: datetime, random: Random) -> datetime | None:
    """Say when to ask again, or None when patience is at an end.

    What the far side asked for (`after`, `not_before`) is the least wait. Otherwise the wait triples from 5 s up to
    an hour, with up to a fifth added so that waiting inquiries do not all come back at one instant.
    """
    if tries >= MOST_TRIES or now - accepted_at >= PATIENCE:
        return None
    if fault.not_before is not None and fault.not_before > now:
        return fault.not_before
    wait = fault.after or min(FIRST * 3 ** min(tries, 10), LONGEST)
    return now + wait * (1 + random.random() / 5)
