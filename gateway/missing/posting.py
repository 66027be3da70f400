"""A letter from what the register holds: the one that was sent, as it was sent, or a draft of the next."""

from dataclasses import dataclass
from datetime import datetime

from gateway.language import Language
from gateway.missing.acts import found
from gateway.missing.bodies import Bilingual, Need, SentLetter
from gateway.missing.fonts import Fonts
from gateway.missing.letter import Earlier, Names, compose
from gateway.problems import Problem
from registry import missing, participants, services
from registry.missing import LETTERS, Entry, MissingService, Taken
from registry.seeding import site
from registry.store import Transaction


@dataclass(frozen=True, slots=True)
class Occasion:
    """Everything a letter is written from. `at` is when it was sent, or now for a draft."""

    service: MissingService
    sent: SentLetter | None
    names: Names
    earlier: tuple[Earlier, ...]
    at: datetime


def occasion(t: Transaction, name: str, *, now: datetime, draft: bool = False, number: int | None = None) -> Occasion:
    """Gather the letter of step `number`, or the newest one; a draft where none was sent, or if asked.

    Raises `missing_service.unknown`, and `missing_service.no_letter` where that step is no letter.
    """
    entry = found(t, name)
    taken = None if draft else _letter(entry, number)
    service = entry.service
    if taken is not None:
        service = missing.version(t, name, taken.version) or service
    before = [one for one in entry.steps if one.step in LETTERS and (taken is None or one.number < taken.number)]
    return Occasion(
        service=service,
        sent=None if taken is None else _sent(taken),
        names=_names(t, service),
        earlier=tuple(Earlier(one.number, one.date) for one in map(_sent, before)),
        at=now if taken is None else taken.at,
    )


def posted(written: Occasion, language: Language, fonts: Fonts) -> bytes:
    """Give the letter as PDF. Takes a good part of a second of one core."""
    from gateway.missing.paper import set_letter  # noqa: PLC0415 - its library is for those who want a letter only.

    letter = compose(written.service, written.sent, names=written.names, language=language, earlier=written.earlier)
    return set_letter(letter, fonts, made_at=written.at)


def _letter(entry: Entry, number: int | None) -> Taken | None:
    if number is None:
        return entry.letter()
    taken = next((one for one in entry.steps if one.number == number and one.step in LETTERS), None)
    if taken is None:
        raise Problem("missing_service.no_letter")
    return taken


def _sent(taken: Taken) -> SentLetter:
    return SentLetter.model_validate(taken.detail["letter"])


def _names(t: Transaction, service: MissingService) -> Names:
    need = Need.model_validate(service.record)

    def of_participant(identifier: str) -> Bilingual:
        known = participants.get(t, identifier)
        return Bilingual(fa=known.title_fa, en=known.title_en) if known else Bilingual(fa=identifier, en=identifier)

    def of_service(identifier: str) -> Bilingual:
        known = services.get(t, identifier)
        return Bilingual(fa=known.title_fa, en=known.title_en) if known else Bilingual(fa=identifier, en=identifier)

    return Names(
        site=of_participant(site()),
        owner=of_participant(service.owner),
        units=[of_participant(one) for one in need.needed_by],
        processes=[of_service(one) for one in need.processes],
    )
