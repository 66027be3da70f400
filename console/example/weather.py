"""What goes wrong at the simulated systems of the example, set over the sandbox's control routes as a developer would.

The faults stay: whatever is tried, some of it gets stuck again, for causes that differ.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from console.story.caller import Caller
from console.story.clock import TEHRAN

HOLIDAY: Final = "smart_gov"
"""The portal that is closed today."""

BROKEN: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    # A reply code nobody documented: parked, until the table of codes is completed.
    ("shahkar", {"kind": "unknown_code", "operation": "match", "times": None, "options": {"chance": 0.3}}),
    # A new value in a list: parked under one version of the mapping.
    ("civil_registry", {"kind": "drift_enum", "operation": "identity", "times": None, "options": {"chance": 0.12}}),
    # A page of a proxy instead of an answer.
    ("post", {"kind": "html", "operation": "address", "times": None, "options": {"chance": 0.08}}),
    # The payment is taken, the answer lost, and whoever asks what became of it gets an error: in doubt.
    ("treasury", {"kind": "lost_answer", "operation": "request_payment", "times": None, "options": {"chance": 0.5}}),
    ("treasury", {"kind": "http_500", "operation": "payment_state", "times": None}),
)


async def break_down(sandbox: Caller) -> None:
    """Let four systems misbehave now and then."""
    for system, fault in BROKEN:
        await sandbox.post(f"/{system}/_sim/faults", fault)


async def close_for_today(sandbox: Caller, clock: Callable[[], datetime]) -> None:
    """Close one portal for the day."""
    today = clock().astimezone(TEHRAN).date().isoformat()
    await sandbox.post(f"/{HOLIDAY}/_sim/calendar", {"holidays": [today]})
