"""Participants: agencies, units, offices and systems, named as X-Road names its members."""

import re
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select

from registry.portable import upsert
from registry.schema import Transaction, participants

Kind = Literal["agency", "unit", "office", "system"]
_IDENTIFIER = re.compile(r"IR/(GOV|MUN|COM|ORG)(/[a-z0-9]+(-[a-z0-9]+)*){1,2}")


class IdentifierInvalid(ValueError):
    """The text is not a participant identifier."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text!r} is not a participant identifier: IR/<GOV|MUN|COM|ORG>/<member>[/<subsystem>], small letters,"
            " digits and hyphens"
        )


@dataclass(frozen=True, slots=True)
class Participant:
    """Who takes part. `system` is the connector folder's name where the participant is that national system."""

    identifier: str
    kind: Kind
    title_fa: str
    title_en: str
    agency_number: int | None = None
    parent: str | None = None
    roles: tuple[str, ...] = ()
    active: bool = True
    system: str | None = None


_COLUMNS = [participants.c[name] for name in Participant.__dataclass_fields__]
_PUT = upsert(participants)


def put(t: Transaction, participant: Participant) -> None:
    """Add the participant, or replace what is known of it. Raises IdentifierInvalid."""
    if not _IDENTIFIER.fullmatch(participant.identifier):
        raise IdentifierInvalid(participant.identifier)
    row = {name: getattr(participant, name) for name in Participant.__dataclass_fields__}
    t.execute(_PUT, row)


def get(t: Transaction, identifier: str) -> Participant | None:
    """Return the participant, or None."""
    found = every_where(t, identifier=identifier)
    return found[0] if found else None


def every(t: Transaction) -> list[Participant]:
    """Return all participants, by identifier."""
    return every_where(t)


def every_where(t: Transaction, *, identifier: str | None = None, system: str | None = None) -> list[Participant]:
    """Return the participants that fit every filter given, by identifier."""
    query = select(*_COLUMNS).order_by(participants.c.identifier)
    if identifier is not None:
        query = query.where(participants.c.identifier == identifier)
    if system is not None:
        query = query.where(participants.c.system == system)
    return [Participant(**{**row._mapping, "roles": tuple(row.roles)}) for row in t.execute(query)]  # noqa: SLF001 - public API of Row.
