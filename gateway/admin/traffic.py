"""What passes through the hub now: figures of each system for the last minutes, once or as a stream of events."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse

from gateway.admin.guard import GuardedRoute, SignedIn
from gateway.admin.roles import BASE
from gateway.documentation import described
from gateway.parts import Parts, parts_of
from gateway.replies import JsonReply
from gateway.times import both
from registry import inbox, traffic
from registry.inbox import InboxItem
from registry.staff import sign_ins
from registry.states import State
from registry.store import StoreUnavailable
from registry.traffic import Passage

router = APIRouter(tags=["admin"], route_class=GuardedRoute)

MINUTES = 15
LARGEST = 10_000
"""How many inquiries are looked at: of more, the newest."""
FRESH = timedelta(seconds=2)
"""How old figures may be that are shown to a second reader."""
URGENT = timedelta(days=2)
MOST_DUE = 20
_PROBLEMS = ("session.missing", "session.ended", "role.missing")
_UNDER_WAY = frozenset({State.ACCEPTED, State.QUEUED, State.SENT, State.WAITING})
_STUCK = frozenset({State.PARKED, State.IN_DOUBT})


@dataclass(slots=True)
class _Figures:
    """The sums of one system."""

    accepted: list[int] = field(default_factory=lambda: [0] * MINUTES)
    seconds: list[float] = field(default_factory=list)
    answered: int = 0
    refused: int = 0
    under_way: int = 0
    stuck: int = 0

    def add(self, one: Passage, minute: int) -> None:
        """Count one inquiry that came in `minute` minutes after the first one shown."""
        self.accepted[minute] += 1
        self.answered += one.state is State.ANSWERED
        self.refused += one.state is State.REFUSED
        self.under_way += one.state in _UNDER_WAY
        self.stuck += one.state in _STUCK
        if one.finished_at is not None and one.state is not State.CANCELLED:
            self.seconds.append((one.finished_at - one.accepted_at).total_seconds())

    def shown(self, system: str) -> dict[str, Any]:
        """As the API says it; times from acceptance to the end, in milliseconds."""
        return {
            "system": system,
            "accepted": sum(self.accepted),
            "answered": self.answered,
            "refused": self.refused,
            "under_way": self.under_way,
            "stuck": self.stuck,
            "median_ms": _share(self.seconds, 0.5),
            "p95_ms": _share(self.seconds, 0.95),
            "per_minute": self.accepted,
        }


def _share(seconds: Sequence[float], part: float) -> float | None:
    """The value below which this part of them lies (nearest rank); None of none."""
    if not seconds:
        return None
    return round(sorted(seconds)[min(len(seconds) - 1, int(part * len(seconds)))] * 1000, 1)


def figures(passed: Iterable[Passage], start: datetime) -> list[dict[str, Any]]:
    """Sum up by system, the busiest first."""
    systems: dict[str, _Figures] = {}
    for one in passed:
        minute = int((one.accepted_at - start) / timedelta(minutes=1))
        systems.setdefault(one.system, _Figures()).add(one, min(max(minute, 0), MINUTES - 1))
    shown = [found.shown(system) for system, found in systems.items()]
    return sorted(shown, key=lambda one: (-one["accepted"], one["system"]))


class Watch:
    """The figures of an application, computed once for all who look at the same moment."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._lock = asyncio.Lock()
        self._at: datetime | None = None
        self._latest: dict[str, Any] = {}

    async def look(self) -> dict[str, Any]:
        """Figures that are at most `FRESH` old. Raises StoreUnavailable."""
        async with self._lock:
            now = self._parts.clock()
            if self._at is None or now - self._at >= FRESH:
                self._latest = await self._compute(now)
                self._at = now
            return self._latest

    async def _compute(self, now: datetime) -> dict[str, Any]:
        start = now.replace(second=0, microsecond=0) - timedelta(minutes=MINUTES - 1)
        passed = await self._parts.store.read(lambda t: traffic.since(t, start, LARGEST + 1))
        return {
            **both("since", start),
            **both("until", now),
            "whole": len(passed) <= LARGEST,
            "minutes": [(start + timedelta(minutes=step)).isoformat() for step in range(MINUTES)],
            "systems": figures(passed[:LARGEST], start),
        }


def _watch(request: Request) -> Watch:
    found: Watch | None = getattr(request.app.state, "traffic_watch", None)
    if found is None:
        found = request.app.state.traffic_watch = Watch(parts_of(request))
    return found


@router.get(f"{BASE}/traffic", **described("Figures of each system for the last minutes", problems=_PROBLEMS))
async def see_traffic(request: Request) -> JsonReply:
    """Show what came in by minute, how it ended, how long it took. Of very many inquiries the newest are counted."""
    return JsonReply(await _watch(request).look())


@router.get(
    f"{BASE}/traffic/live",
    **described("The same figures every two seconds, as server-sent events", media_type="text/event-stream"),
)
async def stream_traffic(request: Request, events: Annotated[int | None, Query(ge=1)] = None) -> Response:
    """Send the event `traffic` until the reader leaves, the session ends (looking on is no use) or all are told."""
    signed_in: SignedIn = request.state.signed_in
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    stream = _told(_watch(request), parts_of(request), signed_in, events)
    return StreamingResponse(stream, headers=headers, media_type="text/event-stream")


async def _told(watch: Watch, parts: Parts, signed_in: SignedIn, most: int | None) -> AsyncIterator[bytes]:
    for told in count(1):
        try:
            if not await parts.store.read(lambda t: sign_ins.goes_on(t, signed_in.sign_in, parts.clock())):
                yield b"event: ended\ndata: {}\n\n"
                return
            yield b"event: traffic\ndata: " + orjson.dumps(await watch.look()) + b"\n\n"
        except StoreUnavailable:
            yield b": the store is not available\n\n"
        if told == most:
            return
        await asyncio.sleep(FRESH.total_seconds())


@router.get(
    f"{BASE}/inbox/due", **described("What units must answer by hand soon or should have answered", problems=_PROBLEMS)
)
async def see_due(request: Request) -> JsonReply:
    """List open items of all units that are due within two days, the most urgent first, without the questions."""
    parts = parts_of(request)
    now = parts.clock()
    found = await parts.store.read(lambda t: inbox.due(t, now + URGENT, MOST_DUE + 1))
    return JsonReply({"items": [_due_view(one, now) for one in found[:MOST_DUE]], "more": len(found) > MOST_DUE})


def _due_view(item: InboxItem, now: datetime) -> dict[str, Any]:
    return {
        "inquiry_id": item.inquiry_id,
        "unit": item.unit,
        "taken": item.claimed_by is not None,
        "overdue": item.deadline_at is not None and item.deadline_at < now,
        **both("deadline_at", item.deadline_at),
    }
