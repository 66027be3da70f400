"""What the rounds of a run say together: the median of each number, and between which values it lay."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import TypedDict


class Spread(TypedDict):
    """One number over all rounds."""

    median: float
    low: float
    high: float


Row = dict[str, Spread]
"""A subject's numbers by name."""
Rows = dict[str, Row]
"""Rows by subject."""


def spread(values: Sequence[float]) -> Spread:
    """Median, smallest and largest. Raises ValueError without any."""
    if not values:
        raise ValueError("a median needs at least one round")
    return Spread(median=median(values), low=min(values), high=max(values))


def summed_up(rounds: Sequence[Mapping[str, float]]) -> Row:
    """The rounds of one subject as one row, with the number of `rounds` in it."""
    names = rounds[0] if rounds else {}
    row: Row = {name: spread([float(one[name]) for one in rounds]) for name in names}
    row["rounds"] = spread([len(rounds)])
    return row


def middle(row: Mapping[str, Spread], name: str) -> float:
    """The median of one number."""
    return row[name]["median"]


def ratio(part: float | None, whole: float | None) -> float | None:
    """How much `part` is of `whole`; None where one is missing or there is nothing to divide by."""
    return None if part is None or not whole else part / whole
