"""What every simulator stands on: its context, its ledger of effects, its calendar and its control routes.

A folder's `simulator.py` exports

    FAULTS: Mapping[str, frozenset[FaultKind]]        operation → the kinds it can show
    EXPECTED: Mapping[tuple[str, FaultKind], frozenset[str]]    optional: endings of the port other than the usual
    def create(context: SimulationContext) -> Starlette         ends in `return simulate(context, routes, …)`

It answers with its system's real quirks, records every effect in `context.ledger`, reads the time from
`context.clock` and asks `context.faults.take(kind, operation)` for the faults that need its own knowledge.
"""

import hashlib
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

from connectors.faults import GENERAL, Clock, Fault, FaultKind, FaultMenu
from connectors.misbehaviour import Asked, ErrorReply, Misbehaving, OperationOf

__all__ = [
    "GENERAL",
    "Asked",
    "EffectLedger",
    "Fault",
    "FaultKind",
    "FaultMenu",
    "OpeningTimes",
    "SimulationContext",
    "simulate",
]

TEHRAN = ZoneInfo("Asia/Tehran")


@dataclass(frozen=True, slots=True)
class RecordedEffect:
    """Something that really happened at the simulated system. `digest` is SHA-256 over the request's content."""

    operation: str
    reference: str
    at: datetime
    digest: str


class EffectLedger:
    """Every effect in order, so that a test can prove that nothing happened twice."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._effects: list[RecordedEffect] = []

    def record(self, operation: str, reference: str, content: Any) -> RecordedEffect:
        """Write down an effect the moment it happens. `content` is anything JSON can show."""
        text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
        digest = hashlib.sha256(text.encode()).hexdigest()
        effect = RecordedEffect(operation, reference, self._clock(), digest)
        self._effects.append(effect)
        return effect

    def count(self, operation: str, reference: str) -> int:
        """How often the operation took effect under this reference."""
        return sum(1 for effect in self._effects if (effect.operation, effect.reference) == (operation, reference))

    @property
    def effects(self) -> tuple[RecordedEffect, ...]:
        """Everything that happened, oldest first."""
        return tuple(self._effects)


@dataclass(slots=True)
class OpeningTimes:
    """When the simulated system is open, in Tehran time. As shipped it never closes."""

    holidays: set[date] = field(default_factory=set)
    opens: time | None = None
    closes: time | None = None

    def holiday(self, now: datetime) -> bool:
        """Whether `now` falls on a holiday."""
        return now.astimezone(TEHRAN).date() in self.holidays

    def outside_hours(self, now: datetime) -> bool:
        """Whether `now` falls outside the office hours."""
        if self.opens is None or self.closes is None:
            return False
        return not self.opens <= now.astimezone(TEHRAN).time() < self.closes

    def as_json(self) -> dict[str, Any]:
        """The calendar as shown over HTTP."""
        return {
            "holidays": sorted(day.isoformat() for day in self.holidays),
            "opens": self.opens.isoformat() if self.opens else None,
            "closes": self.closes.isoformat() if self.closes else None,
        }


@dataclass(slots=True)
class SimulationContext:
    """Everything one simulated system is given. `state` maps a name to what `GET /_sim/state` shows under it."""

    system: str
    clock: Clock
    seed: int
    faults: FaultMenu
    ledger: EffectLedger
    calendar: OpeningTimes
    random: random.Random
    state: dict[str, Callable[[], Any]] = field(default_factory=dict)

    @classmethod
    def fresh(cls, system: str, *, clock: Clock, seed: int) -> "SimulationContext":
        """A context nothing has happened in. Equal seeds behave equally."""
        own = int.from_bytes(hashlib.sha256(f"{system}/{seed}".encode()).digest()[:8])
        return cls(
            system=system,
            clock=clock,
            seed=seed,
            faults=FaultMenu(clock, own),
            ledger=EffectLedger(clock),
            calendar=OpeningTimes(),
            random=random.Random(own),  # noqa: S311 - reproducible populations, no secret.
        )


def no_error_reply(_kind: FaultKind, _operation: str) -> Response | None:
    """For a system that has no error bodies of its own."""
    return None


def simulate(
    context: SimulationContext,
    routes: Sequence[BaseRoute],
    *,
    operation_of: OperationOf | None = None,
    error_reply: ErrorReply = no_error_reply,
) -> Starlette:
    """The simulator as an application: its routes, its faults acted out around them, its control routes beside them.

    `operation_of` tells which of the manifest's operations a request is (None: no operation, never at fault). Left out,
    the name of the matching route is the operation. `error_reply` gives the system's own body for `http_200_error`,
    `http_299`, `http_401`, `http_500`, `plain_text` and `html`, or None for the usual one.
    """

    def by_route_name(asked: Asked) -> str | None:
        scope: Scope = asked.scope
        for route in routes:
            if isinstance(route, Route) and route.matches(scope)[0] is Match.FULL:
                return route.name
        return None

    chosen = operation_of or by_route_name

    def outside_control(asked: Asked) -> str | None:
        return None if asked.path.startswith("/_sim/") else chosen(asked)

    misbehaving = Middleware(Misbehaving, menu=context.faults, operation_of=outside_control, error_reply=error_reply)
    return Starlette(routes=[*routes, *_control(context)], middleware=[misbehaving])


def _control(context: SimulationContext) -> list[Route]:
    async def faults(request: Request) -> Response:
        if request.method == "DELETE":
            context.faults.clear()
        elif request.method == "POST":
            asked = await request.json()
            try:
                _arm(context.faults, asked)
            except (ValueError, TypeError, KeyError) as problem:
                return JSONResponse({"problem": str(problem), "kinds": [kind.value for kind in FaultKind]}, 422)
        return JSONResponse([fault.as_json() for fault in context.faults.armed])

    async def ledger(_: Request) -> Response:
        return JSONResponse([
            {"operation": effect.operation, "reference": effect.reference, "at": effect.at.isoformat(),
             "digest": effect.digest}
            for effect in context.ledger.effects
        ])  # fmt: skip

    async def state(_: Request) -> Response:
        return JSONResponse({name: show() for name, show in context.state.items()})

    async def calendar(request: Request) -> Response:
        if request.method == "POST":
            asked = await request.json()
            try:
                _set_calendar(context.calendar, asked)
            except (ValueError, TypeError, AttributeError) as problem:
                return JSONResponse({"problem": str(problem)}, 422)
        return JSONResponse(context.calendar.as_json())

    return [
        Route("/_sim/faults", faults, methods=["GET", "POST", "DELETE"]),
        Route("/_sim/ledger", ledger, methods=["GET"]),
        Route("/_sim/state", state, methods=["GET"]),
        Route("/_sim/calendar", calendar, methods=["GET", "POST"]),
    ]


def _arm(menu: FaultMenu, asked: Mapping[str, Any]) -> None:
    until = asked.get("until")
    menu.arm(
        asked["kind"],
        operation=asked.get("operation", "*"),
        times=asked.get("times", 1),
        until=datetime.fromisoformat(until) if until else None,
        **asked.get("options", {}),
    )


def _set_calendar(calendar: OpeningTimes, asked: Mapping[str, Any]) -> None:
    """Only what is named changes; null hours mean never closed."""
    if "holidays" in asked:
        calendar.holidays = {date.fromisoformat(day) for day in asked["holidays"]}
    if "opens" in asked:
        calendar.opens = time.fromisoformat(asked["opens"]) if asked["opens"] else None
    if "closes" in asked:
        calendar.closes = time.fromisoformat(asked["closes"]) if asked["closes"] else None
