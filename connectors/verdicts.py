"""From a mapping's verdict on a native reply to the port's errors, named by what the caller does next."""

import json
import re
from datetime import datetime, timedelta
from typing import Any, Protocol

import orjson

from connectors.calendar import OfficeCalendar
from connectors.port import ContractBroken, Effect, InDoubt, Json, Provenance, Refused, Retryable

#: Bytes of a broken reply that are kept for the person who looks at it.
SAMPLE_LIMIT = 64 * 1024

_SERVER_FAULT = 500
_UNAUTHORIZED = 401
_TOO_MANY = 429
#: SOAP Message Security 1.1 §12, without the prefixes that everyone chooses.
_SECURITY_FAULTS = frozenset(
    {"FailedAuthentication", "FailedCheck", "InvalidSecurity", "InvalidSecurityToken", "MessageExpired"}
    | {"SecurityTokenUnavailable", "UnsupportedAlgorithm", "UnsupportedSecurityToken"}
)
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


class Verdict(Protocol):
    """What a mapping makes of a native reply."""

    @property
    def kind(self) -> str:
        """How it ended: `answered`, `refused`, `retryable`, `in_doubt`, `broken` or `absent`."""
        ...

    @property
    def code(self) -> str:
        """A stable code."""
        ...

    @property
    def text(self) -> str:
        """A sentence for people."""
        ...

    @property
    def after(self) -> str | None:
        """When to ask again: an ISO 8601 duration, `next_open_day`, `next_opening` or `tomorrow`."""
        ...


class Judge:
    """Raises the error a verdict stands for. `system` names the codes that no mapping gave."""

    def __init__(self, system: str, calendar: OfficeCalendar) -> None:
        self._system = system
        self._calendar = calendar

    def judge(self, verdict: Verdict, native: Json, *, effect: Effect, now: datetime, provenance: Provenance) -> None:
        """Return when the reply is an answer. Raises Refused, Retryable, InDoubt, ContractBroken.

        What the mapping knows comes first. What it does not know is judged by HTTP status; a `once` call that the
        mapping does not know to be without effect is in doubt.
        """
        if verdict.kind == "answered":
            return
        code = verdict.code if "." in verdict.code else f"{self._system}.{verdict.code or verdict.kind}"
        match verdict.kind:
            case "refused" | "absent":
                raise Refused(code, verdict.text, provenance=provenance)
            case "retryable":
                raise self._retryable(code, verdict, now, provenance)
            case "in_doubt":
                raise InDoubt(code, verdict.text, provenance=provenance)
            case _:
                raise self._broken(code, verdict.text, native, effect, provenance)

    def _retryable(self, code: str, verdict: Verdict, now: datetime, provenance: Provenance) -> Retryable:
        openings = {
            "next_open_day": self._calendar.next_open_day,
            "next_opening": self._next_opening_after_refusal,
            "tomorrow": self._calendar.tomorrow,
        }
        if verdict.after in openings:
            return Retryable(code, verdict.text, not_before=openings[verdict.after](now), provenance=provenance)
        after = duration(verdict.after) if verdict.after else None
        return Retryable(code, verdict.text, after=after, provenance=provenance)

    def _next_opening_after_refusal(self, now: datetime) -> datetime:
        """The system says it is closed. If our calendar thinks it is open, ask again in a quarter of an hour."""
        opening = self._calendar.next_opening(now)
        return opening if opening > now else now + timedelta(minutes=15)

    def _broken(
        self, code: str, text: str, native: Json, effect: Effect, provenance: Provenance
    ) -> InDoubt | Retryable | ContractBroken:
        status = http_status(native)
        if _not_believed(native):
            text = f"the system does not believe who calls: {native['$fault'].get('text') or native['$fault']['code']}"
            wait = timedelta(hours=1)
            return Retryable(f"{self._system}.credentials_rejected", text, after=wait, provenance=provenance)
        if effect is Effect.ONCE:
            return InDoubt(code, text or "the reply cannot be understood", provenance=provenance)
        if status == _UNAUTHORIZED:
            text = "the system does not accept our credentials (HTTP 401)"
            return Retryable(
                f"{self._system}.credentials_rejected", text, after=timedelta(hours=1), provenance=provenance
            )
        if status == _TOO_MANY:
            text = "the system asks for fewer calls (HTTP 429)"
            wait = _retry_after(native) or timedelta(minutes=1)
            return Retryable(f"{self._system}.too_many_requests", text, after=wait, provenance=provenance)
        if status is not None and status >= _SERVER_FAULT:
            asked = _retry_after(native)
            return Retryable(f"{self._system}.http_{status}", f"HTTP {status}", after=asked, provenance=provenance)
        return ContractBroken(code, text, sample=sample_of(native), provenance=provenance)


def _not_believed(native: Json) -> bool:
    """Whether a SOAP fault says that the Security header was refused: then nothing of the Body was done."""
    fault = native.get("$fault") if isinstance(native, dict) else None
    return isinstance(fault, dict) and str(fault.get("code", "")).rpartition(":")[2] in _SECURITY_FAULTS


def http_status(native: Json) -> int | None:
    """The HTTP status a native reply came with, where it says so."""
    if isinstance(native, dict) and isinstance(native.get("$http"), dict):
        status = native["$http"].get("status")
        return status if isinstance(status, int) else None
    return None


def _retry_after(native: Json) -> timedelta | None:
    """How long the reply asks to wait; a day at most, whatever it says."""
    seconds = native["$http"].get("retry_after")
    return timedelta(seconds=min(seconds, 86_400)) if isinstance(seconds, int) else None


def sample_of(native: Any) -> bytes:
    """The reply for sealed storage, cut to a bearable size."""
    return json.dumps(native, ensure_ascii=False, default=str).encode()[:SAMPLE_LIMIT]


def recorded_of(native: Any) -> bytes:
    """The whole reply for sealed storage, so that other mappings can be tried on it; nothing when it is too large.

    What JSON does not have, such as decimal numbers of SOAP, is written as text.
    """
    try:
        written = orjson.dumps(native, default=str)
    except TypeError:  # Integers of more than 64 bits.
        written = json.dumps(native, ensure_ascii=False, default=str).encode(errors="replace")
    return written if len(written) <= SAMPLE_LIMIT else b""


def duration(text: str) -> timedelta:
    """An ISO 8601 duration of days, hours, minutes and seconds. Raises ValueError for anything else."""
    found = _DURATION.fullmatch(text)
    if not found or not any(found.groups()):
        raise ValueError(f"{text!r} is not a duration such as PT15M or P1D")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
