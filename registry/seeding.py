"""Filling a fresh registry with the catalogue that `registry/seed` holds.

Seeding again adds what is missing and touches nothing an administrator may have changed since.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.resources import files
from typing import Any

from registry import missing, participants, services
from registry.missing import MissingService
from registry.participants import Participant
from registry.schema import Transaction
from registry.services import Service

_FILES = ("municipal.toml", "inbound.toml", "national.toml", "priority.toml")
SEEDED = "seed"
"""Who entered what the seed holds."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """How many were added."""

    participants: int
    services: int
    missing: int


def seed(t: Transaction, *, now: datetime, agency_number: int) -> Seeded:
    """Add the participants and services that are missing; give the site's own agency its number.

    Raises ValueError when the number belongs to another participant or has not one to four digits.
    """
    if not 0 < agency_number < 10_000:  # noqa: PLR2004 - four digits of the tracking code.
        raise ValueError(f"an agency's number has one to four digits, not {agency_number}")
    known = {one.identifier: one for one in participants.every(t)}
    holder = next((one.identifier for one in known.values() if one.agency_number == agency_number), None)
    if holder not in {None, site()}:
        raise ValueError(f"agency number {agency_number} belongs to {holder}")
    added = 0
    for fresh in seed_participants(agency_number):
        present = known.get(fresh.identifier)
        if present is None:
            participants.put(t, fresh)
            added += 1
        elif fresh.agency_number is not None and present.agency_number != fresh.agency_number:
            participants.put(t, replace(present, agency_number=fresh.agency_number))
    return Seeded(added, offer(t, seed_services(now)), _note(t, seed_missing(now)))


def offer(t: Transaction, offered: Iterable[Service]) -> int:
    """Add the services that no version exists of; return how many."""
    known = {one.id for one in services.every(t)}
    added = 0
    for service in offered:
        if service.id not in known:
            services.put(t, service)
            known.add(service.id)
            added += 1
    return added


def _note(t: Transaction, needed: Iterable[MissingService]) -> int:
    known = {entry.service.id for entry in missing.every(t)}
    return sum(missing.note(t, one) for one in needed if one.id not in known)


def site() -> str:
    """Return the identifier of the agency that runs the hub."""
    found: str = next(
        entry["identifier"] for entry in _entries("participants.toml", "participant") if entry.get("site")
    )
    return found


def seed_participants(agency_number: int) -> list[Participant]:
    """Return the participants of the seed, parents before their children."""
    return [_participant(entry, agency_number) for entry in _entries("participants.toml", "participant")]


def seed_services(now: datetime) -> list[Service]:
    """Return the services of the seed. Their cards say when they were entered."""
    entered = now.date().isoformat()
    return [_service(entry, entered) for name in _FILES for entry in _entries(name, "service")]


def seed_missing(now: datetime) -> list[MissingService]:
    """Return what the seed knows to be needed of other agencies and has no contract of."""
    entries = _entries("missing.toml", "missing")
    return [MissingService(**entry, version=1, recorded_at=now, recorded_by=SEEDED) for entry in entries]


def _entries(name: str, kind: str) -> list[dict[str, Any]]:
    text = files("registry").joinpath("seed", name).read_text("utf-8")
    found: list[dict[str, Any]] = tomllib.loads(text)[kind]
    return found


def _participant(entry: Mapping[str, Any], agency_number: int) -> Participant:
    values = {**entry, "roles": tuple(entry.get("roles", ()))}
    number = agency_number if values.pop("site", False) else None
    return Participant(**values, agency_number=number)


def _service(entry: Mapping[str, Any], entered: str) -> Service:
    values = {**entry, "channels": tuple(entry["channels"]), "card": {**entry["card"], "entered_on": entered}}
    return Service(**values, version=1, approved=True)
