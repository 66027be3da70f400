"""Who speaks in the story, what it has learned so far, and how it looks at an inquiry."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console.story.caller import Caller, Unexpected
from console.story.cast import LEGAL_BASIS, PURPOSE
from console.story.clock import StoryClock
from console.story.stage import Stage
from mappings.dates import jalali_text

PATIENCE = 30.0
"""Seconds of real time the story waits for an inquiry to end."""


@dataclass
class Scene:
    """Who speaks, and what the story has learned so far."""

    stage: Stage
    permits: Caller
    window: Caller
    sandbox: Caller
    clock: StoryClock
    look: Callable[[], None]
    heard: Callable[[], int]
    permit_request: str
    window_request: str
    code: str = ""
    waiting_inquiry: str = ""
    window_number: str = ""

    async def ask(self, service: str, payload: dict[str, Any], *, wait: int = 10, subject: str | None = None) -> Any:
        """Make one inquiry inside the case."""
        body = {
            "service": service,
            "payload": payload,
            "purpose": PURPOSE,
            "legal_basis": LEGAL_BASIS,
            "case": self.code,
        }
        if subject is not None:
            body["subject"] = subject
        made = await self.permits.post("/v1/inquiries", body, wait=wait)
        return made if "answer" in made else await self.permits.get(made["links"]["self"])

    async def all_told(self) -> None:
        """Wait until the subscriber has heard every event so far. Raises Unexpected when it does not."""
        seen = await self.permits.get(f"/v1/cases/{self.code}/timeline")
        for _ in range(int(PATIENCE / 0.05)):
            if self.heard() >= len(seen["events"]):
                return
            await asyncio.sleep(0.05)
        raise Unexpected(f"the subscriber heard {self.heard()} of {len(seen['events'])} events")

    async def until(self, inquiry_id: str, *states: str) -> Any:
        """Look at an inquiry until it is in one of the states. Raises Unexpected when it never is."""

        async def watch() -> Any:
            while True:
                seen = await self.permits.get(f"/v1/inquiries/{inquiry_id}")
                if seen["state"] in states:
                    return seen
                await asyncio.sleep(0.05)

        try:
            return await asyncio.wait_for(watch(), PATIENCE)
        except TimeoutError as late:
            raise Unexpected(f"inquiry {inquiry_id} is not {' or '.join(states)} after {PATIENCE} s") from late


def expect(inquiry: Any, state: str) -> Any:
    """Give the answer of an inquiry in the state foreseen. Raises Unexpected."""
    if inquiry["state"] != state:
        raise Unexpected(f"{inquiry['service']} is {inquiry['state']}, not {state}: {inquiry.get('reason')}")
    return inquiry.get("answer")


def when(instant: str | datetime) -> str:
    """Write an instant in Tehran's time by the Jalali calendar."""
    moment = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    return jalali_text(moment)


def hidden(national_id: str) -> str:
    """Show enough of a national ID to recognise it, and no more."""
    return f"{national_id[:3]}•••••{national_id[-2:]}"


def translated(inquiry: Any) -> str:
    """Name the mapping whose bytes translated the exchange."""
    mapping = inquiry["mapping"]
    return f"{mapping['id']}  [dim]sha256 {mapping['hash'][:12]}…[/]"
