"""The picture of a case: who asked, the hub between, whom it asked, and where something waits; places for an SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

WIDTH, ROW, BOX, TALL = 720, 74, 200, 58
"""Units of the drawing: its width, the height of a row, width and height of a box."""
HUB = "hub"
TERMINAL = frozenset({"answered", "refused", "cancelled"})
ORDER = ("parked", "in_doubt", "waiting", "sent", "queued", "accepted", "refused", "cancelled", "answered")
"""Which of several states a line tells: the one that most wants to be seen."""
TONES = {
    "parked": "bad", "in_doubt": "bad", "waiting": "wait", "sent": "busy", "queued": "busy", "accepted": "busy",
    "refused": "off", "cancelled": "off", "answered": "good",
}  # fmt: skip


@dataclass(slots=True)
class Box:
    """Somebody: `x`, `y` are the upper corner on the side where the page begins."""

    name: str
    x: float
    y: float


@dataclass(slots=True)
class Line:
    """What went between the hub and somebody: `state` and `since` of what is most in need of being seen."""

    name: str
    state: str = ""
    since: str | None = None
    count: int = 0
    told: int = 0
    states: list[str] = field(default_factory=list)
    y: float = 0

    @property
    def tone(self) -> str:
        """The tone of the state; told only: good."""
        return TONES.get(self.state, "good")

    @property
    def waits(self) -> bool:
        """Whether something on this line is not finished."""
        return bool(self.state) and self.state not in TERMINAL


@dataclass(frozen=True, slots=True)
class Picture:
    """Boxes and lines with their places; `height` in the same units as `WIDTH`."""

    askers: Sequence[Box]
    hub: Box
    systems: Sequence[Box]
    lines: Sequence[Line]
    height: float


def draw(case: Mapping[str, Any]) -> Picture:
    """Lay out a case as the admin API shows it."""
    askers = list(dict.fromkeys([case["owner"], *(one["owner"] for one in case["inquiries"])]))
    lines: dict[str, Line] = {}
    for one in case["inquiries"]:
        line = lines.setdefault(one["system"], Line(one["system"]))
        line.count += 1
        _take(line, one["state"], one["since"])
    for event in case["timeline"]:
        if event["system"] != HUB and event["inquiry_id"] is None:
            lines.setdefault(event["system"], Line(event["system"])).told += 1
    rows = max(len(askers), len(lines), 1)
    height = rows * ROW + ROW / 2
    for place, line in enumerate(lines.values()):
        line.y = _middle(place, len(lines), height)
    return Picture(
        [Box(name, 0, _middle(place, len(askers), height) - TALL / 2) for place, name in enumerate(askers)],
        Box(HUB, (WIDTH - BOX) / 2 - 40, height / 2 - TALL / 2),
        [Box(line.name, WIDTH - BOX, line.y - TALL / 2) for line in lines.values()],
        list(lines.values()),
        height,
    )


def _take(line: Line, state: str, since: str | None) -> None:
    line.states.append(state)
    if not line.state or ORDER.index(state) < ORDER.index(line.state):
        line.state, line.since = state, since
    elif state == line.state and since and (line.since is None or since < line.since):
        line.since = since


def _middle(place: int, many: int, height: float) -> float:
    return height / many * (place + 0.5)
